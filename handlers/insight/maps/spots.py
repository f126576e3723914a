"""Open cases on a sheet, counted where they lie: cases that stand close together are one spot.

Restricted cases are on no map, as they are in no table: a map hangs on a wall.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import InstrumentedAttribute, Session

from handlers.cases import queries
from handlers.cases.lists.scope import is_at_top
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.environment.units import path_covers
from handlers.insight import case_search
from handlers.insight.counts import kept
from handlers.insight.counts.cuts import OPEN, UNPLACED, Cut, Key, Numbers
from handlers.insight.maps.frames import WIDTH, Bounds, Frame
from handlers.insight.maps.outlines import AreaPart
from models.cases import HAS_POINT, IS_OPEN, Case
from models.organisation import Unit

_CELL, _LARGE_CELL = 36, 72
"""Units of a sheet within which cases are one spot, where they are few, and where they are many."""
_MANY = 150
_DAY = timedelta(days=1)


class Colouring(StrEnum):
    """What the colours of a map tell."""

    CLASS = "class"
    STATE = "state"
    AGE = "age"


class Age(StrEnum):
    """How long ago a case was reported, in local days."""

    TODAY = "today"
    DAYS = "days"
    """Up to three days before today."""
    WEEK = "week"
    """Four to seven days before."""
    OLDER = "older"

    def spread(self, today: date) -> tuple[date | None, date | None]:
        """From which day to which one, both within it; None: without an end."""
        starts = {Age.TODAY: 0, Age.DAYS: 3, Age.WEEK: 7}
        ends = {Age.DAYS: 1, Age.WEEK: 4, Age.OLDER: 8}
        return (
            today - starts[self] * _DAY if self in starts else None,
            today - ends[self] * _DAY if self in ends else None,
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """Cases that stand close together."""

    x: float
    y: float
    count: int
    kind: str
    """What most of them are: a class, a status or an `Age`."""
    number: str
    """Of one of them."""
    bounds: Bounds
    """They lie within, no other case does."""


@dataclass(frozen=True, slots=True)
class SpottedCases:
    """All spots of a sheet, and how many cases are of each kind, most first."""

    spots: Sequence[Spot]
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PartCount:
    """Open cases of an area, and how many of them nobody knows the point of."""

    open: int = 0
    unplaced: int = 0


def is_mapped(bounds: Bounds | None = None) -> ColumnElement[bool]:
    """Open cases that may stand on a map: with a point, within the bounds where they are given."""
    public = and_(IS_OPEN, queries.is_visible(queries.PUBLIC))
    if bounds is None:
        return public
    south, west, north, east = bounds
    return and_(public, HAS_POINT, Case.lat.between(south, north), Case.lon.between(west, east))


def is_unplaced() -> ColumnElement[bool]:
    """Open cases that may stand on a map, and nobody knows where."""
    return and_(is_mapped(), ~HAS_POINT)


def list_spots(
    session: Session,
    asker: Asker,
    env: Environment,
    frame: Frame,
    colouring: Colouring,
    *,
    total: int,
    now: datetime,
    further: Sequence[ColumnElement[bool]] = (),
) -> SpottedCases:
    """The cases that the asker finds in the list of all cases, where they lie, by what colours them.

    `total`: how many they are, more or less; `further`: more conditions.
    """
    kind = _colour_by(env, colouring, now)
    column, row = _find_cell(frame, _LARGE_CELL if total > _MANY else _CELL)
    query = (
        select(
            column, row, kind, func.count(), func.max(Case.number),
            func.min(Case.lat), func.min(Case.lon), func.max(Case.lat), func.max(Case.lon),
        )
        .where(is_mapped(frame.bounds), *case_search.list_open_conditions(session, asker), *further)
        .group_by(column, row, kind)
    )  # fmt: skip
    cells = defaultdict(list)
    kinds: Counter[str] = Counter()
    for x, y, key, count, *more in session.execute(query):
        cells[x, y].append((key, count, *more))
        kinds[key] += count
    most_first = dict(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])))
    return SpottedCases([_join_cell(frame, found) for found in cells.values()], most_first)


def _find_cell(frame: Frame, cell: int) -> tuple[ColumnElement[float], ColumnElement[float]]:
    south, west, north, east = frame.bounds
    across, down = WIDTH / cell, frame.height / cell
    return (
        func.round((Case.lon - west) * (across / (east - west))),
        func.round((Case.lat - south) * (down / (north - south))),
    )


def _join_cell(frame: Frame, found: Sequence[Sequence[Any]]) -> Spot:
    kinds, counts, numbers, souths, wests, norths, easts = zip(*found, strict=True)
    bounds = min(souths), min(wests), max(norths), max(easts)
    x, y = frame.locate((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    most, _ = max(zip(kinds, counts, strict=True), key=lambda pair: (pair[1], pair[0]))
    return Spot(x, y, sum(counts), most, max(numbers), bounds)


def _colour_by(
    env: Environment, colouring: Colouring, now: datetime
) -> "ColumnElement[str] | InstrumentedAttribute[str]":
    if colouring is Colouring.CLASS:
        return Case.class_id
    if colouring is Colouring.STATE:
        return Case.status
    today = env.local(now).date()
    since = [(age, age.spread(today)[0]) for age in Age]
    begins = [(age, datetime.combine(day, time(), env.zone)) for age, day in since if day is not None]
    return sql_case(*((Case.opened_at >= moment, age.value) for age, moment in begins), else_=Age.OLDER.value)


def count_parts(
    session: Session,
    asker: Asker,
    env: Environment,
    unit: Unit,
    parts: Sequence[AreaPart],
    *,
    now: datetime,
    further: Sequence[ColumnElement[bool]] = (),
) -> Mapping[str, PartCount]:
    """Open cases of each of these areas, by code, with all beneath it; "": of the unit itself."""
    if further or not is_at_top(session, asker):
        found = _count_areas(session, asker, further)
    else:
        found = kept.load_open(session, env.zone, Cut.AREA, (OPEN, UNPLACED), now=now)
    beneath = select(Unit.id, Unit.path).where(Unit.path.startswith(unit.path, autoescape=True))
    paths = dict(session.execute(beneath).all())
    opened: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for (area_id,), (count, without) in found.items():
        path = paths.get(area_id, "")
        code = "" if path == unit.path else next((p.code for p in parts if path_covers(p.path, path)), None)
        if code is None:
            continue
        opened[code] += count
        missing[code] += without
    return {code: PartCount(opened[code], missing[code]) for code in opened}


def _count_areas(
    session: Session, asker: Asker, further: Sequence[ColumnElement[bool]]
) -> Mapping[Key, Numbers]:
    """By area, open cases and how many of them nobody knows the point of."""
    unplaced = func.sum(sql_case((HAS_POINT, 0), else_=1))
    scope = case_search.list_open_conditions(session, asker)
    query = select(Case.area_id, func.count(), unplaced).where(is_mapped(), *scope, *further)
    rows = session.execute(query.group_by(Case.area_id))
    return {(area_id,): (count, without) for area_id, count, without in rows}
