"""Lists as people keep them: .csv or .txt in UTF-8 or GB 18030, and .xlsx."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from models.normalization import normalize_text

Line = tuple[str, dict[str, str]]
"""The place of a line in the file (`第 3 行`), and heading to cell."""


def read_lines(path: Path) -> Iterator[Line]:
    """Every line that is not empty, with its place in the file and its cells by heading.

    A .txt file has no headings; its lines are in one column called `name`. Raises ConfigProblemsFound
    where the file cannot be read or decoded.
    """
    rows = _read_sheet_rows(path) if path.suffix.lower() == ".xlsx" else _read_text_rows(path)
    header: list[str] = ["name"] if path.suffix.lower() == ".txt" else []
    for number, cells in rows:
        if not header:
            header = cells
        elif any(cells):
            yield f"第 {number} 行", dict(zip(header, cells, strict=False))


def _read_text_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    written = _decode_file(path).splitlines()
    if path.suffix.lower() == ".txt":
        yield from ((number, [normalize_text(line).strip()]) for number, line in enumerate(written, 1))
        return
    reader = csv.reader(written)
    yield from ((reader.line_num, [normalize_text(cell).strip() for cell in cells]) for cells in reader)


def _decode_file(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), "读不了这个文件")]) from error
    # Excel saves .csv in GB 18030 on a Chinese Windows, with nothing in the file to say so.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigProblemsFound([ConfigProblem(str(path), "不是 UTF-8 也不是 GB 18030 编码的文字")])


def _read_sheet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    with open_workbook(path) as book:
        yield from iter_sheet_rows(book.worksheets[0])


@contextmanager
def open_workbook(path: Path) -> Iterator[Any]:
    """An .xlsx file opened with openpyxl, read-only, values without formulas.

    Raises ConfigProblemsFound where the file is missing or no .xlsx.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError) as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), "打不开这个表格，请另存为 .xlsx")]) from error
    try:
        yield book
    finally:
        book.close()


def iter_sheet_rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Row number, counted from 1, and the texts of the row's cells, stripped; empty cells are ""."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        yield number, [_cell_text(cell) for cell in cells]


def _cell_text(value: object) -> str:
    """Spreadsheets turn codes made of digits into numbers: 320684100.0 was written 320684100."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return normalize_text(str(value)).strip()
