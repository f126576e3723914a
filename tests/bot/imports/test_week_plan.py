"""Week plans: read as a whole or refused as a whole, and put down for a second person to approve."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.cli.tree import app
from bot.config.problems import ConfigProblemsFound
from bot.imports import import_org, notice_items, parse_organisation, week_plan
from models.database import Database
from models.notices import Notice
from models.organisation import ChatUse

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "haimen" / "org.yaml"
RIGHT = """
theme: 防诈骗宣传周
unit: HM
uses: [residents, intake]
week: 2026-03-30
time: "08:00"
skip: [2026-04-01]
items:
  - {day: 2026-03-31, text: 二}
  - {day: 周一, text: 一}
  - {day: Wednesday, text: 三}
"""


def read(folder: Path, text: str) -> week_plan.WeekPlan:
    file = folder / "week.yaml"
    file.write_text(text, encoding="utf-8")
    return week_plan.read(file)


def wrong(folder: Path, text: str) -> set[str]:
    """Paths of the mistakes found."""
    with pytest.raises(ConfigProblemsFound) as found:
        read(folder, text)
    return {mistake.path for mistake in found.value.problems}


def test_items_come_in_order_and_days_to_skip_are_left_out(tmp_path: Path) -> None:
    plan = read(tmp_path, RIGHT)
    assert [(item.day, item.text) for item in plan.items] == [
        (date(2026, 3, 30), "一"),
        (date(2026, 3, 31), "二"),
    ]
    assert (plan.send_time, plan.uses) == (time(8), (ChatUse.RESIDENTS, ChatUse.INTAKE))


def test_every_mistake_is_told_with_its_path(tmp_path: Path) -> None:
    text = """
them: 周
uses: [residents, everybody]
week: 2026-03-31
time: 8点
workdays_only: 也许
skip: [清明]
items:
  - {day: 周八, text: 一}
  - {day: 2026-04-01}
  - {day: 2026-04-01, text: 三, colour: red}
  - 四
"""
    assert wrong(tmp_path, text) == {
        "them",
        "theme",
        "unit",
        "uses[1]",
        "week",
        "time",
        "workdays_only",
        "skip[0]",
        "items[0].day",
        "items[1].text",
        "items[2].colour",
        "items[2].day",
        "items[3]",
    }


def test_a_weekday_wants_its_week(tmp_path: Path) -> None:
    assert wrong(tmp_path, RIGHT.replace("week: 2026-03-30", "")) == {"items[1].day", "items[2].day"}


@pytest.mark.parametrize("items", ["[]", "[" + ", ".join(["{day: 周一, text: 一}"] * 8) + "]"])
def test_a_week_has_one_to_seven_items(tmp_path: Path, items: str) -> None:
    assert "items" in wrong(tmp_path, RIGHT.split("items:", maxsplit=1)[0] + f"items: {items}\n")


def test_a_file_that_holds_no_plan_is_refused(tmp_path: Path) -> None:
    assert wrong(tmp_path, "- 一\n- 二\n") == {str(tmp_path / "week.yaml")}


# The command ---------------------------------------------------------------------------------


@pytest.fixture
def config(sqlite_database: Database, tmp_path: Path) -> Path:
    with sqlite_database.write() as session:
        import_org(session, parse_organisation(EXAMPLE))
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps({"database": {"url": str(sqlite_database.engine.url)}}), encoding="utf-8")
    return file


def next_week(folder: Path, **replaced: str) -> Path:
    today = datetime.now(UTC).date()
    monday = today + timedelta(days=7 - today.weekday())
    text = RIGHT.split("skip:", maxsplit=1)[0].replace("2026-03-30", str(monday))
    text += "items: [{day: 周一, text: 一}, {day: 周二, text: 二}]\n"
    for old, new in replaced.items():
        text = text.replace(old, new)
    file = folder / "week.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def run(config: Path, *words: str) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["notices", *words, "--config", str(config)])
    return ran.exit_code, ran.output


def written(database: Database) -> list[Notice]:
    with database.read() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def test_a_plan_is_put_down_unapproved_and_listed(
    config: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    code, said = run(config, "plan", str(next_week(tmp_path)), "--by", "duty1")
    assert code == 0, said
    assert "/发布 JH" in said
    assert [(one.text, one.approved_at, one.theme) for one in written(sqlite_database)] == [
        ("一", None, "防诈骗宣传周"),
        ("二", None, "防诈骗宣传周"),
    ]
    _, listed = run(config, "list")
    assert listed.count("待发布") == 2
    rows = json.loads(run(config, "list", "--json")[1])
    assert {row["state"] for row in rows} == {"draft"}


def test_a_unit_and_a_maker_nobody_knows_leave_nothing_behind(
    config: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    code, said = run(config, "plan", str(next_week(tmp_path, **{"unit: HM": "unit: HMX"})), "--by", "nobody")
    assert code == 1
    assert "unit：" in said
    assert "--by：" in said
    assert written(sqlite_database) == []


def test_only_the_desk_makes_plans(config: Path, sqlite_database: Database, tmp_path: Path) -> None:
    code, said = run(config, "plan", str(next_week(tmp_path)), "--by", "cg1")
    assert (code, written(sqlite_database)) == (1, [])
    assert "可以拟通知" in said


def test_a_plan_for_nobody_leaves_nothing_behind(
    config: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    code, said = run(config, "plan", str(next_week(tmp_path, **{"unit: HM": "unit: HM-BJ"})), "--by", "duty1")
    assert (code, written(sqlite_database)) == (1, [])
    assert "没有可以发通知的群" in said


def test_days_that_have_passed_are_refused(config: Path, sqlite_database: Database, tmp_path: Path) -> None:
    file = tmp_path / "week.yaml"
    file.write_text(RIGHT, encoding="utf-8")
    assert run(config, "plan", str(file), "--by", "duty1")[0] == 1
    assert written(sqlite_database) == []


def test_a_library_is_read_as_a_whole_or_refused_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "library.csv"
    heading = "标签,月份,备用,内容\n"
    file.write_text(f"{heading}防诈骗、老年,11-2,,先挂断。\n防诈骗,,是,打 96110。\n", encoding="utf-8-sig")
    winter, spare = notice_items.read(file)
    assert (winter.tags, winter.months, winter.is_fallback) == (("防诈骗", "老年"), (11, 12, 1, 2), False)
    assert (spare.months, spare.is_fallback, spare.text) == ((), True, "打 96110。")
    file.write_text(f"{heading}防诈骗,,,\n,,,先挂断。\n防诈骗,,,对的。\n", encoding="utf-8")
    with pytest.raises(ConfigProblemsFound) as found:
        notice_items.read(file)
    assert [problem.path.rpartition(":")[2] for problem in found.value.problems] == ["2", "3"]
