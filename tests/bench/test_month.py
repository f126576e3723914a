"""A few days of a small county over the sandbox's door: no figure differs, and nothing is given up. What comes
at the very stroke of a limit or of the month is counted alike, too.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.month.compare import count_figures, list_differences
from bench.month.play import FIRST, play_month
from bench.month.recount import Key, recount
from bench.month.script import ZONE
from handlers.insight.periods import Period
from models import schema
from models.database import Database
from tests.district import LAMP, District

MARCH = Period.of_month(FIRST)
BEGINS, ENDS = MARCH.bounds(ZONE)
BIT = timedelta(microseconds=1)
SUNDAY = datetime(2026, 3, 22, 10, tzinfo=ZONE)
"""Whose working days begin with Monday: a limit in them ends at a midnight, to the second."""


@pytest.mark.slow
def test_the_figures_of_some_days_are_those_of_the_recount() -> None:
    done = play_month(30, 3, 34, seed=14, days=3)
    assert (done.differences, done.dead) == ([], [])
    assert done.figures > 80
    assert done.acts["report"] == 30
    assert set(done.acts) >= {"assign", "sign", "feedback", "verify", "rate", "deliver_answer"}


def test_a_database_where_nothing_happened_has_no_figures(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()
    assert recount(path, ZONE, MARCH, now=ENDS) == {}


def _report(district: District, words: str, at: datetime) -> str:
    district.say("wrINTAKE", "zhangsf", f"/上报 {words}", at=at.astimezone(UTC))
    return district.case().number


def _count_twice(district: District, now: datetime) -> Mapping[Key, int]:
    """The program's figures, which are those of the recount."""
    with district.database.read() as session:
        found = count_figures(session, district.env, MARCH, now=now)
    path = Path(district.database.url.removeprefix("sqlite:///"))
    assert list_differences(found, recount(path, ZONE, MARCH, now=now)) == []
    return found


def test_a_limit_that_ends_with_the_month_is_over_after_its_last_moment(sqlite_district: District) -> None:
    _report(sqlite_district, "长江路31号邻居吵架，闹得很凶", SUNDAY)
    assert sqlite_district.case().due_at == ENDS
    for now, late in ((ENDS - BIT, 0), (ENDS, 0), (ENDS + BIT, 1)):
        found = _count_twice(sqlite_district, now)
        assert (found.get(("total", "", "overdue"), 0), found.get(("total", "", "due"), 0)) == (late, late)


@pytest.mark.parametrize(("after", "on_time"), [(-BIT, 1), (BIT * 0, 1), (BIT, 0)])
def test_a_result_at_the_last_moment_is_on_time(
    sqlite_district: District, after: timedelta, on_time: int
) -> None:
    number = _report(sqlite_district, LAMP, SUNDAY)
    sqlite_district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    due = sqlite_district.case().due_at
    assert due is not None
    assert due.microsecond == 0
    sqlite_district.say("wrZJ", "zj1", f"/反馈 {number} 已处理", photos=1, at=due + after)
    found = _count_twice(sqlite_district, ENDS)
    assert (found["total", "", "due"], found.get(("total", "", "on_time"), 0)) == (1, on_time)


@pytest.mark.parametrize(("at", "received"), [(BEGINS - BIT, 0), (BEGINS, 1), (ENDS - BIT, 1), (ENDS, 0)])
def test_the_month_has_its_first_moment_and_not_the_next_ones(
    sqlite_district: District, at: datetime, received: int
) -> None:
    _report(sqlite_district, LAMP, at)
    assert sqlite_district.case().opened_at == at
    assert _count_twice(sqlite_district, ENDS).get(("total", "", "received"), 0) == received
