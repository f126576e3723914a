"""Lists as offices keep them: titles above the headings, signatures beneath, numbers that were codes."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.config.problems import ConfigProblemsFound
from bot.imports import places, villages
from bot.imports.spreadsheet import Line, ListFile
from bot.imports.spreadsheet.cell_values import read_cell
from tests.bot.imports.workbooks import write_as_wps, write_workbook

HEADINGS = ("乡镇代码", "乡镇", "村居代码", "村居")
VILLAGE = ("320614106", "三星镇", "320614106201", "汇南村委会")


def read(path: Path) -> tuple[list[Line], list[str]]:
    """Lines, and what was passed over."""
    file = ListFile(path, villages.COLUMNS)
    return list(file), [str(note) for note in file.notes]


def codes(folder: Path, *lines: Sequence[Any]) -> list[str]:
    found, _ = read(write_workbook(folder / "list.xlsx", {"表": lines}))
    return [line.fields["village_code"] for line in found]


def refuse(folder: Path, *lines: Sequence[Any]) -> list[str]:
    """What is wrong with a list of villages."""
    problems: list[Any] = []
    found, _ = read(write_workbook(folder / "list.xlsx", {"表": lines}))
    for line in found:
        problems += line.faults
    return [str(problem) for problem in problems]


def test_a_file_of_wps_is_read(tmp_path: Path) -> None:
    found, notes = read(write_as_wps(tmp_path / "list.xlsx", "村居", [HEADINGS, VILLAGE]))
    assert [line.fields["village"] for line in found] == ["汇南村委会"]
    assert notes == []


def test_blank_rows_and_titles_stand_above_the_headings(tmp_path: Path) -> None:
    lines = ((), ("海门区村居代码表",), ("单位：海门区民政局", None, "2026 年 3 月"), HEADINGS, VILLAGE)
    found, notes = read(write_workbook(tmp_path / "list.xlsx", {"表": lines}))
    assert [line.place for line in found] == ["表!第 5 行"]
    assert notes == ["表!第 2、3 行：（提醒）在表头上面，当作标题略过"]


def test_a_csv_may_have_titles_too(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    text = ",,,\n海门区村居代码表,,,\n" + ",".join(HEADINGS) + "\n" + ",".join(VILLAGE) + "\n"
    path.write_bytes(text.encode("gb18030"))
    assert [line.place for line in read(path)[0]] == ["第 4 行"]


def test_headings_in_two_rows(tmp_path: Path) -> None:
    """Merged down, and one of them parted in two below."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (("乡镇代码", "乡镇", "村居", None), (None, None, "村居代码", "村居"), VILLAGE):
        sheet.append(row)
    for cells in ("A1:A2", "B1:B2", "C1:D1"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "list.xlsx")
    assert [line.fields["village_code"] for line in read(tmp_path / "list.xlsx")[0]] == ["320614106201"]


@pytest.mark.parametrize(
    "headings",
    [
        ("乡镇代码*", "乡　镇", "村居代码（必填）", " 村居\n(必填)"),
        ("town_code", "TOWN", "Village_Code", "village"),
        ("\u200b乡镇代码", "乡镇\ufeff", "村居代码：", "村居"),
    ],
)
def test_headings_are_known_whatever_is_put_around_them(tmp_path: Path, headings: Sequence[str]) -> None:
    assert codes(tmp_path, headings, VILLAGE) == ["320614106201"]


@pytest.mark.parametrize(
    "remark",
    [
        ("填表人：王芳", None, "审核人：李四"),
        ("填表人：", "王芳", "审核人：", "李四"),
        ("填报单位（盖章）：海门区民政局",),
        ("注：代码以 2026 年为准",),
        ("说明：1. 不要改代码",),
        ("合计", None, None, "1"),
        ("联系电话", "0513-82210000"),
    ],
)
def test_signatures_and_remarks_are_passed_over_with_a_word(tmp_path: Path, remark: Sequence[Any]) -> None:
    found, notes = read(write_workbook(tmp_path / "list.xlsx", {"表": [HEADINGS, VILLAGE, remark]}))
    assert len(found) == 1
    assert notes == [f"表!第 3 行：（提醒）“{remark[0]}”不是数据，略过"]


def test_a_remark_about_a_row_does_not_lose_the_row(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "l.xlsx", {"表": [("备注", *HEADINGS), ("注：新设", *VILLAGE)]})
    found, notes = read(path)
    assert [line.fields["village_code"] for line in found] == ["320614106201"]
    assert notes == ["表!「备注」：（提醒）这一列没有导入"]


