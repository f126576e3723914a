"""Workbooks of every program that writes .xlsx, read for their values alone.

openpyxl reads them; it is shown only the parts that hold values, because the rest (fonts, themes,
charts, properties, print areas, filters) is where files of WPS and of reporting systems are odd, and one
odd attribute there costs the whole file. Rows without a value are taken out before they are parsed: a
format laid over a sheet makes a million of them, a minute of parsing.
"""

import io
import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile, ZipInfo

from bot.config.problems import ConfigProblem, ConfigProblemsFound

MOST_BYTES = 2 * 1024**3
"""Of one sheet, unpacked: a sheet full to its last row in eight columns is a tenth of it."""
MOST_OTHER_BYTES = 256 * 1024**2
"""Of one other part, unpacked: the table of strings is held in memory."""

_CHUNK = 1 << 20
_MOST_ROW_BYTES = 64 * 1024**2
_BATCH = 500
_STYLES = "xl/styles.xml"
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_SHEET_ROOT = re.compile(rb"<((?:\w+:)?)worksheet\b[^>]*>")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_LONGEST_TAG = 256

# What openpyxl and the zip library raise about a file that is not as it should be; nothing of ours
# runs inside the block that catches them.
_UNREADABLE = (
    OSError, BadZipFile, zlib.error, EOFError, RuntimeError, SyntaxError,
    LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
)  # fmt: skip


Cells = tuple[int, tuple[object, ...]]
"""Row number, from 1, and what openpyxl makes of its cells: text, number, bool, date, time, None. A cell
of a merge down a column has the value of its top."""


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """One sheet of cells; sheets that hold a chart are no sheets of cells."""

    title: str
    is_hidden: bool
    iter_rows: Callable[[], Iterator[Cells]]
    """Every row that has a value. Raises ConfigProblemsFound where the sheet breaks off."""


@contextmanager
def open_workbook(path: Path) -> Iterator[list[WorkbookSheet]]:
    """The sheets of cells of an .xlsx file, in its order. Raises ConfigProblemsFound where it is none."""
    from openpyxl.reader.excel import ExcelReader

    with ExitStack() as opened:
        with _refuse_unreadable(path):
            file = opened.enter_context(path.open("rb"))
            archive = opened.enter_context(_ValueArchive(file))
        _refuse_oversize(path, archive)
        with _refuse_unreadable(path):
            reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
            reader.archive, reader.valid_files = archive, archive.namelist()
            reader.read()
            parts = {sheet.name: relation.target for sheet, relation in reader.parser.find_sheets()}
        yield [_build_sheet(path, archive, sheet, parts[sheet.title]) for sheet in reader.wb.worksheets]


def _build_sheet(path: Path, archive: "_ValueArchive", sheet: Any, part: str) -> WorkbookSheet:
    def iter_rows() -> Iterator[Cells]:
        with _refuse_unreadable(path):
            merges = archive.read_merges(part)
        return _iter_filled_rows(path, sheet, merges)

    return WorkbookSheet(sheet.title, sheet.sheet_state != "visible", iter_rows)


def _iter_filled_rows(path: Path, sheet: Any, merges: "_Merges") -> Iterator[Cells]:
    # WPS writes <dimension ref="A1"/> over sheets of any size, and openpyxl believes it.
    sheet.reset_dimensions()
    numbered = enumerate(sheet.iter_rows(values_only=True), start=1)
    filled = ((number, cells) for number, cells in numbered if any(cell is not None for cell in cells))
    tops: dict[int, tuple[int, object]] = {}
    while True:
        with _refuse_unreadable(path):
            batch = list(islice(filled, _BATCH))
        if not batch:
            return
        for number, cells in batch:
            yield number, _fill_merged(number, cells, merges, tops)


_Merges = Mapping[tuple[int, int], int]
"""Row and column of the top of a merge down one column, to its last row; all from 1."""


def _fill_merged(
    number: int, cells: tuple[object, ...], merges: _Merges, tops: dict[int, tuple[int, object]]
) -> tuple[object, ...]:
    """The row as people see it: a merged cell says the same in every row that it covers."""
    if not merges:
        return cells
    for column, value in enumerate(cells, start=1):
        if (last := merges.get((number, column))) is not None:
            tops[column] = (last, value)
    width = max([len(cells), *(column for column, (last, _) in tops.items() if number <= last)])
    row = [*cells, *[None] * (width - len(cells))]
    for column, (last, value) in tops.items():
        if number <= last and row[column - 1] is None:
            row[column - 1] = value
    return tuple(row)


@contextmanager
def _refuse_unreadable(path: Path) -> Iterator[None]:
    with warnings.catch_warnings():
        # openpyxl warns about what it leaves out; the values are all we want.
        warnings.simplefilter("ignore")
        try:
            yield
        except _UNREADABLE as error:
            raise ConfigProblemsFound(
                [ConfigProblem(str(path), "打不开这个表格，请用 WPS 或 Excel 打开后另存为 .xlsx 再试")]
            ) from error


