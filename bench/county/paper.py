"""Thirty counties on paper: what one county's day took, thirty times, and where it first does not fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.county.plan import DAY

COUNTIES = 30
MESSAGES = 100_000
"""Of one county on one day."""
_PEAK = 3.0
"""The busiest hour has so many times the messages of an average one."""
_CHAT_HOUR = 1_000
"""Messages that the platform lets one bot say in one group in one hour."""
_CONNECTIONS = 100
"""PostgreSQL's max_connections as it is shipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one message takes, as it was measured; a process's share included."""

    rows: float
    """Rows written."""
    disk: float
    """Bytes of the database."""
    cpu: float
    """Seconds of the program's processes."""
    database: float
    """Seconds of CPU that the database takes: of its server, or of SQLite inside the processes."""
    claim: float
    """Seconds in which one process claims pushes, and no other may; the median claim stands for all."""
    connections: float
    """At most at once, of all processes: not of one message."""
    desk: float
    """Pushes to the busiest chat."""


@dataclass(frozen=True, slots=True)
class Wall:
    """Something of which there is only so much."""

    name: str
    counties: float
    """How many counties fit."""


def list_walls(taken: Taken, *, cores: int, writers: int) -> Sequence[Wall]:
    """What does not grow with more hosts, the first to be reached first; in the busiest hour.

    `cores`: of one host; `writers`: how many the database serves at once (1 on SQLite).
    """
    rate = MESSAGES / DAY * _PEAK
    walls = [
        Wall(f"CPU of one host of {cores} cores", _divide(cores, rate * taken.cpu)),
        Wall(f"database with {writers} at once", _divide(writers, rate * taken.database)),
        Wall("one claim of pushes at a time", _divide(1.0, rate * taken.claim)),
        Wall(
            f"{_CONNECTIONS} connections, each county its own processes",
            _divide(_CONNECTIONS, taken.connections),
        ),
    ]
    return sorted(walls, key=lambda wall: wall.counties)


def foresee(taken: Taken, *, cores: int, writers: int) -> Mapping[str, Any]:
    """Figures of thirty counties, by name; the walls after them, nearest first."""
    messages = COUNTIES * MESSAGES
    figures: dict[str, Any] = {
        "messages a day": float(messages),
        "rows a day": messages * taken.rows,
        "disk GB a day": messages * taken.disk / 1e9,
        "disk GB a year": messages * taken.disk * 365 / 1e9,
        "cores in the busiest hour": messages / DAY * _PEAK * taken.cpu,
        "cores of the database in the busiest hour": messages / DAY * _PEAK * taken.database,
        "connections open, each county its own processes": COUNTIES * taken.connections,
        "share of the busiest chat's hour, each county": MESSAGES / 24 * _PEAK * taken.desk / _CHAT_HOUR,
    }
    walls = list_walls(taken, cores=cores, writers=writers)
    return figures | {f"wall {number}": _describe(wall) for number, wall in enumerate(walls, 1)}


def _describe(wall: Wall) -> str:
    return f"{wall.name}: {wall.counties:,.1f} counties"


def _divide(of: float, by: float) -> float:
    return of / by if by else float("inf")