def test_headings_again_on_the_next_page_are_no_data(tmp_path: Path) -> None:
    found, notes = read(write_workbook(tmp_path / "l.xlsx", {"表": [HEADINGS, VILLAGE, HEADINGS]}))
    assert (len(found), notes) == (1, ["表!第 3 行：（提醒）又是表头，略过"])


def test_every_sheet_with_the_headings_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    second = ("320614107", "海永镇", "320614107200", "沙南村委会")
    book = Workbook()
    book.worksheets[0].title = "填写说明"
    book.worksheets[0].append(["请按格式填写"])
    for title, row in (("三星", VILLAGE), ("海永", second), ("码表", VILLAGE)):
        sheet = book.create_sheet(title)
        sheet.append(HEADINGS)
        sheet.append(row)
    book["码表"].sheet_state = "hidden"
    book.create_sheet("Sheet3")
    book.save(tmp_path / "list.xlsx")
    found, notes = read(tmp_path / "list.xlsx")
    assert [line.place for line in found] == ["三星!第 2 行", "海永!第 2 行"]
    assert notes == ["码表：（提醒）隐藏的工作表，略过", "填写说明：（提醒）没有表头，略过"]


@pytest.mark.parametrize("lines", [[HEADINGS], [HEADINGS, ("填表人：王芳",)], []])
def test_a_list_without_a_row_is_refused(tmp_path: Path, lines: Sequence[Sequence[str]]) -> None:
    with pytest.raises(ConfigProblemsFound, match="没有一行可以导入的数据"):
        read(write_workbook(tmp_path / "list.xlsx", {"表": lines}))


def test_a_list_without_headings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigProblemsFound, match="表!第 2 行：应当是表头，要有“村居”一列；例：乡镇代码,乡镇"
    ):
        read(write_workbook(tmp_path / "list.xlsx", {"表": [(), VILLAGE]}))


def test_two_columns_of_one_thing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("名称,地名,单位\n印象汇,印象城,HM\n", encoding="utf-8")
    with pytest.raises(ConfigProblemsFound, match="第 1 行：“名称”和“地名”是同一项，只留一列"):
        list(ListFile(path, places.COLUMNS))


def test_what_stands_beside_the_columns_is_told(tmp_path: Path) -> None:
    _, notes = read(write_workbook(tmp_path / "l.xlsx", {"表": [HEADINGS, (*VILLAGE, None, "问过老王")]}))
    assert notes == ["表!第 6 列：（提醒）没有表头，里面的内容没有导入"]


def test_a_column_by_an_odd_name_is_refused_once(tmp_path: Path) -> None:
    lines = ((*HEADINGS, "区县名"), (*VILLAGE, "海门"), (*VILLAGE, "海门"))
    assert refuse(tmp_path, *lines) == ["表!第 2 行「区县名」（汇南村委会）：不认识的列（是不是 区县？）"]


def test_a_csv_with_an_open_quote_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text('名称\n"' + "长" * 200_000, encoding="utf-8")
    with pytest.raises(ConfigProblemsFound, match="引号没有成对"):
        list(ListFile(path, places.COLUMNS))


# Cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", [320684001001.0, "320684001001.0", 320684001001, " 320684001001 ", "320684001001\u200b"]
)
def test_a_code_stays_as_it_was_written(tmp_path: Path, code: object) -> None:
    row = ("320684001", "海门街道", code, "解放村")
    assert codes(tmp_path, HEADINGS, row) == ["320684001001"]


def test_a_decimal_stays_one() -> None:
    assert [read_cell(value).text for value in (31.885, "31.885", "3.0", 31.0, True)] == [
        "31.885", "31.885", "3.0", "31", "True",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (date(2026, 3, 1), "是日期或时间（2026-03-01）"),
        ("3.20684E+11", "科学计数法"),
        (320684001001320684.0, "超过 15 位"),
        ("#N/A", "公式算不出来"),
        ("#REF!", "公式算不出来"),
    ],
)
def test_a_cell_that_is_not_what_was_typed_is_named(tmp_path: Path, value: object, word: str) -> None:
    (said,) = refuse(tmp_path, HEADINGS, ("320684001", "海门街道", value, "解放村"))
    assert said.startswith("表!第 2 行「村居代码」（解放村）：")
    assert word in said
