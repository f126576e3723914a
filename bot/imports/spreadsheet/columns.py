"""What the columns of a list are called, and how the row that names them is found among titles and notes."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from handlers.triage.rules.value_errors import find_nearest
from models.normalization import normalize_text

SAMPLE_MARK = "示例"
"""Codes that begin so stand in the examples of a template: no data."""

_FORMAT_CHARACTERS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]")
_HINT = re.compile(r"\([^()]*(?:必|选|填)[^()]*\)")
_DECORATION = re.compile(r"[\s*:]+")


def strip_format_characters(text: str) -> str:
    """Without blanks at the ends and characters that nobody sees; they come along when cells are copied."""
    return _FORMAT_CHARACTERS.sub("", normalize_text(text.replace("_x000D_", ""))).strip()


def normalize_heading(text: str) -> str:
    """`*姓　名（必填）：` is 姓名, `Wecom` is wecom. What else stands in brackets has a meaning and stays."""
    folded = unicodedata.normalize("NFKC", strip_format_characters(text)).lower()
    return _DECORATION.sub("", _HINT.sub("", folded))


def format_heading(text: str) -> str:
    """As people call it: without the star of a needed column, and in one line."""
    return "".join(text.replace("*", "").split())


@dataclass(frozen=True, slots=True)
class Column:
    field: str
    """Its key in a row, `webhook.key` where rows are nested; it may stand in the file as well."""
    title: str
    """What we call it to people, and in templates."""
    aliases: tuple[str, ...] = ()
    needed: bool = False
    """Without it a row is none."""
    example: str = ""
    choices: tuple[str, ...] = ()
    """The words that may stand in it; none: any."""
    hint: str = ""
    """How to fill it in, in a template."""
    dated: bool = False
    """Dates and times stand in it; in any other column a program has made them of something else."""


@dataclass(frozen=True)
class ListColumns:
    """The columns of one kind of list."""

    columns: tuple[Column, ...]
    subject: str
    """The field that holds the name of what a row is about; a row of headings always has it."""
    unkept: Mapping[str, str] = field(default_factory=dict)
    """Headings that people have and the program does not store, each with why; empty where it is plain."""
    sample_key: str | None = None
    """The field that `SAMPLE_MARK` marks examples in."""
    passes_others: bool = False
    """Columns that nobody knows are passed over, and not refused."""
    open_group: str = ""
    """`accounts`: a heading `accounts.…` is a field, whatever follows."""

    @cached_property
    def _fields(self) -> dict[str, Column]:
        return {
            normalize_heading(word): column
            for column in self.columns
            for word in (column.field, column.title, *column.aliases)
        }

    @cached_property
    def _unkept(self) -> dict[str, str]:
        return {normalize_heading(word): why for word, why in self.unkept.items()}

    @cached_property
    def _by_field(self) -> dict[str, Column]:
        return {column.field: column for column in self.columns}

    def list_needed(self) -> list[Column]:
        return [column for column in self.columns if column.needed]

    def find_field(self, heading: str) -> str | None:
        name = normalize_heading(heading)
        if (column := self._fields.get(name)) is not None:
            return column.field
        return name if self.open_group and name.startswith(f"{self.open_group}.") else None

    def find_column(self, field: str) -> Column | None:
        return self._by_field.get(field)

    def explain_unkept(self, heading: str) -> str | None:
        """Why the column is not stored, "" where that is plain; None where it is not one of those."""
        return self._unkept.get(normalize_heading(heading), "" if self.passes_others else None)

    def suggest_title(self, heading: str) -> str | None:
        return find_nearest(heading, [column.title for column in self.columns])

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row names columns: the subject's, and another or at least half of what stands there."""
        fields = self.list_fields(cells)
        written = sum(map(bool, cells))
        return self.subject in fields and (len(fields) > 1 or 2 * len(fields) >= written)

    def list_fields(self, cells: Sequence[str]) -> list[str]:
        """The fields that the cells of a row name."""
        return [found for cell in cells if cell and (found := self.find_field(cell))]
