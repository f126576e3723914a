"""The ways in which cases are told apart where their figures are kept, and what they count for in each.

cases ──count──> by the keys of a cut, or of anything else, the numbers of FIGURES
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import add
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, extract, func, select
from sqlalchemy.orm import Session

from handlers.cases.queries import is_overdue
from handlers.insight.cohort import OVERDUE, define_figures
from models.cases import HAS_POINT, IS_OPEN, IS_RUNNING, Case
from models.kept_figures import NOBODY

COUNTED = (
    "received", "excluded", "withdrawn", "answered", "rated", "solved", "judged", "satisfied", "unrated",
    "due", "on_time", "in_grid", "redone", "reopened",
)  # fmt: skip
"""Figures that count cases of the cohort."""
REWORKED = "reworked"
FIGURES = (*COUNTED, REWORKED)
OPEN, UNPLACED, RUNNING, LATE = "open", "unplaced", "running", "late"
OF_OPEN = (OVERDUE, OPEN, UNPLACED, RUNNING, LATE)
"""Figures of what is open now, of whatever day it is: of the archive none."""
STORED = (*FIGURES, *OF_OPEN)
"""What is kept of each day."""
Key = tuple[Any, ...]
"""Values of the columns of a cut, in their order; NOBODY or "" where a case has none."""
Numbers = tuple[int, ...]

_HOUR, _SECONDS = 3600, 24 * 3600


class Cut(StrEnum):
    """What cases are told apart by."""

    UNIT = "unit"
    AREA = "area"
    UNIT_AREA = "unit_area"
    """Unit and area, of which the table of any unit is a part."""
    CLASS = "class"
    """Class and area."""
    KIND = "kind"
    """Class and nature."""
    SOURCE = "source"
    STATUS = "status"
    HOUR = "hour"
    DUE = "due"
    """Unit, and the day on which the time ends."""


COLUMNS: Mapping[Cut, Sequence[str]] = {
    Cut.UNIT: ("unit_id",),
    Cut.AREA: ("area_id",),
    Cut.UNIT_AREA: ("unit_id", "area_id"),
    Cut.CLASS: ("class_id", "area_id"),
    Cut.KIND: ("class_id", "nature"),
    Cut.SOURCE: ("source",),
    Cut.STATUS: ("status",),
    Cut.HOUR: ("hour",),
    Cut.DUE: ("unit_id", "due_day"),
}
"""The columns of a case, the hour, and the day when it is due, that make the key."""
FINEST = tuple(dict.fromkeys(name for names in COLUMNS.values() for name in names))
"""All of them."""


def hour_of(zone: ZoneInfo, now: datetime) -> ColumnElement[int]:
    """The local hour in which a case was reported, by the clock of today: 0 to 23."""
    return (cast(extract("epoch", Case.opened_at), BigInteger) + _find_offset(zone, now)) // _HOUR % 24


def due_day_of(zone: ZoneInfo, now: datetime) -> ColumnElement[int]:
    """The local day, by the clock of today, on which the time of a case ends; NULL where none runs."""
    day = (cast(extract("epoch", Case.due_at), BigInteger) + _find_offset(zone, now)) // _SECONDS
    return case((IS_RUNNING, day))


def number_day(day: date) -> int:
    """How `due_day_of` counts it."""
    return (day - _FIRST_DAY).days


_FIRST_DAY = date(1970, 1, 1)


def _find_offset(zone: ZoneInfo, now: datetime) -> int:
    return int((now.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def list_columns(names: Iterable[str], zone: ZoneInfo, now: datetime) -> list[ColumnElement[Any]]:
    """The columns of these names."""
    made = {"hour": hour_of, "due_day": due_day_of}
    return [made[name](zone, now) if name in made else Case.__table__.c[name] for name in names]


def define_stored(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    """Of each figure that is kept the condition for a case to count in it."""
    of_open = {OPEN: IS_OPEN, UNPLACED: and_(IS_OPEN, ~HAS_POINT), RUNNING: IS_RUNNING, LATE: is_overdue(now)}
    return {**define_figures(now), **of_open}


def count(
    session: Session,
    columns: Sequence[ColumnElement[Any]],
    names: Sequence[str],
    *conditions: ColumnElement[bool],
    now: datetime,
) -> Mapping[Key, Numbers]:
    """The figures of these names, of the cases of these conditions, by these columns."""
    width = len(columns)
    rows = session.execute(build_count(columns, names, *conditions, now=now))
    return {clean_key(row[:width]): tuple(row[width:]) for row in rows}


def build_count(
    columns: Sequence[ColumnElement[Any]],
    names: Sequence[str],
    *conditions: ColumnElement[bool],
    now: datetime,
) -> Select[Any]:
    """What `count` asks."""
    labels = [column.label(f"key_{at}") for at, column in enumerate(columns)]
    sums = _list_sums(tuple(names), now)
    # By their labels: an hour written twice has other parameters, and PostgreSQL takes it for another one.
    query = select(*labels, *sums).select_from(Case).where(*conditions)
    return query.group_by(*(label.name for label in labels))


@lru_cache(maxsize=16)
def _list_sums(names: tuple[str, ...], now: datetime) -> Sequence[ColumnElement[int]]:
    """The same for each cut and table of a page."""
    figures = define_stored(now)
    return [_sum(figures, name) for name in names]


def _sum(figures: Mapping[str, ColumnElement[bool]], name: str) -> ColumnElement[int]:
    if name == REWORKED:
        return func.sum(case((figures["received"], Case.reworks), else_=0))
    return func.sum(case((figures[name], 1), else_=0))


def clean_key(key: Iterable[Any]) -> Key:
    """The same key with NOBODY where there is none."""
    return tuple(NOBODY if part is None else part for part in key)


def sum_up(counted: Mapping[Key, Numbers], coarser: Callable[[Key], Key]) -> Mapping[Key, Numbers]:
    """The sums of what falls under the same coarser key."""
    sums: dict[Key, Numbers] = {}
    for key, numbers in counted.items():
        under = coarser(key)
        known = sums.get(under)
        sums[under] = numbers if known is None else tuple(map(add, known, numbers))
    return sums
