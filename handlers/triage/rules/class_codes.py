"""What a class is called elsewhere: national event and part codes, a hotline's tree of appeals.

Cities run an old and a new standard side by side for years, so no code is ever a bare number here: it
comes with its system, its version and its kind. Which codes a class has is data as well: a column of
the class table for the main one, `bridge.csv` for the rest and for those that plainly have none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from handlers.triage.rules import code_tables
from handlers.triage.rules.code_tables import (
    FLAGS,
    Code,
    CodeError,
    CodeKey,
    CodeSystem,
    TableRow,
    normalize_code,
)

BRIDGE = "bridge.csv"
NONE = "-"
"""In `bridge.csv`: this class has no code there, and the note says why."""
PHYSICAL = ("part", "event")
"""Kinds of city management: a part has an owner, an event has a place. An appeal is neither."""
_BRIDGE = ("class", "system", "version", "kind", "node", "verified", "note")


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A class that nobody gave a code, where it stands in the class table."""

    class_id: str
    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.class_id}: {self.message}"


@dataclass(frozen=True, slots=True)
class CodeBook:
    """Every list of codes, and which of them each class goes by; immutable."""

    systems: tuple[CodeSystem, ...] = ()
    codes: Mapping[CodeKey, Code] = field(default_factory=dict)
    bridges: Mapping[str, tuple[Code, ...]] = field(default_factory=dict)
    gaps: tuple[MissingCode, ...] = ()
    rows: tuple[TableRow, ...] = ()
    """The bridge as written, until there are classes to bind it to."""

    @classmethod
    def load(cls, *folders: Path) -> Self:
        """The lists of these folders together; CodeError with everything that is wrong in them."""
        systems: list[CodeSystem] = []
        codes: dict[CodeKey, Code] = {}
        rows: list[TableRow] = []
        for folder in folders:
            lists = code_tables.read_code_tables(folder)
            if twice := codes.keys() & lists.codes.keys():
                raise CodeError(f"{folder / code_tables.SYSTEMS}: 与前面的编码表重复：{'-'.join(min(twice))}")
            systems += lists.systems
            codes |= lists.codes
            rows += code_tables.read_table(folder / BRIDGE, _BRIDGE)
        return cls(tuple(systems), codes, rows=tuple(rows))

    def bind(self, classes: Sequence[TableRow]) -> Self:
        """The book with the codes of these rows of the class table; CodeError for one that does not exist."""
        bound = _Binding(self, classes)
        bound.bind_columns()
        bound.bind_bridge()
        if bound.errors:
            raise CodeError(*bound.errors)
        return replace(self, bridges=bound.build_bridges(), gaps=tuple(bound.find_gaps()))

    def list_class_codes(self, class_id: str) -> tuple[Code, ...]:
        """What this class is called in each system, the main code of a system first."""
        return self.bridges.get(class_id, ())

    def describe_class_codes(self, class_id: str) -> list[dict[str, str]]:
        """The same for other programs, which must never have to guess whose number it is."""
        return [
            {
                "system": code.system,
                "version": code.version,
                "kind": code.kind,
                "code": code.code,
                "name": self.display_name(code),
            }
            for code in self.list_class_codes(class_id)
        ]

    def find_codes(self, code: str, system: CodeSystem) -> tuple[Code, ...]:
        """The nodes of a list with this id, or else with this printed code: two, if it is printed twice."""
        code = normalize_code(code)
        known = self.codes.get((system.name, system.version, system.kind, code))
        return (
            (known,) if known else tuple(each for each in self.list_system_codes(system) if each.code == code)
        )

    def list_system_codes(self, system: CodeSystem) -> Iterator[Code]:
        """The codes of one list, in its order."""
        own = (system.name, system.version, system.kind)
        return (code for key, code in self.codes.items() if key[:3] == own)

    def find_parent(self, code: Code) -> Code | None:
        """The node above; None at the top."""
        return self.codes.get((code.system, code.version, code.kind, code.parent))

    def find_children(self, code: Code) -> tuple[Code, ...]:
        """The nodes right below."""
        return tuple(
            each for key, each in self.codes.items() if key[:3] == code.key[:3] and each.parent == code.node
        )

    def build_trail(self, code: Code) -> tuple[Code, ...]:
        """From the top down to this node."""
        above = self.find_parent(code)
        return (*self.build_trail(above), code) if above else (code,)

    def display_name(self, code: Code) -> str:
        """What to show people: where the standard prints no name, the one above it. Not for storing."""
        above = self.find_parent(code)
        return code.name or (self.display_name(above) if above else "")


