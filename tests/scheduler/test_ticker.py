"""Three tickers at once, thousands of reminders due: each fires exactly once, on both databases."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from handlers.environment.limit_table import LimitTable
from handlers.environment.snapshot import Environment
from models.cases import Case
from models.clocks import ClockRow
from models.database import Database
from models.pushes import Push
from models.workflow import Status
from scheduler import escalation
from scheduler.ticker import Ticker
from tests.district import District

DUE = 2_000
"""More batches than tickers."""
FEW = 600
"""More than one batch."""


@pytest.fixture
def databases(district: District) -> Iterator[list[Database]]:
    """Three processes would each have one of their own."""
    opened = [Database(district.database.engine.url.render_as_string(hide_password=False)) for _ in range(3)]
    yield opened
    for database in opened:
        database.dispose()


def overdue(district: District, count: int) -> None:
    """Cases in hand whose yellow is due, written in bulk."""
    unit = district.unit("HM-CG").id
    opened = district.now - timedelta(days=3, hours=8)
    with district.database.write() as session:
        session.execute(insert(Case), [_case(number, unit, opened) for number in range(1, count + 1)])
        session.execute(insert(ClockRow), [_clock(n, district.now, opened) for n in range(1, count + 1)])


def _case(number: int, unit: int, opened: datetime) -> dict[str, object]:
    serial = f"{number:05d}"
    return {
        "id": number, "number": f"WG260327-{serial}", "tail": serial[-4:], "status": Status.IN_PROGRESS,
        "class_id": "env.rubble", "nature": "投诉", "text": "建筑垃圾", "unit_id": unit, "opened_at": opened,
        "due_at": opened + timedelta(days=4), "version": 1,
    }  # fmt: skip


def _clock(case: int, now: datetime, opened: datetime) -> dict[str, object]:
    return {
        "id": case, "case_id": case, "step": "finish", "limit": "4d", "started_at": opened, "extras": [],
        "pauses": [], "target_at": opened + timedelta(days=4), "mark_at": now - timedelta(minutes=case % 60),
        "marks": [], "label": "",
    }  # fmt: skip


def run(databases: list[Database], env: Environment, now: datetime) -> Counter[int]:
    """Three tickers, each until nothing is left to fire; how many each fired."""
    fired: Counter[int] = Counter()
    ready = threading.Barrier(len(databases))

    def tick(which: int) -> None:
        ready.wait(timeout=60)
        left = 1
        while left:
            # As in `Ticker`: a database that is too busy ends this tick, not the ticking.
            with suppress(OperationalError), databases[which].write() as session:
                count = escalation.fire_due(session, env, now=now)
                due = select(func.count()).select_from(ClockRow).where(ClockRow.mark_at <= now)
                left = session.scalar(due) or 0
                session.commit()
                fired[which] += count
            time.sleep(0.05)

    threads = [threading.Thread(target=tick, args=(which,)) for which in range(len(databases))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return fired


def test_three_tickers_fire_thousands_of_reminders_once_each(
    district: District, databases: list[Database], env: Environment
) -> None:
    overdue(district, DUE)
    assert sum(run(databases, env, district.now).values()) == DUE
    with district.database.read() as session:
        marks = session.execute(select(ClockRow.marks, ClockRow.mark_at)).all()
        pushes = session.scalars(select(Push)).all()
    assert all(row.marks == ["yellow"] and row.mark_at > district.now for row in marks)
    # Thousands of reminders for one group are a few lists, and say how many they stand for.
    counted = sum(int(push.body["text"].split("（")[1].split(" 件")[0]) for push in pushes)
    assert counted == DUE
    assert len(pushes) < DUE / 100


def test_a_ticker_that_dies_in_between_loses_none(
    district: District, databases: list[Database], env: Environment
) -> None:
    overdue(district, FEW)
    for _ in range(2):
        with suppress(RuntimeError), databases[0].write() as session:
            assert escalation.fire_due(session, env, now=district.now) > 0
            raise RuntimeError("killed")
    assert sum(run(databases, env, district.now).values()) == FEW


def test_a_ticker_ticks_and_stops(district: District, env: Environment) -> None:
    overdue(district, 3)
    woken = threading.Event()
    ticker = Ticker(district.database, env=lambda: env, clock=lambda: district.now, wake=woken.set)
    ticker.start()
    assert woken.wait(timeout=120)
    ticker.stop()
    with district.database.read() as session:
        assert len(session.scalars(select(Push)).all()) == 3


def test_the_office_is_asked_anew_at_each_tick(district: District, env: Environment) -> None:
    asked: list[LimitTable] = []

    def keeper() -> Environment:
        asked.append(env.limits)
        return env

    ticker = Ticker(district.database, env=keeper, clock=lambda: district.now, wake=lambda: None)
    ticker.fire_clocks()
    ticker.resume_suspensions()
    ticker.run_daily_checks()
    ticker.process_reports()
    assert len(asked) == 4