def _refuse_oversize(path: Path, archive: ZipFile) -> None:
    for part in archive.infolist():
        if part.file_size > (MOST_BYTES if _is_sheet(part.filename) else MOST_OTHER_BYTES):
            raise ConfigProblemsFound(
                [ConfigProblem(str(path), "这个表格展开后太大，请分成几个文件，或另存为 CSV UTF-8")]
            )


# The parts of the package ----------------------------------------------------------------------


def _is_sheet(part: str) -> bool:
    return "worksheets/" in part and part.endswith(".xml")


class _ValueArchive(ZipFile):
    """The package without what holds no values."""

    def namelist(self) -> list[str]:
        hidden = ("docProps/", "xl/theme/", "xl/chartsheets/", "xl/dialogsheets/", "xl/macrosheets/")
        return [name for name in super().namelist() if not name.startswith(hidden)]

    def read(self, name: str | ZipInfo, pwd: bytes | None = None) -> bytes:
        raw = super().read(name, pwd)
        part = str(name)
        if part == _STYLES:
            return _reduce_styles(raw)
        return _reduce_workbook(raw) if part.endswith("/workbook.xml") else raw

    def open(
        self,
        name: str | ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        stream = super().open(name, mode, pwd, force_zip64=force_zip64)
        # Not buffered: openpyxl looks at the head of every sheet, and a buffer would fill itself.
        return cast(IO[bytes], _FilledRows(stream)) if _is_sheet(str(name)) else stream

    def read_merges(self, part: str) -> _Merges:
        """The merges down one column of a sheet."""
        from openpyxl.utils.cell import column_index_from_string

        found: dict[tuple[int, int], int] = {}
        held = b""
        with super().open(part) as stream:
            while chunk := stream.read(_CHUNK):
                text = held + chunk
                # Most of a large sheet has none, and looking for a word is quicker than for a pattern.
                for left, top, right, bottom in _MERGE.findall(text) if b"mergeCell" in text else ():
                    if left == right:
                        found[int(top), column_index_from_string(left.decode())] = int(bottom)
                held = text[-_LONGEST_TAG:]
        return found


def _reduce_workbook(raw: bytes) -> bytes:
    """Its sheets, and which year its dates count from; names and print areas are left out."""
    if _STRICT in raw:
        raise ValueError("Strict Open XML: openpyxl would see no rows")
    return _keep_children(raw, ("workbookPr", "sheets"))


def _reduce_styles(raw: bytes) -> bytes:
    """Which styles show a number as a date: the only thing of theirs that changes a value."""
    from openpyxl.xml.functions import fromstring

    root = fromstring(raw)
    for style in root.iterfind(f"{{{_SPREADSHEET}}}cellXfs/*"):
        format_id = style.get("numFmtId", "0")
        style.clear()
        style.set("numFmtId", format_id)
    for formats in root.iterfind(f"{{{_SPREADSHEET}}}numFmts"):
        formats[:] = [each for each in formats if each.get("formatCode") is not None]
    return _keep_children(ET.tostring(root), ("numFmts", "cellXfs"))


def _keep_children(raw: bytes, names: tuple[str, ...]) -> bytes:
    from openpyxl.xml.functions import fromstring

    root = fromstring(raw)
    kept = {f"{{{_SPREADSHEET}}}{name}" for name in names}
    root[:] = [child for child in root if child.tag in kept]
    return ET.tostring(root)


class _FilledRows(io.RawIOBase):
    """A sheet part of which only the rows that have a value are left."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._source = stream
        self._pieces = _iter_pieces(stream)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def close(self) -> None:
        self._source.close()
        super().close()


def _iter_pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Well-formed XML: the root, its rows with a value, the end."""
    head = stream.read(_CHUNK)
    root = _SHEET_ROOT.search(head)
    if root is None:
        raise ValueError("no worksheet")
    prefix = root[1]
    # With a dimension openpyxl need not go through the sheet to find one.
    yield b'%s<%sdimension ref="A1"/><%ssheetData>' % (root[0], prefix, prefix)
    yield from _iter_rows_with_values(stream, head[root.end() :], prefix)
    yield b"</%ssheetData></%sworksheet>" % (prefix, prefix)


def _iter_rows_with_values(stream: IO[bytes], held: bytes, prefix: bytes) -> Iterator[bytes]:
    """Up to the end of the rows. Raises ValueError where the sheet breaks off before it."""
    start, end = b"<%srow" % prefix, b"</%srow>" % prefix
    values = (b"<%sv" % prefix, b"<%sis" % prefix)
    last = (b"</%ssheetData>" % prefix, b"<%ssheetData/>" % prefix)
    while True:
        *rows, held = held.split(end)
        # Before a row may stand rows of one tag, which have no cells.
        if kept := [row[row.rfind(start) :] + end for row in rows if any(value in row for value in values)]:
            yield b"".join(kept)
        if any(tag in held for tag in last):
            if any(value in held[: held.rfind(b"sheetData")] for value in values):
                raise ValueError("a row has no end")
            return
        # Of what is no whole row yet, the last tag that may begin one.
        held = held[max(held.rfind(start), 0) :]
        chunk = stream.read(_CHUNK)
        if not chunk or len(held) > _MOST_ROW_BYTES:
            raise ValueError("a row or the sheet has no end")
        held += chunk