class _Binding:
    """Classes and codes brought together, and what did not fit."""

    def __init__(self, book: CodeBook, classes: Sequence[TableRow]) -> None:
        self._book = book
        self._classes = classes
        self._lists = {(each.name, each.version, each.kind): each for each in book.systems}
        self._none: set[tuple[str, str, str]] = set()
        """Class, system, version: plainly said to have no code there."""
        self.codes: dict[str, list[Code]] = {row["id"]: [] for row in classes}
        self.errors: list[str] = []

    def bind_columns(self) -> None:
        """The main codes, written in the class table itself."""
        for row in self._classes:
            for system in (each for each in self._book.systems if row.cells.get(each.column)):
                self._add(row, row["id"], row[system.column], system)

    def bind_bridge(self) -> None:
        """The other codes, and the classes that plainly have none."""
        for row in self._book.rows:
            system = self._lists.get((row["system"], row["version"], row["kind"]))
            if row["class"] not in self.codes:
                self.errors.append(row.format_error(f"{row['class']}: 类别表里没有这一类"))
            elif system is None:
                self.errors.append(row.format_error(f"{row['class']}: 没有这份编码表"))
            elif row["verified"] not in FLAGS:
                self.errors.append(row.format_error(f"{row['class']}: verified 应当是 yes 或 no"))
            elif row["node"] != NONE:
                self._add(row, row["class"], row["node"], system)
            elif row["note"]:
                self._none.add((row["class"], system.name, system.version))
            else:
                self.errors.append(row.format_error(f"{row['class']}: 没有编码的，要在 note 里说明为什么"))

    def _add(self, row: TableRow, class_id: str, code: str, system: CodeSystem) -> None:
        found = self._book.find_codes(code, system)
        if len(found) == 1:
            self.codes[class_id].append(found[0])
        elif found:
            nodes = "、".join(each.node for each in found)
            self.errors.append(
                row.format_error(f"{class_id}: {system.title} 里 {code} 不止一个，请写节点 {nodes}")
            )
        else:
            self.errors.append(row.format_error(f"{class_id}: {system.title} 里没有 {code}"))

    def build_bridges(self) -> dict[str, tuple[Code, ...]]:
        """Class by class, in the order of the lists; within a list as written, the class table first."""
        order = {key: place for place, key in enumerate(self._lists)}
        return {
            class_id: tuple(sorted(dict.fromkeys(codes), key=lambda code: order[code.key[:3]]))
            for class_id, codes in self.codes.items()
        }

    def find_gaps(self) -> Iterator[MissingCode]:
        """Classes without a code where a complete list says all there is, in the order of the table."""
        complete = dict.fromkeys((each.name, each.version) for each in self._book.systems if each.complete)
        for row in self._classes:
            for name, version in complete:
                if message := self._explain_gap(row, name, version):
                    yield MissingCode(row["id"], row.file, row.line, message)

    def _explain_gap(self, row: TableRow, name: str, version: str) -> str:
        kind = row.cells.get("kind", "")
        offered = {each.kind for each in self._book.systems if (each.name, each.version) == (name, version)}
        found = {
            code.kind for code in self.codes[row["id"]] if (code.system, code.version) == (name, version)
        }
        said = (row["id"], name, version) in self._none
        if found and said:
            return f"在 {name}-{version} 里既有编码，又说没有"
        if kind == "appeal" and found & set(PHYSICAL):
            return f"既不是部件也不是事件，却有 {name}-{version} 的编码"
        if found and kind in offered and kind not in found:
            return f"是 {kind}，在 {name}-{version} 里却没有 {kind} 编码"
        if found or said or (kind == "appeal" and kind not in offered):
            return ""
        return f"在 {name}-{version} 里没有编码；真没有就在 {BRIDGE} 里写 {NONE} 和原因"
