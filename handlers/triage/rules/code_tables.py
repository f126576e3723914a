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

from handlers.triage.rules.data_files import DataFileError, UnreadableFile, read_text
from models.normalization import normalize_text

SYSTEMS = "systems.csv"
KINDS = ("event", "part", "appeal")
FLAGS = ("yes", "no")
_SYSTEM = ("system", "version", "kind", "title", "complete", "file", "widths", "rows", "codes", "column")
_CODE = (
    "system", "version", "kind", "node", "parent", "code", "level", "name", "path", "source", "verified",
)  # fmt: skip
_DIGITS = str.maketrans("０１２３４５６７８９：", "0123456789:")

CodeKey = tuple[str, str, str, str]
"""System, version, kind, node: parts and events share their numbers."""


class CodeError(DataFileError):
    """A table that cannot be used; one line a mistake, each with its file and line."""


@dataclass(frozen=True, slots=True)
class CodeSystem:
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
    def key(self) -> CodeKey:
        return self.system, self.version, self.kind, self.node


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table, and where it stands."""

    file: Path
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def format_error(self, message: str) -> str:
        return f"{self.file}:{self.line}: {message}"


@dataclass(frozen=True, slots=True)
class CodeTables:
    """What one folder holds."""

    systems: tuple[CodeSystem, ...]
    codes: Mapping[CodeKey, Code]


def normalize_code(code: str) -> str:
    """A code as it is kept: half-width digits, nothing around them."""
    return code.strip().translate(_DIGITS)


def read_table(path: Path, columns: Sequence[str]) -> list[TableRow]:
    """The rows of a CSV file that must have these columns; CodeError where it is none."""
    try:
        lines = normalize_text(read_text(path)).splitlines()
    except UnreadableFile as error:
        raise CodeError(*error.sentences) from error
    reader = csv.DictReader(lines, strict=True)
    if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
        raise CodeError(f"{path}:1: 缺少列 {'、'.join(missing)}")
    try:
        rows = [TableRow(path, reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise CodeError(f"{path}:{reader.line_num}: 不是 CSV：{error}") from error
    if odd := [
        row.format_error("列数不对") for row in rows if None in row.cells or None in row.cells.values()
    ]:
        raise CodeError(*odd)
    return rows


def read_code_tables(folder: Path) -> CodeTables:
    """Every list of a folder, checked; CodeError with all that is wrong."""
    declared = read_table(folder / SYSTEMS, _SYSTEM)
    systems = [_parse_system(row) for row in declared]
    files = dict.fromkeys(folder / row["file"] for row in declared)
    rows = [row for file in files for row in read_table(file, _CODE)]
    known = {_system_key(system) for system in systems}
    mistakes = [row.format_error(f"{SYSTEMS} 里没有这份编码表") for row in rows if _row_key(row) not in known]
    codes: dict[CodeKey, Code] = {}
    for row, system in zip(declared, systems, strict=True):
        own = [each for each in rows if _row_key(each) == _system_key(system)]
        wrong = list(_find_row_errors(own, system))
        if not wrong:
            tree = {code.key: code for code in map(_parse_code, own)}
            wrong = [
                *_find_tree_errors(own, tree, system),
                *_find_count_errors(row, list(tree.values()), system),
            ]
            codes |= tree
        mistakes += wrong
    if mistakes:
        raise CodeError(*mistakes)
    return CodeTables(tuple(systems), codes)


def _parse_system(row: TableRow) -> CodeSystem:
    try:
        system = CodeSystem(
            name=row["system"],
            version=row["version"],
            kind=row["kind"],
            title=row["title"],
            complete=row["complete"] == "yes",
            widths=_parse_numbers(row["widths"]),
            rows=_parse_numbers(row["rows"]),
            codes=int(row["codes"]) if row["codes"] else None,
            column=row["column"],
        )
    except ValueError as error:
        raise CodeError(row.format_error("widths、rows、codes 应当是数字，如 2/4/6")) from error
    if system.kind not in KINDS or row["complete"] not in FLAGS:
        raise CodeError(row.format_error(f"kind 应当是 {'、'.join(KINDS)}，complete 应当是 yes 或 no"))
    if not system.widths or (system.rows and len(system.rows) != len(system.widths)):
        raise CodeError(row.format_error("widths 和 rows 应当每级一个数"))
    return system


def _parse_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("/") if text)


def _system_key(system: CodeSystem) -> tuple[str, str, str]:
    return system.name, system.version, system.kind


def _row_key(row: TableRow) -> tuple[str, str, str]:
    return row["system"], row["version"], row["kind"]


def _parse_code(row: TableRow) -> Code:
    return Code(
        system=row["system"],
        version=row["version"],
        kind=row["kind"],
        node=normalize_code(row["node"]),
        parent=normalize_code(row["parent"]),
        code=normalize_code(row["code"]),
        level=int(row["level"]),
        name=row["name"] or None,
        path=normalize_code(row["path"]),
        source=row["source"],
        verified=row["verified"] == "yes",
    )


def _find_row_errors(rows: Sequence[TableRow], system: CodeSystem) -> Iterator[str]:
    """What can be told of a row alone, and the same node twice."""
    seen: dict[str, TableRow] = {}
    printed = Counter(
        code for _, code in {(normalize_code(row["parent"]), normalize_code(row["code"])) for row in rows}
    )
    levels = {str(number): width for number, width in enumerate(system.widths, 1)}
    for row in rows:
        node, code, parent = (
            normalize_code(row["node"]),
            normalize_code(row["code"]),
            normalize_code(row["parent"]),
        )
        width = levels.get(row["level"])
        if width is None:
            yield row.format_error(f"{node}: level 应当是 {'、'.join(levels)}")
        elif not (code.isdigit() and len(code) == width):
            yield row.format_error(f"{node}: 第 {row['level']} 级的编码应当是 {width} 位数字，不是“{code}”")
        if node != (own := code if printed[code] == 1 else f"{parent}:{code}"):
            yield row.format_error(f"{node}: 节点应当写成 {own}（编码不重复的就是编码）")
        if row["verified"] not in FLAGS:
            yield row.format_error(f"{node}: verified 应当是 yes 或 no")
        if (first := seen.setdefault(node, row)) is not row:
            yield row.format_error(f"{node}: 这个节点在第 {first.line} 行已经有了")


def _find_tree_errors(
    rows: Sequence[TableRow], tree: Mapping[CodeKey, Code], system: CodeSystem
) -> Iterator[str]:
    """Where a node does not hang where its code says."""
    for row in rows:
        code = _parse_code(row)
        above = tree.get((*_system_key(system), code.parent))
        if code.level == 1:
            if code.parent:
                yield row.format_error(f"{code.node}: 第 1 级没有上级")
        elif above is None:
            yield row.format_error(f"{code.node}: 没有上级节点“{code.parent}”")
        elif above.level != code.level - 1:
            yield row.format_error(f"{code.node}: 第 {code.level} 级的上级应当在第 {code.level - 1} 级")
        elif code.node == code.code and not code.code.startswith(above.code):
            yield row.format_error(f"{code.node}: 编码不以上级的 {above.code} 开头")
        if code.path != (f"{above.path}/{code.node}" if above else code.node):
            yield row.format_error(f"{code.node}: path 与上级对不上")


def _find_count_errors(row: TableRow, codes: Sequence[Code], system: CodeSystem) -> Iterator[str]:
    counts = Counter(code.level for code in codes)
    rows = tuple(counts[level] for level in range(1, len(system.widths) + 1))
    if system.rows and rows != system.rows:
        yield row.format_error(
            f"{system.title} 应有 {_join_slashes(system.rows)} 行，实有 {_join_slashes(rows)} 行"
        )
    different = len({code.code for code in codes if code.level == len(system.widths)})
    if system.codes is not None and different != system.codes:
        yield row.format_error(
            f"{system.title} 最末一级应有 {system.codes} 个不同的编码，实有 {different} 个"
        )


def _join_slashes(numbers: Sequence[int]) -> str:
    return "/".join(map(str, numbers))
