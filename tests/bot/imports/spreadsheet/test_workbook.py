"""Workbooks of every program: values are read whatever stands around them, and quickly."""

import re
import time
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from bot.config.problems import ConfigProblemsFound
from bot.imports.spreadsheet.workbook import open_workbook
from tests.bot.imports.workbooks import patch_parts, replace_bytes, write_as_wps, write_workbook

ROWS = [("名称", "单位"), ("印象汇", "HM"), ("静海路", "HM")]


def read(path: Path) -> dict[str, list[tuple[int, tuple[object, ...]]]]:
    with open_workbook(path) as sheets:
        return {sheet.title: list(sheet.iter_rows()) for sheet in sheets}


def simple(folder: Path) -> Path:
    return write_workbook(folder / "list.xlsx", {"表": ROWS})


def test_a_dimension_of_one_cell_is_not_believed(tmp_path: Path) -> None:
    """WPS writes it over sheets of any size."""
    path = patch_parts(simple(tmp_path), sheet1=lambda raw: re.sub(b'ref="A1:B3"', b'ref="A1"', raw))
    assert read(path)["表"] == list(enumerate(ROWS, start=1))


def test_a_table_of_strings_is_read(tmp_path: Path) -> None:
    assert read(write_as_wps(tmp_path / "list.xlsx", "表", ROWS))["表"] == list(enumerate(ROWS, start=1))


def test_a_sheet_without_a_dimension_is_read(tmp_path: Path) -> None:
    path = patch_parts(simple(tmp_path), sheet1=lambda raw: re.sub(b"<dimension[^>]*/>", b"", raw))
    assert read(path)["表"] == list(enumerate(ROWS, start=1))


def test_a_sheet_of_a_chart_is_no_sheet_of_cells(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in ROWS:
        sheet.append(row)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    book.create_chartsheet("图表", 0).add_chart(chart)
    book.save(tmp_path / "list.xlsx")
    assert list(read(tmp_path / "list.xlsx")) == ["Sheet"]


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("styles", b"</fills>", b'<fill><weirdFill pattern="wps"/></fill></fills>'),
        ("styles", b"<family ", b'<charset val="high"/><family '),
        ("styles", b"</cellXfs>", b'<xf numFmtId="0" fontId="99" fillId="x" applyFont="maybe"/></cellXfs>'),
        ("core", b"</cp:coreProperties>", b"<dcterms:modified>yesterday</dcterms:modified></cp:coreProperties>"),
        ("workbook", b"</sheets>", b'</sheets><definedNames><definedName name="a:b" localSheetId="x"/></definedNames>'),
        ("sheet1", b"</sheetData>", b'</sheetData><autoFilter ref="nonsense"><filterColumn/></autoFilter>'),
        ("sheet1", b"<sheetViews>", b'<sheetViews odd="1"><oddView/>'),
    ],
)  # fmt: skip
def test_what_holds_no_values_may_be_odd(tmp_path: Path, part: str, old: bytes, new: bytes) -> None:
    path = patch_parts(simple(tmp_path), **{part: replace_bytes(old, new)})
    assert read(path)["表"] == list(enumerate(ROWS, start=1))


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_dates_are_dates_in_either_calendar(tmp_path: Path, epoch_1904: bool) -> None:
    book = Workbook()
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    book.worksheets[0].append([date(2026, 3, 1)])
    book.save(tmp_path / "list.xlsx")
    ((_, (value,)),) = read(tmp_path / "list.xlsx")["Sheet"]
    assert str(value) == "2026-03-01 00:00:00"


def test_a_date_out_of_all_bounds_is_no_traceback(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "list.xlsx", {"表": [(date(2026, 3, 1),)]})
    patch_parts(path, sheet1=lambda raw: re.sub(rb"<v>[\d.]+</v>", b"<v>320684001001</v>", raw))
    assert read(path)["表"] == [(1, ("#VALUE!",))]


def test_a_merge_down_a_column_says_the_same_in_every_row(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (("海门区人员", None), ("张三", "城管局"), ("李四", None), ("王五", None), ("赵六", None)):
        sheet.append(row)
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("B2:B4")
    book.save(tmp_path / "list.xlsx")
    rows = [cells for _, cells in read(tmp_path / "list.xlsx")["Sheet"]]
    assert rows == [("海门区人员",), ("张三", "城管局"), ("李四", "城管局"), ("王五", "城管局"), ("赵六",)]


def test_rows_keep_their_numbers_over_gaps(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "list.xlsx", {"表": [("a",), (), (None,), ("b",)]})
    assert read(path)["表"] == [(1, ("a",)), (4, ("b",))]


def test_sheets_whose_tags_have_a_prefix_are_read(tmp_path: Path) -> None:
    """As the Open XML SDK writes them."""

    def give_prefix(raw: bytes) -> bytes:
        return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", raw.replace(b"xmlns=", b"xmlns:x="))

    path = patch_parts(simple(tmp_path), sheet1=give_prefix)
    assert read(path)["表"] == list(enumerate(ROWS, start=1))


def test_formatted_rows_without_a_value_cost_neither_time_nor_memory(tmp_path: Path) -> None:
    blank = b"".join(
        b'<row r="%d" s="1"><c r="A%d" s="1"/><c r="B%d" s="1"/></row>' % (n, n, n) for n in range(4, 200_000)
    )
    last = b'<row r="1048576" s="1"/>'
    path = patch_parts(
        simple(tmp_path), sheet1=replace_bytes(b"</sheetData>", blank + last + b"</sheetData>")
    )
    started = time.process_time()
    assert len(read(path)["表"]) == len(ROWS)
    assert time.process_time() - started < 3  # openpyxl by itself takes ten, and a minute for a whole sheet
    tracemalloc.start()
    read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("sheet1", b"</row>", b"</raw>"),
        ("sheet1", b'<c r="A1"', b'<c r="?"'),
        ("sheet1", b"<worksheet", b"<workshop"),
        ("workbook", b"<sheets>", b"<sheets"),
        ("workbook", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
         b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
        ("[Content_Types]", b"<Types", b"<Sorts"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, part: str, old: bytes, new: bytes) -> None:
    path = patch_parts(simple(tmp_path), **{part: replace_bytes(old, new)})
    with pytest.raises(ConfigProblemsFound, match="打不开这个表格"):
        read(path)


def test_a_row_without_an_end_is_refused(tmp_path: Path) -> None:
    endless = b"<c>" * (25 * 1024 * 1024)
    path = patch_parts(simple(tmp_path), sheet1=replace_bytes(b"</row></sheetData>", endless))
    with pytest.raises(ConfigProblemsFound, match="打不开这个表格"):
        read(path)


def test_strings_that_fill_the_memory_are_refused(tmp_path: Path) -> None:
    path = write_as_wps(tmp_path / "list.xlsx", "表", ROWS)
    patch_parts(path, sharedStrings=lambda raw: raw + b" " * (257 * 1024 * 1024))
    with pytest.raises(ConfigProblemsFound, match="展开后太大"):
        read(path)
