"""Everything the office does all day, on a database of 200,000 rows: nothing reads a table from end to end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event

from bench import district, growth

CASES = 16_500
"""With their events, shares, clocks, messages, pushes and sends some 200,000 rows."""
SCANS = re.compile(r"SCAN (cases|events|pushes|inbox|sends|assignments|clocks)\b(?! USING INDEX (ix|uq)_)")
"""An index of ours that is read whole holds the few rows it is for."""
NEWEST_FIRST = re.compile(r"ORDER BY cases\.id DESC\s+LIMIT")
"""A walk that ends with the page it looks for."""
MOST_STEPS = 4_500
"""Hundreds of instructions of SQLite: some 5 ms. What reads everything once takes more."""


@contextmanager
def _record_statements() -> Iterator[dict[str, Any]]:
    said: dict[str, Any] = {}

    def record(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            said[statement] = parameters

    event.listen(Engine, "before_cursor_execute", record)
    yield said
    event.remove(Engine, "before_cursor_execute", record)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the filled database."""
    folder = tmp_path_factory.mktemp("archive")
    growth.fill(folder, CASES)
    return folder


def test_no_statement_reads_a_table_from_end_to_end(archive: Path) -> None:
    with _record_statements() as said:
        costs = growth.measure_works(archive, times=0)
    engine = create_engine(district.build_settings(archive).database.url)
    scanning = []
    with engine.connect() as connection:
        for statement, parameters in said.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            scans = [row[3] for row in plan if SCANS.match(row[3])]
            if scans and not NEWEST_FIRST.search(statement):
                scanning.append((scans, statement))
    engine.dispose()
    assert len(said) > 200
    assert scanning == [], "\n".join(f"{scans}: {statement}" for scans, statement in scanning)
    assert {name for name, cost in costs.items() if cost.steps > MOST_STEPS} == set()


def test_what_a_server_takes_is_measured_on_a_copy() -> None:
    numbers = growth.measure(growth.POSTGRES, (400,), times=0)
    assert numbers["duty1 /待办"].count(growth.POSTGRES) == 1
    assert {"400 MB", "report month", "tick fold_words"} <= numbers.keys()


def test_what_a_larger_archive_takes_is_told_beside_the_smallest_and_little_is_nothing() -> None:
    small, large = growth.Cost(cpu_ms=1, steps=1_000), growth.Cost(cpu_ms=1, steps=3_000)
    assert growth.compare(small, large) == 3
    assert growth.compare(growth.Cost(cpu_ms=1, steps=1), growth.Cost(cpu_ms=1, steps=400)) == 1
