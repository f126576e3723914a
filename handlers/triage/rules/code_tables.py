"""Lists of codes as CSV files: what a standard calls a thing, in which version, and where we read it.

    systems.csv   one row a list (system, version, kind): its file and how many codes it must hold
    *.csv         the codes, one row a node of a tree

A code is text, leading zeros and all. What is printed is not unique (DB44/T 2479-2024 prints 090499
twice), so a node has an id of its own: the code, or `parent:code` where the code stands twice.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEMS = "systems.csv"
KINDS = ("event", "part", "appeal")
FLAGS = ("yes", "no")
_SYSTEM = ("system", "version", "kind", "title", "complete", "file", "widths", "rows", "codes", "column")
_CODE = (
    "system", "version", "kind", "node", "parent", "code", "level", "name", "path", "source", "verified",
)  # fmt: skip
_DIGITS = str.maketrans("０１２３４５６７８９：", "0123456789:")

Key = tuple[str, str, str, str]
"""System, version, kind, node: parts and events share their numbers."""


class CodeError(Exception):
    """Codes that cannot be used; one line a mistake, each with its file and line."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True, slots=True)
class System:
    """One list: the codes of one kind in one version of one standard."""

    name: str
    version: str
    kind: str
    title: str
    complete: bool
    """False: only some of its codes are known, and a class without one lacks nothing."""
    widths: tuple[int, ...]
    """How many digits a code has on each level."""
    rows: tuple[int, ...]
    """How many nodes each level must have; empty: not counted."""
    codes: int | None
    """How many different codes the lowest level must have."""
    column: str
    """The column of the class table that holds codes of this list, if any."""


