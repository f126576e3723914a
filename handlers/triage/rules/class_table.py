"""The class table (CSV): what the classes are, how one is looked up, and which of them are special."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path

from handlers.triage.rules.code_tables import KINDS, TableRow, read_table
from handlers.triage.types import NATURES

COLUMNS = (
    "id", "name", "group", "event_code", "hotline_code", "nature", "unit", "limit", "urgent", "covers",
)  # fmt: skip
DISPUTES = "矛盾纠纷"
FAMILIES = (DISPUTES, "风险隐患", "意见建议", "环境整治")
_MOST_NAMES = 3


def is_akin(class_id: str, other: str) -> bool:
    """Whether two classes are near each other, as their ids begin alike: `fac.road` and `fac.collapse`."""
    return class_id.partition(".")[0] == other.partition(".")[0]


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One row of the class table."""

    id: str
    name: str
    group: str
    event_code: str
    hotline_code: str
    nature: str
    unit: str
    limit: str
    urgent: bool
    covers: str
    kind: str = ""
    """part 部件 | event 事件 | appeal neither; empty where the table has no such column."""
    family: str = ""
    """Of FAMILIES, what a district sums up (矛盾纠纷、风险隐患…); empty: none of them."""
    skill: str = ""
    """What whoever mediates or looks should be good at, as the roster writes it; empty: nothing."""
    source: str = ""
    """Where it is written, as `file:line`."""


@dataclass(frozen=True, slots=True)
class SpecialClasses:
    """The classes the engine has to know by their part, by id; empty or None where no file names them."""

    fallback_class: str = ""
    """What fits no other class; the desk decides."""
    risk_class: str = ""
    """A life is at stake, whatever else the message is about."""
    rumour_class: str = ""
    """Somebody asks whether what is told is true: such words put nobody at risk."""
    restricted_classes: tuple[str, ...] | None = None
    """Whose cases only the named few may see. An empty list is an answer too."""
    written_classes: tuple[str, ...] = ()
    plate_classes: tuple[str, ...] = ()
    """Where the plate of a vehicle is the matter itself, and stays readable to who handles it."""

    person_classes: tuple[str, ...] = ()
    """Where a photo of the result shows somebody in distress: no group of people sees it."""
    home_classes: tuple[str, ...] = ()
    """What happens behind somebody's door: no part of another danger that a chat speaks of."""
    number_classes: tuple[str, ...] = ()
    """Where telephone numbers and accounts of the accused are the matter: for whoever handles it."""
    their_numbers: tuple[str, ...] = ()
    """Words in the sentence of a number by which it is that of the accused: 骗子打来."""
    their_people: tuple[str, ...] = ()
    """The accused as a person, in the clause of the number: 老板."""
    own_numbers: tuple[str, ...] = ()
    """Words around a number by which it is the reporter's own: 联系我."""

    def list_missing(self) -> list[str]:
        """The keys that no file has given."""
        return [field.name for field in fields(self) if getattr(self, field.name) in ("", None)]


MEANINGS = {
    "fallback_class": "看不出类别的诉求归哪一类",
    "risk_class": "有人要出事（如轻生）时归哪一类",
    "rumour_class": "打听传言真假的归哪一类",
    "restricted_classes": "哪些类别限阅，没有就写 []",
}
"""What each key of SpecialClasses asks of the writer of a pack."""


def read_class_rows(file: Path) -> tuple[list[TableRow], list[str]]:
    """The rows of a class table, and what is wrong with them, each with file and line.

    Raises CodeError where the file cannot be read or lacks columns.
    """
    rows = read_table(file, COLUMNS)
    return rows, list(_find_row_errors(rows))


def _find_row_errors(rows: Collection[TableRow]) -> Iterator[str]:
    seen: set[str] = set()
    for row in rows:
        class_id = row["id"]
        if not class_id or class_id in seen:
            yield row.format_error(f"{class_id}: id 没有写，或写了两次")
        seen.add(class_id)
        if row["nature"] not in NATURES:
            yield row.format_error(
                f"{class_id}: nature 应当是 {'、'.join(NATURES)} 之一，不是“{row['nature']}”"
            )
        if row["urgent"] not in ("yes", "no"):
            yield row.format_error(f"{class_id}: urgent 应当是 yes 或 no")
        if row.cells.get("kind", "") not in ("", *KINDS):
            yield row.format_error(f"{class_id}: kind 应当是 {'、'.join(KINDS)} 之一，不是“{row['kind']}”")
        if row.cells.get("family", "") not in ("", *FAMILIES):
            yield row.format_error(
                f"{class_id}: family 应当是 {'、'.join(FAMILIES)} 之一，不是“{row['family']}”"
            )


def build_class(row: TableRow) -> ClassInfo:
    """A class from its row, which must be without mistakes."""
    cells = {column: row[column] for column in COLUMNS if column != "urgent"}
    return ClassInfo(
        **cells,
        urgent=row["urgent"] == "yes",
        kind=row.cells.get("kind", ""),
        family=row.cells.get("family", ""),
        skill=row.cells.get("skill", ""),
        source=f"{row.file}:{row.line}",
    )


def find_class(
    classes: Mapping[str, ClassInfo], words: str, *, by_part_of_name: bool = False
) -> ClassInfo | None:
    """The class of this id or name; with `by_part_of_name` also the only one whose name holds the words."""
    if words in classes:
        return classes[words]
    named = [info for info in classes.values() if info.name == words]
    if not named and by_part_of_name:
        containing = [info for info in classes.values() if words in info.name]
        named = containing if len(containing) == 1 else []
    return named[-1] if named else None


def suggest_names(classes: Mapping[str, ClassInfo], words: str) -> list[str]:
    """The names that hold the words, or else those that are like them; a few at most."""
    names = [info.name for info in classes.values()]
    containing = [name for name in names if words and words in name]
    return (containing or get_close_matches(words, names, n=_MOST_NAMES, cutoff=0.3))[:_MOST_NAMES]
