"""Whether gridbot is as fast on a large archive as on a small one: every page, command, look and report.

What a work asks of SQLite is counted in steps of its virtual machine, which no other program on the machine
disturbs; beside it stands the CPU of the whole work.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, select

from bench import archive, district
from bench.daily.works import FilledDistrict
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.database import Database
from models.kept_figures import KeptDay
from scheduler.ticker import Ticker

SIZES = (10_000, 100_000, 1_000_000)
_TIMES = 3
_DAYS = 364
"""Whole days of the year that is filled."""
_STEP = 100
"""Instructions of SQLite between two looks at the counter."""
_FEW = 500
"""So many of those are soon done: less than a millisecond, however often more than before."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one work takes."""

    cpu_ms: float
    steps: int
    """Hundreds of instructions of SQLite."""


def measure(sizes: Sequence[int] = SIZES) -> Mapping[str, Any]:
    """For each work its CPU in milliseconds at each size, and how many times the smallest size's the
    largest takes (bar: 1.5), by CPU and by steps; first, what it took to fill the archives.
    """
    numbers: dict[str, Any] = {}
    costs: dict[int, Mapping[str, Cost]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as name:
            folder = Path(name)
            begin = time.perf_counter()
            fill(folder, size)
            numbers[f"{size} filled in s"] = time.perf_counter() - begin
            numbers[f"{size} MB"] = sum(one.stat().st_size for one in folder.iterdir()) / 1_000_000
            costs[size] = measure_works(folder)
    smallest, largest = costs[sizes[0]], costs[sizes[-1]]
    for work, cost in largest.items():
        known = smallest[work]
        numbers[work] = (
            " → ".join(f"{costs[size][work].cpu_ms:,.1f}" for size in sizes)
            + f" ms, × {cost.cpu_ms / known.cpu_ms:,.1f}; steps × {compare(known, cost):,.1f}"
        )
    return numbers


def compare(small: Cost, large: Cost) -> float:
    """How many times the steps of the smaller archive the larger one takes; a few are as good as none."""
    return max(large.steps, _FEW) / max(small.steps, _FEW)


def fill(folder: Path, cases: int) -> None:
    """A database of so many cases in this folder, with all that they leave behind."""
    settings = district.build_settings(folder)
    database = Database(settings.database.url)
    district.prepare_database(database)
    archive.fill(database, cases, traffic=True)
    env = EnvironmentBuilder(database, settings).refresh()
    ticker = Ticker(database, env=lambda: env, clock=lambda: datetime.now(UTC), wake=lambda: None)
    while not _is_kept(database):
        ticker.fold_figures()
    database.dispose()


def _is_kept(database: Database) -> bool:
    """Whether the figures of every day of the year are kept, as where the program has run for a while."""
    with database.read() as session:
        return (session.scalar(select(func.count()).select_from(KeptDay)) or 0) >= _DAYS


def measure_works(folder: Path, times: int = _TIMES) -> Mapping[str, Cost]:
    """What each work takes on the database in this folder, done once before it is measured so many times."""
    with FilledDistrict.open(folder) as filled:
        return {name: _measure(work, times) for name, work in filled.list_works().items()}


def _measure(work: Callable[[], object], times: int) -> Cost:
    work()
    begin = time.process_time()
    for _ in range(times):
        work()
    spent = (time.process_time() - begin) * 1000 / max(times, 1)
    with _count_steps() as steps:
        work()
    return Cost(spent, len(steps))


@contextmanager
def _count_steps() -> Iterator[list[None]]:
    """As many entries as SQLite takes hundreds of instructions within the block."""
    steps: list[None] = []

    def arm(_connection: Any, cursor: Any, *_more: Any) -> None:
        cursor.connection.set_progress_handler(lambda: steps.append(None), _STEP)

    event.listen(Engine, "before_cursor_execute", arm)
    yield steps
    event.remove(Engine, "before_cursor_execute", arm)
