"""`gridbot talk replay`: a transcript under two sets of rules, in databases that are thrown away."""

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from bot.cli.talk.throwaway import open_throwaway
from bot.cli.talk.transcript import TranscriptLine, list_times
from bot.cli.tree import app
from bot.imports import import_org, parse_organisation
from models.cases import Case
from models.database import Database
from models.inbox import InboxRow
from models.organisation import Chat, Unit

ROOT = Path(__file__).resolve().parents[4]
STORY: Sequence[dict[str, Any]] = (
    {"who": "zhangsf", "chat": "wrINTAKE", "text": "解放路15号路灯不亮", "at": "09:05"},
    {"who": "duty1", "use": "duty", "text": "/交办 {1} 住建局", "at": "09:20"},
    {"who": "zj1", "use": "handling", "text": "签收"},
    {"id": "问", "who": "zhangsf", "chat": "wrINTAKE", "text": "咋个样了嘛", "quote": "1"},
    {"who": "zhangsf", "chat": "wrINTAKE", "text": "到底来不来修", "quote": "1"},
    {"who": "新来的", "use": "intake", "text": "静海路井盖没了，人要掉下去", "at": "08:00"},
)  # fmt: skip


@pytest.fixture
def config(sqlite_database: Database, tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    rules = f"{{packs: ['{ROOT / 'rules/default.yaml'}'], limits: '{ROOT / 'rules/limits.yaml'}'}}"
    path.write_text(f'database: {{url: "{sqlite_database.url}"}}\nrules: {rules}\n', encoding="utf-8")
    return path


def write_story(folder: Path, lines: Sequence[dict[str, Any]] = STORY) -> Path:
    path = folder / "story.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


def replay(config: Path, file: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["talk", "replay", *map(str, (file, *words)), "--config", str(config)])


def test_every_line_is_shown_with_what_came_of_it(config: Path, tmp_path: Path) -> None:
    result = replay(config, write_story(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    rows = {row["id"]: row["now"] for row in json.loads(result.stdout)["rows"]}
    assert [case["class_id"] for case in rows["1"]["opened"]] == ["fac.lamp"]
    assert rows["2"]["acts"] == [["assign", "1"]]
    assert rows["3"]["acts"] == [["sign", "1"]]
    assert rows["5"]["acts"] == [["nudge", "1"]]
    assert rows["6"]["opened"][0]["place"] == "静海路"


def test_only_what_differs_under_other_rules_is_shown(config: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    assert "不同 0 句" in replay(config, write_story(tmp_path), "--rules", rules).stdout
    dialogue = rules / "dialogue.yaml"
    silenced = dialogue.read_text(encoding="utf-8").replace("NEW: nudge", "NEW: add").replace(
        "IN_PROGRESS: nudge", "IN_PROGRESS: add"
    )  # fmt: skip
    dialogue.write_text(silenced, encoding="utf-8")
    shown = replay(config, write_story(tmp_path), "--rules", rules).stdout
    assert "5  zhangsf：到底来不来修" in shown
    assert "现在  act.nudge  nudge（第 1 句的事件）" in shown
    assert "改后  act.add  add（第 1 句的事件）" in shown
    assert "共 6 句，不同 1 句" in shown
    assert "签收" not in shown


def test_nothing_is_left_in_the_database_of_the_installation(
    config: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.write() as session:
        import_org(session, parse_organisation(ROOT / "examples/haimen/org.yaml"))
    assert replay(config, write_story(tmp_path)).exit_code == 0
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 0


def test_the_organisation_is_the_installations_own_without_its_secrets(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        import_org(session, parse_organisation(ROOT / "examples/haimen/org.yaml"))
        session.scalars(select(Unit).where(Unit.code == "HM")).one().name = "别处区"
    with open_throwaway(sqlite_database) as database, database.read() as session:
        assert session.scalars(select(Unit.name).where(Unit.code == "HM")).one() == "别处区"
        assert set(session.scalars(select(Chat.webhook_key))) == {None}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"text": "路灯不亮"}, "第 1 条不是一句话，看这几项：who"),
        ({"who": "zhangsf", "chat": "没有的群", "text": "路灯不亮"}, "组织里没有群 没有的群"),
        ({"who": "zhangsf", "use": "intake", "text": "路灯不亮", "at": "早上"}, "时间 早上 看不懂"),
    ],
)
def test_what_cannot_be_played_is_refused_by_its_line(
    config: Path, tmp_path: Path, line: dict[str, Any], reason: str
) -> None:
    result = replay(config, write_story(tmp_path, [line]))
    assert (result.exit_code, reason in result.stderr) == (1, True), result.output


def test_rules_that_do_not_exist_are_refused(config: Path, tmp_path: Path) -> None:
    result = replay(config, write_story(tmp_path), "--rules", tmp_path / "none")
    assert (result.exit_code, "没有规则包" in result.stderr) == (1, True)


def test_a_time_before_the_line_before_is_of_the_next_day() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    said = ("2026-11-28T23:50", "23:50", "", "00:10", "09:00:30")
    lines = [TranscriptLine(who="a", at=at) for at in said]
    times = list(list_times(lines, zone, start=datetime(2026, 11, 1, tzinfo=UTC)))
    assert [f"{at:%d %H:%M:%S}" for at in times] == [
        "28 23:50:00", "28 23:50:01", "28 23:50:31", "29 00:10:00", "29 09:00:30",
    ]  # fmt: skip
