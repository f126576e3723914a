"""The ways in which cases are told apart where their figures are kept, and what they count for in each.

    the public cases of a day ──count_every_cut──> for each cut, by its keys, the numbers of FIGURES

One statement counts by everything at once; the cuts are sums of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from operator import add
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, extract, func, select
from sqlalchemy.orm import Session

from handlers.insight.cohort import define_figures
from models.cases import Case
from models.kept_figures import NOBODY

COUNTED = (
    "received", "excluded", "withdrawn", "answered", "rated", "solved", "judged", "satisfied", "unrated",
    "due", "on_time", "in_grid", "redone", "reopened",
)  # fmt: skip
"""Figures that count cases of the cohort."""
REWORKED = "reworked"
FIGURES = (*COUNTED, REWORKED)
Key = tuple[Any, ...]
"""Values of the columns of a cut, in their order; NOBODY or "" where a case has none."""
Numbers = tuple[int, ...]

_HOUR, _SECONDS = 3600, 24 * 3600
FINISHED = func.coalesce(Case.submitted_at, Case.closed_at)


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


COLUMNS: Mapping[Cut, Sequence[str]] = {
    Cut.UNIT: ("unit_id",),
    Cut.AREA: ("area_id",),
    Cut.UNIT_AREA: ("unit_id", "area_id"),
    Cut.CLASS: ("class_id", "area_id"),
    Cut.KIND: ("class_id", "nature"),
    Cut.SOURCE: ("source",),
    Cut.STATUS: ("status",),
    Cut.HOUR: ("hour",),
}
"""The columns of a case, and the hour, that make the key."""
_FINEST = tuple(dict.fromkeys(name for names in COLUMNS.values() for name in names))


def hour_of(zone: ZoneInfo, now: datetime) -> ColumnElement[int]:
    """The local hour in which a case was reported, by the clock of today: 0 to 23."""
    offset = now.astimezone(zone).utcoffset() or timedelta()
    ahead = int(offset.total_seconds()) % _SECONDS
    return (cast(extract("epoch", Case.opened_at), BigInteger) + ahead) // _HOUR % 24


def list_columns(names: Iterable[str], zone: ZoneInfo, now: datetime) -> list[ColumnElement[Any]]:
    """The columns of these names."""
    return [hour_of(zone, now) if name == "hour" else Case.__table__.c[name] for name in names]


def count(
    session: Session,
    columns: Sequence[ColumnElement[Any]],
    names: Sequence[str],
    *conditions: ColumnElement[bool],
    now: datetime,
    only_finished: bool = False,
) -> Mapping[Key, Numbers]:
    """The figures of these names, of the cases of these conditions, by these columns.

    `only_finished`: what is due and not finished is left out.
    """
    labels = [column.label(f"key_{at}") for at, column in enumerate(columns)]
    figures = define_figures(now)
    sums = [_sum(figures, name, only_finished=only_finished) for name in names]
    # By their labels: an hour written twice has other parameters, and PostgreSQL takes it for another one.
    query = select(*labels, *sums).select_from(Case).where(*conditions)
    rows = session.execute(query.group_by(*(label.name for label in labels)))
    width = len(columns)
    return {_clean(row[:width]): tuple(row[width:]) for row in rows}


def _sum(figures: Mapping[str, ColumnElement[bool]], name: str, *, only_finished: bool) -> ColumnElement[int]:
    if name == REWORKED:
        return func.sum(case((figures["received"], Case.reworks), else_=0))
    counts = figures[name]
    if only_finished and name == "due":
        counts = and_(counts, FINISHED.is_not(None))
    return func.sum(case((counts, 1), else_=0))


def _clean(key: Iterable[Any]) -> Key:
    return tuple(NOBODY if part is None else part for part in key)


def count_every_cut(
    session: Session,
    zone: ZoneInfo,
    *conditions: ColumnElement[bool],
    now: datetime,
) -> Mapping[Cut, Mapping[Key, Numbers]]:
    """What the cases of these conditions count for, in every cut; `due` of finished ones only."""
    columns = list_columns(_FINEST, zone, now)
    finest = count(session, columns, FIGURES, *conditions, now=now, only_finished=True)
    return {cut: sum_up(finest, _pick([_FINEST.index(name) for name in COLUMNS[cut]])) for cut in Cut}


def _pick(places: Sequence[int]) -> Callable[[Key], Key]:
    return lambda key: tuple(key[at] for at in places)


def sum_up(counted: Mapping[Key, Numbers], coarser: Callable[[Key], Key]) -> Mapping[Key, Numbers]:
    """The sums of what falls under the same coarser key."""
    sums: dict[Key, Numbers] = {}
    for key, numbers in counted.items():
        under = coarser(key)
        known = sums.get(under)
        sums[under] = numbers if known is None else tuple(map(add, known, numbers))
    return sums
