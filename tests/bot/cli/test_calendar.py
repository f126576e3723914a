"""`gridbot calendar …` as the keeper of the calendar uses it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli.tree import app


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text('database: {url: "sqlite:///gridbot.db"}\n', encoding="utf-8")
    return path


def calendar(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["calendar", *words, "--config", str(config)])


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def days(config: Path, year: str = "2026") -> dict[str, Any]:
    return {day["date"]: day for day in told(calendar(config, "list", year, "--json"))["days"]}


def test_a_year_lists_only_what_differs_from_monday_to_friday(config: Path) -> None:
    found = days(config)
    assert not found["2026-10-01"]["working"]
    assert "2026-11-21" not in found
    assert all(day["source"] == "state" for day in found.values())


def test_a_database_that_is_not_there_is_made(config: Path) -> None:
    (config.parent / "gridbot.db").unlink()
    assert days(config) != {}


def test_a_day_that_is_set_is_listed_as_the_offices_own_with_its_reason(config: Path) -> None:
    assert told(calendar(config, "set", "2026-11-21", "work", "--reason", "全区 迎检", "--json"))["changed"]
    assert days(config)["2026-11-21"] == {
        "date": "2026-11-21", "working": True, "source": "office", "note": "全区 迎检",
    }  # fmt: skip
    listed = calendar(config, "list", "2026").stdout
    assert "2026-11-21（周六）\t上班\t本单位改的\t全区 迎检" in listed
    assert "其中 1 天本单位改过" in listed


def test_the_answer_says_that_running_limits_stay(config: Path) -> None:
    result = calendar(config, "set", "2026-11-21", "上班")
    assert "已经在走的时限不变" in result.stdout


def test_setting_a_day_to_what_it_is_changes_nothing(config: Path) -> None:
    assert told(calendar(config, "set", "2026-11-21", "rest", "--json"))["changed"] is False
    assert "2026-11-21" not in days(config)


def test_a_day_can_be_set_back(config: Path) -> None:
    calendar(config, "set", "2026-11-21", "work")
    calendar(config, "set", "2026-11-21", "rest")
    assert days(config)["2026-11-21"]["working"] is False


def test_a_year_nobody_has_announced_says_so(config: Path) -> None:
    assert told(calendar(config, "list", "2031", "--json")) == {"year": 2031, "announced": False, "days": []}
    assert "国家还没有公布放假安排" in calendar(config, "list", "2031").stdout


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("set", "11月21日", "work"), 2, "2026-10-10"),
        (("set", "2026-02-30", "work"), 2, "2026-10-10"),
        (("set", "2026-11-21", "holiday"), 2, "rest"),
        (("set", "1026-11-21", "work"), 2, "2000"),
        (("list", "26"), 1, "2000"),
    ],
)
def test_what_is_no_day_is_refused_with_a_right_one(
    config: Path, words: tuple[str, ...], code: int, reason: str
) -> None:
    result = calendar(config, *words)
    assert (result.exit_code, reason in result.stderr) == (code, True)