@dataclass(frozen=True, slots=True)
class Code:
    """One node of one list."""

    system: str
    version: str
    kind: str
    node: str
    parent: str
    code: str
    level: int
    name: str | None
    """As printed; None where the standard prints none."""
    path: str
    source: str
    verified: bool

    @property
    def key(self) -> Key:
        return self.system, self.version, self.kind, self.node


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, and where it stands."""

    file: Path
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(self, message: str) -> str:
        return f"{self.file}:{self.line}: {message}"


@dataclass(frozen=True, slots=True)
class Lists:
    """What one folder holds."""

    systems: tuple[System, ...]
    codes: Mapping[Key, Code]


def plain(code: str) -> str:
    """A code as it is kept: half-width digits, nothing around them."""
    return code.strip().translate(_DIGITS)


def table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file that must have these columns; CodeError where it is none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CodeError(f"{path}: 读不了：{error}") from error
    reader = csv.DictReader(lines, strict=True)
    if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
        raise CodeError(f"{path}:1: 缺少列 {'、'.join(missing)}")
    try:
        rows = [Row(path, reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise CodeError(f"{path}:{reader.line_num}: 不是 CSV：{error}") from error
    if odd := [row.wrong("列数不对") for row in rows if None in row.cells or None in row.cells.values()]:
        raise CodeError(*odd)
    return rows


def read(folder: Path) -> Lists:
    """Every list of a folder, checked; CodeError with all that is wrong."""
    declared = table(folder / SYSTEMS, _SYSTEM)
    systems = [_system(row) for row in declared]
    files = dict.fromkeys(folder / row["file"] for row in declared)
    rows = [row for file in files for row in table(file, _CODE)]
    known = {_of(system) for system in systems}
    mistakes = [row.wrong(f"{SYSTEMS} 里没有这份编码表") for row in rows if _list(row) not in known]
    codes: dict[Key, Code] = {}
    for row, system in zip(declared, systems, strict=True):
        own = [each for each in rows if _list(each) == _of(system)]
        wrong = list(_wrong_rows(own, system))
        if not wrong:
            tree = {code.key: code for code in map(_code, own)}
            wrong = [*_wrong_places(own, tree, system), *_wrong_counts(row, list(tree.values()), system)]
            codes |= tree
        mistakes += wrong
    if mistakes:
        raise CodeError(*mistakes)
    return Lists(tuple(systems), codes)


def _system(row: Row) -> System:
    try:
        system = System(
            name=row["system"],
            version=row["version"],
            kind=row["kind"],
            title=row["title"],
            complete=row["complete"] == "yes",
            widths=_numbers(row["widths"]),
            rows=_numbers(row["rows"]),
            codes=int(row["codes"]) if row["codes"] else None,
            column=row["column"],
        )
    except ValueError as error:
        raise CodeError(row.wrong("widths、rows、codes 应当是数字，如 2/4/6")) from error
    if system.kind not in KINDS or row["complete"] not in FLAGS:
        raise CodeError(row.wrong(f"kind 应当是 {'、'.join(KINDS)}，complete 应当是 yes 或 no"))
    if not system.widths or (system.rows and len(system.rows) != len(system.widths)):
        raise CodeError(row.wrong("widths 和 rows 应当每级一个数"))
    return system


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("/") if text)


def _of(system: System) -> tuple[str, str, str]:
    return system.name, system.version, system.kind


def _list(row: Row) -> tuple[str, str, str]:
    return row["system"], row["version"], row["kind"]


def _code(row: Row) -> Code:
    return Code(
        system=row["system"],
        version=row["version"],
        kind=row["kind"],
        node=plain(row["node"]),
        parent=plain(row["parent"]),
        code=plain(row["code"]),
        level=int(row["level"]),
        name=row["name"] or None,
        path=plain(row["path"]),
        source=row["source"],
        verified=row["verified"] == "yes",
    )


def _wrong_rows(rows: Sequence[Row], system: System) -> Iterator[str]:
    """What can be told of a row alone, and the same node twice."""
    seen: dict[str, Row] = {}
    printed = Counter(code for _, code in {(plain(row["parent"]), plain(row["code"])) for row in rows})
    levels = {str(number): width for number, width in enumerate(system.widths, 1)}
    for row in rows:
        node, code, parent = plain(row["node"]), plain(row["code"]), plain(row["parent"])
        width = levels.get(row["level"])
        if width is None:
            yield row.wrong(f"{node}: level 应当是 {'、'.join(levels)}")
        elif not (code.isdigit() and len(code) == width):
            yield row.wrong(f"{node}: 第 {row['level']} 级的编码应当是 {width} 位数字，不是“{code}”")
        if node != (own := code if printed[code] == 1 else f"{parent}:{code}"):
            yield row.wrong(f"{node}: 节点应当写成 {own}（编码不重复的就是编码）")
        if row["verified"] not in FLAGS:
            yield row.wrong(f"{node}: verified 应当是 yes 或 no")
        if (first := seen.setdefault(node, row)) is not row:
            yield row.wrong(f"{node}: 这个节点在第 {first.line} 行已经有了")


def _wrong_places(rows: Sequence[Row], tree: Mapping[Key, Code], system: System) -> Iterator[str]:
    """Where a node does not hang where its code says."""
    for row in rows:
        code = _code(row)
        above = tree.get((*_of(system), code.parent))
        if code.level == 1:
            if code.parent:
                yield row.wrong(f"{code.node}: 第 1 级没有上级")
        elif above is None:
            yield row.wrong(f"{code.node}: 没有上级节点“{code.parent}”")
        elif above.level != code.level - 1:
            yield row.wrong(f"{code.node}: 第 {code.level} 级的上级应当在第 {code.level - 1} 级")
        elif code.node == code.code and not code.code.startswith(above.code):
            yield row.wrong(f"{code.node}: 编码不以上级的 {above.code} 开头")
        if code.path != (f"{above.path}/{code.node}" if above else code.node):
            yield row.wrong(f"{code.node}: path 与上级对不上")


def _wrong_counts(row: Row, codes: Sequence[Code], system: System) -> Iterator[str]:
    counts = Counter(code.level for code in codes)
    rows = tuple(counts[level] for level in range(1, len(system.widths) + 1))
    if system.rows and rows != system.rows:
        yield row.wrong(f"{system.title} 应有 {_slashed(system.rows)} 行，实有 {_slashed(rows)} 行")
    different = len({code.code for code in codes if code.level == len(system.widths)})
    if system.codes is not None and different != system.codes:
        yield row.wrong(f"{system.title} 最末一级应有 {system.codes} 个不同的编码，实有 {different} 个")


def _slashed(numbers: Sequence[int]) -> str:
    return "/".join(map(str, numbers))
