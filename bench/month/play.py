"""One month from beginning to end: played, then counted twice."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench.month.compare import Difference, count_figures, list_differences
from bench.month.county import build_county
from bench.month.recount import recount
from bench.month.running import RunningCounty, run_county
from bench.month.script import ZONE, Played, Script
from handlers.insight.periods import Period
from models.database import Database

FIRST = date(2026, 3, 1)
_ACTS = text("SELECT act, count(*) FROM events GROUP BY act ORDER BY 2 DESC, 1")
_DEAD = text("SELECT 'message', id, error FROM inbox WHERE state = 'dead' UNION ALL"
             " SELECT 'push', id, outcome FROM pushes WHERE state = 'dead'")  # fmt: skip


@dataclass(frozen=True, slots=True)
class MonthResult:
    """What was played, and what the two counts say of it."""

    played: Played
    acts: Mapping[str, int]
    """Events of each act."""
    figures: int
    """Figures that were compared."""
    differences: Sequence[Difference]
    dead: Sequence[tuple[str, int, str]]
    """Messages and pushes that were given up."""
    cpu: float
    """Seconds of this process."""


def play_month(
    cases: int, towns: int, units: int, *, seed: int, days: int | None = None, keep: Path | None = None
) -> MonthResult:
    """So many cases in a county of this size, within the first `days` of the month; None: all of it.

    `keep`: a new folder in which the database stays, `month.db`. Raises FileExistsError where there is one.
    """
    began = time.process_time()
    period = Period.of_month(FIRST)
    first = datetime.combine(period.first, datetime.min.time(), ZONE)
    last = first + timedelta(days=days or (period.last - period.first).days + 1)
    county = build_county(towns, units)
    with _open_folder(keep) as folder, run_county(folder, county, first.astimezone(UTC)) as running:
        played = Script(running, county, folder, cases=cases, seed=seed).play(first, last)
        acts, dead = _read_record(running.database)
        figures, differences = _compare(running, period, last.astimezone(UTC))
    return MonthResult(played, acts, figures, differences, dead, time.process_time() - began)


@contextmanager
def _open_folder(keep: Path | None) -> Iterator[Path]:
    """A new folder, this one or one that goes with the play."""
    if keep is not None:
        keep.mkdir()
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="gridbot-month-") as name:
        yield Path(name)


def _read_record(database: Database) -> tuple[Mapping[str, int], Sequence[tuple[str, int, str]]]:
    with database.read() as session:
        return dict(session.execute(_ACTS).all()), [
            (kind, row, error or "") for kind, row, error in session.execute(_DEAD)
        ]


def _compare(running: RunningCounty, period: Period, now: datetime) -> tuple[int, Sequence[Difference]]:
    """How many figures there are, and which differ; `now` as both count."""
    with running.database.read() as session:
        program = count_figures(session, running.runtime.env(), period, now=now)
    recounted = recount(running.path, ZONE, period, now=now)
    return len({*program, *recounted}), list_differences(program, recounted)
