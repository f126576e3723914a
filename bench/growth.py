"""Whether gridbot is as fast on a large archive as on a small one: every page, command, look and report.

What a work asks of SQLite is counted in steps of its virtual machine, and of PostgreSQL in CPU of the server:
neither is disturbed by another program on the machine. Beside it stands the CPU of the whole work.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, select, text

from bench import archive, district
from bench.daily.works import FilledDistrict
from bench.hosts.postgres import Server, run_server
from bot.ops import table_copy
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.cases import Counter, Event
from models.database import Database
from models.kept_figures import KeptDay
from models.word_index import FOLDED
from scheduler.ticker import Ticker

SQLITE, POSTGRES = "sqlite", "postgres"
SIZES: Mapping[str, Sequence[int]] = {SQLITE: (10_000, 100_000, 1_000_000), POSTGRES: (10_000, 100_000)}
_TIMES: Mapping[str, int] = {SQLITE: 3, POSTGRES: 10}
"""How often a work is done; the CPU of a server is told in hundredths of a second."""
_DAYS = 364
"""Whole days of the year that is filled."""
_STEP = 100
"""Instructions of SQLite between two looks at the counter."""
_FEW: Mapping[str, float] = {SQLITE: 500, POSTGRES: 3}
"""So many of those, or milliseconds of a server, are soon done, however often more than before."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one work takes."""

    cpu_ms: float
    steps: float
    """Hundreds of instructions of SQLite, or milliseconds of CPU of a server."""


def measure(
    database: str = SQLITE, sizes: Sequence[int] | None = None, times: int | None = None
) -> Mapping[str, Any]:
    """For each work its CPU in milliseconds at each size, and how many times the smallest size's the
    largest takes (bar: 1.5), by CPU and by what it asks of the database; first, what it took to fill the
    archives.
    """
    sizes, times = sizes or SIZES[database], _TIMES[database] if times is None else times
    numbers: dict[str, Any] = {}
    costs: dict[int, Mapping[str, Cost]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as name:
            folder = Path(name)
            begin = time.perf_counter()
            fill(folder, size)
            numbers[f"{size} filled in s"] = time.perf_counter() - begin
            numbers[f"{size} MB"] = sum(one.stat().st_size for one in folder.iterdir()) / 1_000_000
            measured = _measure_copy if database == POSTGRES else measure_works
            costs[size] = measured(folder, times)
    smallest, largest = costs[sizes[0]], costs[sizes[-1]]
    for work, cost in largest.items():
        known = smallest[work]
        numbers[work] = (
            " → ".join(f"{costs[size][work].cpu_ms:,.1f}" for size in sizes)
            + f" ms, × {cost.cpu_ms / known.cpu_ms:,.1f}; {database} × {compare(known, cost, database):,.1f}"
        )
    return numbers


def compare(small: Cost, large: Cost, database: str = SQLITE) -> float:
    """How many times what the smaller archive asks of its database the larger one does; little is as good
    as nothing.
    """
    few = _FEW[database]
    return max(large.steps, few) / max(small.steps, few)


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
    while _count_words_left(database):
        ticker.fold_words()
    database.dispose()


def _is_kept(database: Database) -> bool:
    """Whether the figures of every day of the year are kept, as where the program has run for a while."""
    with database.read() as session:
        return (session.scalar(select(func.count()).select_from(KeptDay)) or 0) >= _DAYS


def _count_words_left(database: Database) -> int:
    """Events whose cases are not in the index of words yet."""
    with database.read() as session:
        folded = session.scalar(select(Counter.value).where(Counter.name == FOLDED)) or 0
        return (session.scalar(select(func.max(Event.id))) or 0) - folded


def measure_works(folder: Path, times: int = _TIMES[SQLITE]) -> Mapping[str, Cost]:
    """What each work takes on the database in this folder, done once before it is measured so many times."""
    with FilledDistrict.open(folder) as filled:
        return {name: _measure(work, times) for name, work in filled.list_works().items()}


def _measure(work: Callable[[], object], times: int) -> Cost:
    spent = _repeat(work, times)
    with _count_steps() as steps:
        work()
    return Cost(spent, len(steps))


def _measure_copy(folder: Path, times: int) -> Mapping[str, Cost]:
    """The same on a copy of that database in a PostgreSQL, as `db copy` makes it."""
    with run_server() as server:
        url = server.create("growth")
        _copy(folder, url)
        with FilledDistrict.open(folder, url) as filled:
            return {name: _measure_on(server, work, times) for name, work in filled.list_works().items()}


def _copy(folder: Path, url: str) -> None:
    source, target = Database(district.build_settings(folder).database.url), Database(url)
    try:
        table_copy.copy_database(source, target, now=datetime.now(UTC))
        with target.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    finally:
        source.dispose()
        target.dispose()


def _measure_on(server: Server, work: Callable[[], object], times: int) -> Cost:
    work()
    before = server.read_cpu()
    spent = _repeat(work, times)
    return Cost(spent, (server.read_cpu() - before) * 1000 / (times + 1))


def _repeat(work: Callable[[], object], times: int) -> float:
    """Milliseconds of CPU that it takes each time, the first one left out."""
    work()
    begin = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begin) * 1000 / max(times, 1)


@contextmanager
def _count_steps() -> Iterator[list[None]]:
    """As many entries as SQLite takes hundreds of instructions within the block."""
    steps: list[None] = []

    def arm(_connection: Any, cursor: Any, *_more: Any) -> None:
        cursor.connection.set_progress_handler(lambda: steps.append(None), _STEP)

    event.listen(Engine, "before_cursor_execute", arm)
    yield steps
    event.remove(Engine, "before_cursor_execute", arm)
