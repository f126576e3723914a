"""A list of responsibilities from a spreadsheet: its gaps and double owners are reported, its mistakes refused."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from models.database import Database
from models.responsibilities import IS_STANDING, Responsibility
from tests.bot.cli.command_line import gridbot, write_config

ROWS = (
    ("JY-1", "油烟扰民查处", "《大气污染防治法》第八十一条", "城管局", "区级", "油烟污染"),
    ("JY-2", "无主河道清淤", "", "", "区级", ""),
    ("JY-3", "河岸垃圾清理", "", "城管局", "", ""),
    ("JY-3", "河岸垃圾清理", "", "水利局", "", ""),
)
UNITS = """
units:
  - {code: HM, name: 海门区, kind: district}
  - {code: HM-CG, name: 海门区城市管理局, short: 城管局, kind: department, parent: HM}
  - {code: HM-SL, name: 海门区水利局, short: 水利局, kind: department, parent: HM}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, UNITS)


def report_import(config: Path, *words: object) -> dict[str, Any]:
    result = gridbot(config, "org", "duties", *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def save(folder: Path, *rows: tuple[str, ...]) -> Path:
    """A workbook as offices have it: a title above the headings, their own words in these."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["海门区权责清单"])
    sheet.append(["序号", "职权编码", "职权名称", "实施依据", "实施主体", "行使层级", "类别"])
    for at, row in enumerate(rows, start=1):
        sheet.append([at, *row])
    book.save(folder / "清单.xlsx")
    return folder / "清单.xlsx"


def list_standing(folder: Path) -> list[tuple[str, int]]:
    database = Database(f"sqlite:///{folder}/gridbot.db")
    with database.read() as session:
        rows = session.scalars(select(Responsibility).where(IS_STANDING).order_by(Responsibility.number))
        found = [(row.number, row.since) for row in rows]
    database.dispose()
    return found


def test_a_gap_and_two_owners_are_taken_in_and_reported(config: Path, tmp_path: Path) -> None:
    file = save(tmp_path, *ROWS)
    tried = report_import(config, file, "--dry-run")
    assert (tried["added"], list_standing(tmp_path)) == (4, [])
    said = gridbot(config, "org", "duties", file).stdout
    assert "新增 4，更新 0，去掉 0，未变 0；现在是第 1 版" in said
    assert "没有单位的事项 1：JY-2 无主河道清淤" in said
    assert "两个以上单位都有的事项 1：JY-3 河岸垃圾清理（城管局、水利局）" in said
    assert "版本不变" in gridbot(config, "org", "duties", file).stdout
    changed = save(tmp_path, (*ROWS[0][:2], "《条例》", *ROWS[0][3:]), *ROWS[2:])
    report = report_import(config, changed)
    assert [report[key] for key in ("added", "changed", "removed", "unchanged", "version")] == [0, 1, 1, 2, 2]
    assert list_standing(tmp_path) == [("JY-1", 2), ("JY-3", 1), ("JY-3", 1)]


def test_a_wrong_row_refuses_the_whole_list(config: Path, tmp_path: Path) -> None:
    wrong = (
        ("JY-4", "甲", "", "飞船局", "", ""),
        ("JY-5", "乙", "", "", "", "没有这一类"),
        ("JY-1", "油烟", "", "水利局", "", ""),
        ROWS[0],
    )
    result = gridbot(config, "org", "duties", save(tmp_path, *ROWS, *wrong))
    assert result.exit_code == 1
    for words in ("没有单位「飞船局」", "没有这一类", "JY-1 前面叫「油烟扰民查处」", "JY-1 已经在前面写过了"):
        assert words in result.output
    assert list_standing(tmp_path) == []
