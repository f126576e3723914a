"""A week of duty (issue 14): a roster, a day that is swapped, what is open at the change, somebody away, a call."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from handlers.environment.people import staffing
from handlers.environment.people.staffing import AbsenceSpan
from models.database import Database
from tests.district import load_person
from tests.stories.conftest import SHANGHAI
from tests.stories.town import MovableClock, StoryHarness, run_story

WEEK = {
    "03-30": "值班一号", "03-31": "值班一号", "04-01": "值班二号", "04-02": "值班一号", "04-03": "值班二号",
}  # fmt: skip


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Of Monday, 30 March, the first day."""
    return datetime(2026, 3, 30, hour, minute, tzinfo=SHANGHAI) + timedelta(days=day - 1)


@pytest.fixture
def haimen(sqlite_database: Database, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    """On one database: what differs between the two is played without a wire, by the other tests of duty."""
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    with run_story(tmp_path, url, clock) as people:
        yield people


def test_a_week_of_duty_with_a_swap_and_an_absence(
    haimen: StoryHarness, clock: MovableClock, sqlite_database: Database
) -> None:
    for day, name in WEEK.items():
        haimen.say("wrDUTY", "duty1", f"/值班 {day} {name}")
        haimen.wait_for_message("wrDUTY", day, f"值班：{name}")
    haimen.say("wrDUTY", "duty1", "/换班 03-31 值班二号")
    haimen.wait_for_message("wrDUTY", "值班二号同意发 /换班 同意 03-31")
    haimen.say("wrDUTY", "duty2", "/换班 同意")
    haimen.wait_for_message("wrDUTY", "值班二号同意替值班一号值班")
    rubble = haimen.report("wrINTAKE", "zhangsf", "长江路静海路口工地门口建筑垃圾")
    # Tuesday: the one who swapped comes on, and is told what is open.
    clock.move_to(at(2, 0, 1))
    note = haimen.wait_for_message("wrDUTY", "交接班 03-31 周二：值班一号 → 值班二号", rubble[-4:])
    assert "duty2" in str(note)
    haimen.say("wrDUTY", "duty2", f"/交办 {rubble} 城管局")
    haimen.wait_for_message("wrCG", "新任务")
    haimen.say("wrCG", "cg1", f"/签收 {rubble}")
    haimen.wait_for_status(rubble, "IN_PROGRESS")
    # Wednesday and Thursday: the head of the office is away.
    with sqlite_database.write() as session:
        span = AbsenceSpan(
            load_person(session, "cg1"), load_person(session, "cg2"), date(2026, 4, 1), date(2026, 4, 2)
        )
        staffing.store_absence(session, span, span.person, today=date(2026, 3, 31), now=clock.now)
    clock.move_to(at(3, 8, 30))
    haimen.wait_for_message("wrCG", "城管一号 04-01 周三 到 04-02 周四 请假", f"城管二号接着办：{rubble}")
    haimen.say("wrCG", "cg2", f"/进展 {rubble} 车在路上")
    haimen.wait_for_message("wrINTAKE", "车在路上")
    # A fight that nobody signs for: nobody else is there to call, so that the desk hears it.
    haimen.report("wrINTAKE", "zhangsf", "长江路88号有人拿刀打架，快来人")
    haimen.wait_for_message("wrGA", "新任务")
    clock.move_to(at(3, 8, 42))
    alarm = haimen.wait_for_message("wrDUTY", "公安局没有人可叫", "分钟没有人签收")
    assert "duty2" in str(alarm)
    # Friday: the head is back.
    clock.move_to(at(5, 8, 30))
    haimen.wait_for_message("wrCG", "城管一号回来了")
    haimen.wait_for_message("wrDUTY", "交接班 04-03 周五：值班一号 → 值班二号")
