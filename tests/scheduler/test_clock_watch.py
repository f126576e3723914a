"""The machine's clock is set back or forward: ticks go on, and nothing waits for a time that has been."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import insert, select

from handlers.environment.snapshot import Environment
from models.database import Database
from models.inbox import InboxRow
from models.pushes import SendRecord
from models.reports import Report
from scheduler.clock_repair import repair_future_rows
from scheduler.clock_watch import ClockWatch
from scheduler.ticker import Ticker
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON
from tests.district import District

AHEAD = timedelta(hours=1)
"""By so much the clock was wrong before it was set back."""


class WallClock:
    """What the machine says the time is."""

    def __init__(self) -> None:
        self.set_by = 0.0

    def __call__(self) -> float:
        return time.time() + self.set_by


@pytest.mark.parametrize(("by", "told"), [(-3600.0, [-3600]), (7200.0, [7200]), (0.5, []), (0.0, [])])
def test_a_clock_that_is_set_is_noticed_once(by: float, told: list[int]) -> None:
    jumps: list[float] = []
    wall = WallClock()
    watch = ClockWatch(jumps.append, wall=wall)
    watch.look()
    wall.set_by = by
    for _ in range(3):
        watch.look()
    assert [round(jump) for jump in jumps] == told


def test_ticks_go_on_when_the_clock_is_set_back(district: District, env: Environment) -> None:
    wall, ticked = WallClock(), threading.Event()
    scheduler = BackgroundScheduler(timezone="UTC")
    ticker = Ticker(
        district.database, env=lambda: env, clock=lambda: district.now, wake=lambda: None,
        wall=wall, scheduler=scheduler,
    )  # fmt: skip
    ticker.run_every(0.2, ticked.set)
    ticker.start()
    try:
        assert ticked.wait(5)
        # What the set-back does to APScheduler: every job waits for the old time.
        for job in scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC) + AHEAD)
        ticked.clear()
        assert not ticked.wait(1)
        wall.set_by = -AHEAD.total_seconds()
        assert ticked.wait(4)
    finally:
        ticker.stop()


@pytest.fixture
def post(database: Database) -> OutboxHarness:
    harness = OutboxHarness(database, FakeChannel("grid", limits=((2, 60.0),)))
    harness.add_chat()
    return harness


def repair(database: Database, *, was_set_back: bool = False) -> int:
    with database.write() as session:
        return repair_future_rows(session, now=NOON, was_set_back=was_set_back)


def test_a_push_written_before_the_set_back_holds_up_its_lane_no_longer(post: OutboxHarness) -> None:
    early, waiting = post.add_push("一", now=NOON + AHEAD), post.add_push("二")
    assert post.claim_ids() == []
    assert repair(post.database) == 1
    assert post.claim_ids() == [early]
    assert post.load_push(waiting).not_before == NOON


def test_a_wait_stays_as_long_as_it_was_and_quiet_hours_stay_where_they_were(post: OutboxHarness) -> None:
    half_a_minute, night = timedelta(seconds=30), NOON + timedelta(hours=9)
    waits = post.add_push("一", now=NOON + AHEAD, not_before=NOON + AHEAD + half_a_minute)
    quiet = post.add_push("二", not_before=night)
    repair(post.database, was_set_back=True)
    assert post.load_push(waits).not_before == NOON + half_a_minute
    assert post.load_push(quiet).not_before == night


def test_another_try_does_not_wait_for_the_old_time(post: OutboxHarness) -> None:
    tried = post.add_push("一", not_before=NOON + AHEAD, outcome="http_502")
    assert repair(post.database, was_set_back=True) == 1
    assert post.load_push(tried).not_before == NOON


def test_sends_of_the_future_do_not_fill_the_limits(post: OutboxHarness) -> None:
    at = [NOON + AHEAD, NOON + AHEAD]
    post.run_in_session(
        lambda session: session.add_all(SendRecord(key="grid:wrA", push_id=7, at=each) for each in at)
    )
    number = post.add_push("一")
    repair(post.database)
    assert post.claim_ids(now=NOON + timedelta(seconds=59)) == []
    assert post.claim_ids(now=NOON + timedelta(seconds=120)) == [number]


def test_messages_and_reports_of_the_future_are_of_now(district: District) -> None:
    at = district.now + AHEAD
    row = {
        "channel": "grid",
        "message_id": "M1",
        "lane": "l",
        "raw": "{}",
        "received_at": at,
        "not_before": at,
    }
    with district.database.write() as session:
        session.execute(insert(InboxRow).values(row | {"state": "ready"}))
        chat, person = district.chat("wrINTAKE"), district.person("zhangsf")
        session.add(
            Report(
                chat_id=chat.id, person_id=person.id, text="路灯不亮", opened_at=at,
                closes_at=at + timedelta(seconds=90), due_at=at + timedelta(seconds=8),
            )
        )  # fmt: skip
        session.flush()
        assert repair_future_rows(session, now=district.now) == 2
        report = session.scalars(select(Report)).one()
        assert report.due_at == district.now + timedelta(seconds=8)
        assert report.closes_at == district.now + timedelta(seconds=90)
        assert session.scalars(select(InboxRow.not_before)).one() == district.now
