"""`gridbot org places` and `org villages` as a person at the keyboard uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.bot.cli.command_line import gridbot, write_config

UNITS = """
units:
  - {code: HM, name: 海门区, kind: district}
  - {code: HM-SX, name: 三星镇, kind: town, parent: HM}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, UNITS)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_place_that_was_brought_in_is_understood(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "places.csv", "名称,单位\n印象汇,三星镇\n停车场,三星镇\n")
    report = told(gridbot(config, "org", "places", file, "--json"))
    assert (report["added"], report["dropped"]) == (1, {"太平常": ["停车场（第 3 行）"]})
    place = told(gridbot(config, "rules", "test", "印象汇门口路灯不亮", "--json"))["place"]
    assert (place["text"], place["unit"]) == ("印象汇门口", "HM-SX")


def test_what_was_left_out_is_said_in_words(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "list.txt", "印象汇\n停车场\n")
    said = gridbot(config, "org", "places", file, "--unit", "HM-SX").stdout
    assert "新增 1，更新 0，未变 0，删去 0" in said
    assert "略过（太平常）1：停车场（第 2 行）" in said


def test_a_wrong_list_is_refused_with_its_lines(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "places.csv", "名称,单位\n印象汇,没有镇\n")
    result = gridbot(config, "org", "places", file)
    assert result.exit_code == 1
    assert "第 2 行「单位」（印象汇）：没有叫“没有镇”的单位" in result.stderr


def test_villages_fill_in_the_towns_there_are(config: Path, tmp_path: Path) -> None:
    rows = "乡镇代码,乡镇,村居代码,村居\n320614106,三星镇,320614106201,汇南村委会\n1,海永镇,2,沙南村委会\n"
    file = write(tmp_path, "villages.csv", rows)
    said = gridbot(config, "org", "villages", file).stdout
    assert "新增 1，已有 0" in said
    assert "组织里没有的镇街，略过 1：海永镇 1" in said
    place = told(gridbot(config, "rules", "test", "汇南村路灯不亮", "--json"))["place"]
    assert place["unit"] == "320614106201"
