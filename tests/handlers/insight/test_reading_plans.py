"""The figures of a day and of a month are read along their span of time, whatever lies before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event, select

from handlers.cases import queries
from handlers.cases.queries import CaseFilter
from handlers.insight import case_search, monthly_report
from handlers.insight.counts import period_counts
from models.database import Database
from models.organisation import Person, Role, Unit
from tests.district import District

OF_OPEN_CASES = {
    "INDEX ix_cases_open", "INDEX ix_cases_open_due", "INDEX ix_cases_open_place", "INDEX ix_cases_status",
}  # fmt: skip
"""Few, however many there were; SQLite takes now one, now the other."""
OF_NEWS = {"INTEGER PRIMARY KEY", "COVERING INDEX ix_cases_opened"}
"""Kept figures: the few cases of which something happened since, and when the first was opened."""


@contextmanager
def _record_plans(database: Database) -> Iterator[list[str]]:
    """How SQLite reads the cases for each statement: the lines of its plans that name an index of them."""
    lines: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        lines.extend(row[3] for row in plan if row[3].split()[1] in ("cases", "assignments"))

    event.listen(database.engine, "before_cursor_execute", explain)
    yield lines
    event.remove(database.engine, "before_cursor_execute", explain)


def _indexes(lines: list[str]) -> set[str]:
    return {line.partition(" USING ")[2].partition(" (")[0] for line in lines}


def test_a_day(sqlite_district: District) -> None:
    database, now = sqlite_district.database, sqlite_district.now
    with database.read() as session:
        leader = session.scalars(select(Person).where(Person.role == Role.LEADER).limit(1)).one()
        with _record_plans(database) as lines:
            since = now - timedelta(hours=9)
            period_counts.count_period(
                session, queries.Asker(leader), sqlite_district.env.zone, since=since, until=now, now=now
            )
    assert _indexes(lines) - OF_OPEN_CASES == {
        "INDEX ix_cases_opened", "INDEX ix_cases_closed", *OF_NEWS, "INDEX ix_cases_open_restricted",
    }  # fmt: skip


def test_a_month(sqlite_district: District) -> None:
    with sqlite_district.database.read() as session:
        town = session.scalars(select(Unit).where(Unit.parent_id.is_not(None)).limit(1)).one()
        with _record_plans(sqlite_district.database) as lines:
            monthly_report.build_report(
                session, sqlite_district.env, date(2026, 3, 1), town, now=sqlite_district.now
            )
    assert _indexes(lines) - OF_OPEN_CASES == {
        "INDEX ix_cases_opened", "INDEX ix_assignments_returned", "INDEX ix_assignments_special",
        *OF_NEWS,
    }  # fmt: skip


def test_ones_own_cases(sqlite_district: District) -> None:
    with sqlite_district.database.read() as session:
        handler = session.scalars(select(Person).where(Person.role == Role.HANDLER).limit(1)).one()
        asker = queries.Asker(handler, in_private=True)
        with _record_plans(sqlite_district.database) as lines:
            case_search.list_matching(
                session, asker, sqlite_district.env, CaseFilter(), limit=30, own_only=True
            )
    assert not [line for line in lines if line.startswith("SCAN")]
    assert any("ix_cases_handler" in line for line in lines)
