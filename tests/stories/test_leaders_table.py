"""Story 12 (requirements B08, C10, D02): a month of cases, and the table of it by hand, in the group and for programs."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from bot.cli.tree import app
from bot.config.settings import Settings
from bot.demo import prepare_database
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.database import Database
from models.pushes import Push, PushState
from sandbox.server import SandboxServer
from scheduler import escalation
from tests.district import District
from tests.stories.conftest import SHANGHAI
from tests.stories.town import WORLD, StoryHarness, build_settings, serve_gridbot

IN_MAY = datetime(2026, 5, 6, 9, 0, tzinfo=SHANGHAI)
BY_HAND = {
    # 城管局: five received and answered. Four said whether it is solved: three times it is; three said how they like it, two gladly. One stayed
    # silent and closed by itself; one was late; two were sent back by the reporter.
    "HM-CG": {
        "received": 5,
        "answered": 5,
        "rated": 4,
        "solved": 3,
        "judged": 3,
        "satisfied": 2,
        "unrated": 1,
        "due": 5,
        "on_time": 4,
        "returned": 0,
        "reworked": 2,
        "answer_rate": 1.0,
        "solve_rate": 0.75,
        "satisfaction": 0.6667,
        "on_time_rate": 0.8,
        "rank": 2,
        "overdue": 0,
    },
    # 住建局: one done well, one never done, one sent back, which was then rejected and counts for nobody.
    "HM-ZJ": {
        "received": 2,
        "answered": 1,
        "rated": 1,
        "solved": 1,
        "judged": 1,
        "satisfied": 1,
        "unrated": 0,
        "due": 2,
        "on_time": 1,
        "returned": 1,
        "reworked": 0,
        "answer_rate": 0.5,
        "solve_rate": 1.0,
        "satisfaction": 1.0,
        "on_time_rate": 0.5,
        "rank": 1,
        "overdue": 1,
    },
}


_RUBBLE, _LAMP = "工地门口建筑垃圾", "路灯不亮"


class Months:
    """What the units do in February and March, one case a day."""

    def __init__(self, district: District) -> None:
        self.district = district

    def case(self, day: datetime, unit: str, matter: str = _RUBBLE) -> str:
        """Each somewhere else: the same again from the same person would be the same case."""
        self.district.now = day
        self.district.report_case(f"北京路{20 * len(self.district.cases()) + 1}号{matter}")
        number = self.district.case().number
        self.do("wrDUTY", "duty1", f"/交办 {number} {unit}")
        return number

    def done(self, number: str, chat: str, user: str, **after: float) -> None:
        self.do(chat, user, f"/签收 {number}")
        self.district.advance(**after)
        self.do(chat, user, f"/反馈 {number} 已处理", photos=1)
        self.do("wrDUTY", "duty1", f"/核查 {number} 通过")
        self.district.deliver_results()

    def rated(self, number: str, words: str) -> None:
        self.do("wrINTAKE", "zhangsf", f"/评价 {number} {words}")

    def do(self, chat: str, user: str, text: str, *, photos: int = 0) -> None:
        result = self.district.say(chat, user, text, photos=photos)
        assert result.startswith("act."), (text, result, self.district.last_text(chat))

    def unsolved(self, number: str) -> None:
        self.rated(number, "未解决")
        self.district.advance(hours=1)
        self.do("wrCG", "cg1", f"/反馈 {number} 又处理了一遍", photos=1)
        self.do("wrDUTY", "duty1", f"/核查 {number} 通过")
        self.district.deliver_results()

    def play(self) -> None:
        for n, words in enumerate(("已解决 满意", "已解决 不满意")):
            number = self.case(_day(2, 3 + n), "城管局")
            self.done(number, "wrCG", "cg1", hours=1)
            self.rated(number, words)
        for n, words in enumerate(("已解决 满意", "已解决 不满意", "已解决 满意", "未解决")):
            number = self.case(_day(3, 2 + n), "城管局")
            self.done(number, "wrCG", "cg1", hours=1)
            if n >= 2:
                self.unsolved(number)
            self.rated(number, words)
        silent = self.case(_day(3, 9), "城管局")
        self.done(silent, "wrCG", "cg1", days=9)
        good = self.case(_day(3, 10), "住建局", _LAMP)
        self.done(good, "wrZJ", "zj1", hours=1)
        self.rated(good, "已解决 满意")
        rejected = self.case(_day(3, 11), "住建局", _LAMP)
        self.do("wrZJ", "zj1", f"/退回 {rejected} 不归我们管")
        self.do("wrDUTY", "duty1", f"/不予受理 {rejected} 属于小区物业")
        self.case(_day(3, 31), "住建局", _LAMP)


def _day(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, 0, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Iterator[tuple[Settings, SandboxServer]]:
    with SandboxServer(WORLD) as box:
        url = database.engine.url.render_as_string(hide_password=False)
        settings = build_settings(tmp_path, url, box)
        prepare_database(settings)
        EnvironmentBuilder(database, settings).seed_calendar(IN_MAY)
        yield settings, box


def played(database: Database, settings: Settings) -> None:
    """The months as they went; by May nothing is left to be sent."""
    district = District(database, EnvironmentBuilder(database, settings)())
    Months(district).play()
    with database.write() as session:
        for hours in range(0, 24 * 35, 12):
            escalation.fire_due(session, district.env, now=_day(4, 1) + timedelta(hours=hours))
        session.execute(update(Push).values(state=PushState.SENT))


def test_the_table_is_the_one_counted_by_hand(
    settings: tuple[Settings, SandboxServer], database: Database, tmp_path: Path
) -> None:
    played(database, settings[0])
    table = _from_cli(tmp_path, database)
    units = {unit["code"]: unit for unit in table["units"]}
    for code, wanted in BY_HAND.items():
        assert {name: units[code][name] for name in wanted} == wanted
    total = table["total"]
    assert (total["received"], total["excluded"], total["answered"]) == (7, 1, 6)
    assert (total["solve_rate"], total["satisfaction"], total["on_time_rate"]) == (0.8, 0.75, 0.7143)
    assert (table["before"]["received"], table["before"]["satisfaction"]) == (2, 0.5)

    with (
        serve_gridbot(settings[0], lambda: IN_MAY) as url,
        closing(StoryHarness(settings[1], url, lambda: IN_MAY)) as town,
    ):
        town.wait_until(lambda: town.api.get("/readyz").status_code == 200, "ready")
        town.say("wrDUTY", "leader1", "/月报 2026-03")
        said = town.wait_for_message("wrDUTY", "2026 年 3 月月报 海门区")["text"]
    for line in (
        "受理 7 件（上月 2 件，+250.0 %）",
        "回应率 85.7 %（-14.3 个百分点），没到 98 %",
        "解决率 80.0 %（-20.0 个百分点）\n",
        "满意率 75.0 %（+25.0 个百分点），没到 95 %",
        "没评价 1 件，退回 1 件，返工 2 件\n现在超时 1 件",
        "不受理、作废、并案的 1 件不算在内",
        "1. 住建局：受理 2 件，超时 1 件\n回应 50 % 解决 100 % 满意 100 % 按时 50 %",
        "2. 城管局：受理 5 件\n回应 100 % 解决 75 % 满意 67 % 按时 80 %",
    ):
        assert line in said
    assert len(said) < 400


def _from_cli(folder: Path, database: Database) -> dict[str, Any]:
    url = database.engine.url.render_as_string(hide_password=False)
    config = folder / "config.yaml"
    config.write_text(json.dumps({"database": {"url": url}}), encoding="utf-8")
    ran = CliRunner().invoke(app, ["report", "month", "2026-03", "--json", "--config", str(config)])
    assert ran.exit_code == 0, ran.output
    table: dict[str, Any] = json.loads(ran.stdout)
    return table
