"""What was reported in a period, beside another: by class, area, time and hour, and where it comes again.

Cases count as in every table (`cohort`): received ones, in the table of a unit, restricted ones never.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from handlers.cases.privacy import mask
from handlers.environment.snapshot import Environment
from handlers.environment.units import path_covers, select_subtree
from handlers.insight.cohort import define_figures, lies_in_table
from handlers.insight.counts import cuts, kept
from handlers.insight.counts.cuts import COLUMNS, Cut
from handlers.insight.maps.outlines import AreaPart
from handlers.insight.periods import Period, next_month
from models.cases import HAS_MONEY, Case
from models.database import keep_from_indexes
from models.organisation import UNIT_NAME, Unit

FIGURE = "received"
_FEW_DAYS, _FEW_WEEKS = 14, 14 * 7
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MOST_PLACES, _AGAIN = 10, 2


@dataclass(frozen=True, slots=True)
class CubeRow:
    """How many cases of one class lie in one area: in each stretch of the period, and in the other period."""

    class_id: str
    area: str
    """As `lies_in_area` takes it: a part, the area and none of its parts, or anywhere else."""
    counts: tuple[int, ...]
    other: int

    @property
    def count(self) -> int:
        """In the whole period."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class RepeatPlace:
    """A place that was reported several times."""

    place: str
    """Masked as in any list."""
    count: int
    number: str
    """Of one of these cases."""


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """Money of the cases of one class or one unit, in fen."""

    key: str
    """Id of the class or code of the unit; "" for cases that no unit has."""
    name: str
    count: int
    """Cases of which any is known."""
    asked: int
    recovered: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose cases are counted, and the area that they are broken down by."""

    unit: Unit | None
    """Whose table; None means everything."""
    area: Unit
    parts: Sequence[AreaPart]
    """The areas right beneath it."""
    narrowed: bool = False
    """Only what lies in the area counts."""

    @property
    def is_whole(self) -> bool:
        """Whether everything counts, whose figures are kept by day (`counts.kept`)."""
        return self.unit is None and not self.narrowed


def lies_in_area(unit: Unit, sign: str = "") -> ColumnElement[bool]:
    """Cases in this area and all beneath it; with `=` of the area itself, with `!` those elsewhere."""
    if sign == "=":
        return Case.area_id == unit.id
    if sign == "!":
        return or_(Case.area_id.is_(None), Case.area_id.not_in(select_subtree(unit)))
    return Case.area_id.in_(select_subtree(unit))


def split_period(period: Period) -> Sequence[Period]:
    """Its days where they are few, else its weeks, else its months; from its first day on."""
    days = (period.last - period.first).days + 1
    if days <= _FEW_DAYS:
        return _cut(period, lambda day: day + _DAY)
    if days <= _FEW_WEEKS:
        return _cut(period, lambda day: day + _WEEK)
    return _cut(period, lambda day: next_month(day.replace(day=1)))


def _cut(period: Period, following: Callable[[date], date]) -> Sequence[Period]:
    stretches, first = [], period.first
    while first <= period.last:
        after = following(first)
        stretches.append(Period(first, min(after - _DAY, period.last)))
        first = after
    return stretches


def build_cube(
    session: Session,
    env: Environment,
    scope: Scope,
    stretches: Sequence[Period],
    other: Period,
    *,
    now: datetime,
) -> Sequence[CubeRow]:
    """Classes by areas by stretches of time, and beside each the other period."""
    here = _count(session, env, scope, stretches, now=now)
    there = _count(session, env, scope, [other], now=now)
    nothing = (0,) * len(stretches)
    keys = dict.fromkeys([*here, *there])
    return [CubeRow(*key, here.get(key, nothing), there.get(key, (0,))[0]) for key in keys]


def _count(
    session: Session, env: Environment, scope: Scope, stretches: Sequence[Period], *, now: datetime
) -> Mapping[tuple[str, str], tuple[int, ...]]:
    """How many cases of each class and part came in each of the stretches."""
    codes = _find_codes(session, scope)
    found: dict[tuple[str, str], list[int]] = {}
    for (class_id, area_id), at, count in _count_areas(session, env, scope, stretches, now=now):
        counts = found.setdefault((class_id, codes.get(area_id, f"!{scope.area.code}")), [0] * len(stretches))
        counts[at] += count
    return {key: tuple(counts) for key, counts in found.items()}


def _count_areas(
    session: Session, env: Environment, scope: Scope, stretches: Sequence[Period], *, now: datetime
) -> Iterator[tuple[tuple[str, int | None], int, int]]:
    """Class and area, the place of the stretch, and how many."""
    if scope.is_whole:
        for at, stretch in enumerate(stretches):
            counted = kept.load(session, env.zone, Cut.CLASS, stretch, (FIGURE,), now=now)
            yield from (((class_id, area_id), at, count) for (class_id, area_id), (count,) in counted.items())
        return
    whole = Period(stretches[0].first, stretches[-1].last)
    ends = [stretch.bounds(env.zone)[1] for stretch in stretches[:-1]]
    last = len(stretches) - 1
    before = ((Case.opened_at < end, at) for at, end in enumerate(ends))
    columns = Case.class_id, Case.area_id, *([sql_case(*before, else_=last)] if ends else [])
    query = select(*columns, func.count()).where(*list_conditions(env, scope, whole, now)).group_by(*columns)
    for class_id, area_id, *place, count in session.execute(query):
        yield (class_id, area_id), place[0] if place else 0, count


def _find_codes(session: Session, scope: Scope) -> Mapping[int | None, str]:
    """Of each unit in the area the part that it lies in, as `lies_in_area` takes it, by its id."""
    beneath = Unit.path.startswith(scope.area.path, autoescape=True)
    codes: dict[int | None, str] = {}
    for unit_id, path in session.execute(select(Unit.id, Unit.path).where(beneath)):
        inner = (part.code for part in scope.parts if path_covers(part.path, path))
        codes[unit_id] = next(inner, f"={scope.area.code}")
    return codes


def list_conditions(
    env: Environment, scope: Scope, period: Period, now: datetime
) -> Sequence[ColumnElement[bool]]:
    """Of the cases that count in a period."""
    begins, ends = period.bounds(env.zone)
    counted = and_(lies_in_table(scope.unit), define_figures(now)[FIGURE])
    if scope.narrowed:
        counted = and_(counted, lies_in_area(scope.area))
    return keep_from_indexes(counted), Case.opened_at >= begins, Case.opened_at < ends


def count_hours(
    session: Session, env: Environment, scope: Scope, period: Period, *, now: datetime
) -> Sequence[int]:
    """How many cases came in each hour of the day, from 0 to 23."""
    if scope.is_whole:
        counted = kept.load(session, env.zone, Cut.HOUR, period, (FIGURE,), now=now)
    else:
        hour = cuts.list_columns(COLUMNS[Cut.HOUR], env.zone, now)
        counted = cuts.count(session, hour, (FIGURE,), *list_conditions(env, scope, period, now), now=now)
    counts = Counter({hour: count for (hour,), (count,) in counted.items()})
    return [counts[at] for at in range(24)]


def sum_money(
    session: Session, env: Environment, scope: Scope, period: Period, *, now: datetime
) -> tuple[Sequence[MoneyRow], Sequence[MoneyRow]]:
    """What the cases of a period were about and what was recovered, by class and by unit; the most first."""
    asked, recovered = (func.coalesce(func.sum(column), 0) for column in (Case.asked_fen, Case.recovered_fen))
    counted = (*list_conditions(env, scope, period, now), HAS_MONEY)
    sums = select(func.count(), asked, recovered).select_from(Case).where(*counted)
    by_class = session.execute(sums.add_columns(Case.class_id).group_by(Case.class_id)).all()
    of_units = sums.outerjoin(Unit, Unit.id == Case.unit_id).group_by(Unit.code, UNIT_NAME)
    by_unit = session.execute(of_units.add_columns(func.coalesce(Unit.code, ""), UNIT_NAME)).all()
    return (
        _most_first([MoneyRow(key, env.class_info(key).name, *counts) for *counts, key in by_class]),
        _most_first([MoneyRow(code, name, *counts) for *counts, code, name in by_unit]),
    )


def _most_first(rows: Sequence[MoneyRow]) -> Sequence[MoneyRow]:
    return sorted(rows, key=lambda row: (-row.asked, -row.recovered, row.key))


def list_repeat_places(
    session: Session, env: Environment, scope: Scope, period: Period, *, now: datetime
) -> Sequence[RepeatPlace]:
    """The places reported most often, and more than once."""
    count = func.count()
    query = (
        select(Case.place, count, func.max(Case.number))
        .where(*list_conditions(env, scope, period, now), Case.place != "")
        .group_by(Case.place)
        .having(count >= _AGAIN)
        .order_by(count.desc(), func.max(Case.id).desc())
        .limit(_MOST_PLACES)
    )
    found = session.execute(query).all()
    return [RepeatPlace(env.roster.mask_people(mask(place)), times, number) for place, times, number in found]
