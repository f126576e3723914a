"""`gridbot talk show`: why the bot did what it did, of one message and of all that was said of a case."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from tests.bot.cli.talk.test_reading import configure
from tests.district import RUBBLE, District


@pytest.fixture
def config(sqlite_district: District, tmp_path: Path) -> Path:
    return configure(tmp_path, sqlite_district.database)


def show(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["talk", "show", *words, "--config", str(config)])


def show_json(config: Path, *words: str) -> Any:
    shown = show(config, *words, "--json")
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.stdout)


def test_a_message_is_shown_with_its_act_the_words_for_it_and_the_case(
    sqlite_district: District, config: Path
) -> None:
    case = sqlite_district.verify_case()
    assert sqlite_district.say("wrINTAKE", "zhangsf", "还是没修好，一点没动") == "act.rate"
    (newest,) = show_json(config, str(show_json(config, case.number)[-1]["inbox"]))
    assert newest["result"] == "act.rate"
    assert newest["words"] == "还是没修好，一点没动"
    (understood,) = newest["understood"]
    assert understood["act"]["act"] == "dispute"
    assert understood["meant"] == [case.number]
    assert understood["steps"] == ["rate unsolved"]
    shown = show(config, newest["message"]).stdout
    assert "对话行为：dispute（报事人）" in shown
    assert "「没修好」" in shown
    assert f"要办：rate unsolved  {case.number}" in shown


def test_a_case_shows_everything_that_was_said_of_it_in_order(
    sqlite_district: District, config: Path
) -> None:
    case = sqlite_district.dispatch_case()
    sqlite_district.say("wrINTAKE", "zhangsf", "我报的那个怎么样了？")
    sqlite_district.say("wrCG", "cg1", "收到，签收")
    found = show_json(config, case.number)
    assert [each["words"] for each in found][:1] == [RUBBLE]
    assert found[0]["understood"][0]["steps"] == ["intake"]
    asked = [each for each in found if each["result"] == "talk.progress"]
    assert asked[0]["understood"][0]["act"]["act"] == "status"
    assert [each["inbox"] for each in found] == sorted(each["inbox"] for each in found)


def test_what_was_only_overheard_leaves_nothing(sqlite_district: District, config: Path) -> None:
    sqlite_district.say("wrINTAKE", "liay", "今晚吃什么呀", addressed=False)
    (found,) = show_json(config, "1")
    assert found["understood"] == []
    assert "没有留下理解" in show(config, "1").stdout


def test_a_message_that_nobody_knows_is_refused(sqlite_district: District, config: Path) -> None:
    shown = show(config, "WG990101-0001")
    assert shown.exit_code == 1
    assert "没有消息" in shown.stderr
