"""What is late, and what falls due today or tomorrow: counted by unit, of all cases that the asker finds."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists.scope import is_at_top
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.insight import case_search
from handlers.insight.counts import cuts, kept
from handlers.insight.counts.cuts import LATE, RUNNING, Cut
from models.cases import IS_OPEN, IS_RESTRICTED, IS_RUNNING, Case
from models.database import UTCDateTime, keep_from_indexes


class Deadline(StrEnum):
    """When the time of a case ends; local days."""

    LATE = "late"
    TODAY = "today"
    """Later today."""
    TOMORROW = "tomorrow"


Moment = datetime | BindParameter[datetime]


def define_deadlines(env: Environment, now: datetime) -> Mapping[Deadline, ColumnElement[bool]]:
    """The condition for a case of each; like what is late, only where the time runs."""
    return _define(now, _find_midnight(env, now, 1), _find_midnight(env, now, 2))


def _define(now: Moment, tomorrow: Moment, after: Moment) -> Mapping[Deadline, ColumnElement[bool]]:
    return {
        Deadline.LATE: queries.is_overdue(now),
        Deadline.TODAY: and_(IS_RUNNING, Case.due_at >= now, Case.due_at < tomorrow),
        Deadline.TOMORROW: and_(IS_RUNNING, Case.due_at >= tomorrow, Case.due_at < after),
    }


_NOW, _TOMORROW, _AFTER = (bindparam(name, type_=UTCDateTime()) for name in ("now", "tomorrow", "after"))
_ENDS = _define(_NOW, _TOMORROW, _AFTER)
_ORDER = Case.due_at, Case.id


def count_deadlines(
    session: Session, asker: Asker, env: Environment, *, now: datetime
) -> Mapping[int | None, Mapping[Deadline, int]]:
    """How many there are of each, by the unit that handles them; None: nobody has them yet."""
    if not is_at_top(session, asker):
        found = _count(session, env, case_search.list_open_conditions(session, asker), now=now)
    else:
        # What is kept is of public cases; the others are few.
        restricted = Case.id.in_(select(Case.id).where(IS_OPEN, IS_RESTRICTED))
        others = restricted, queries.is_visible(asker)
        found = _load_kept(session, env, now=now) + _count(session, env, others, now=now)
    counts: defaultdict[int | None, dict[Deadline, int]] = defaultdict(lambda: dict.fromkeys(Deadline, 0))
    for (unit_id, end), number in found.items():
        counts[unit_id][end] += number
    return counts


_Counts = Counter[tuple[int | None, Deadline]]
"""By unit."""


def _load_kept(session: Session, env: Environment, *, now: datetime) -> _Counts:
    """Of all public cases."""
    today = cuts.number_day(env.local(now).date())
    days = {today: Deadline.TODAY, today + 1: Deadline.TOMORROW}
    counts: _Counts = Counter()
    found = kept.load_open(session, env.zone, Cut.DUE, (RUNNING, LATE), now=now)
    for (unit_id, day), (running, late) in found.items():
        counts[unit_id or None, Deadline.LATE] += late
        if day in days:
            counts[unit_id or None, days[day]] += running - late
    return counts


def _count(
    session: Session, env: Environment, conditions: Sequence[ColumnElement[bool]], *, now: datetime
) -> _Counts:
    sums = [func.sum(case((condition, 1), else_=0)) for condition in _ENDS.values()]
    soon = and_(IS_RUNNING, Case.due_at < _AFTER)
    query = select(Case.unit_id, *sums).where(keep_from_indexes(soon), *conditions).group_by(Case.unit_id)
    counts: _Counts = Counter()
    for unit_id, *numbers in session.execute(query, _name_moments(env, now)):
        counts.update({(unit_id, end): number for end, number in zip(_ENDS, numbers, strict=True)})
    return counts


def list_deadlines(
    session: Session, asker: Asker, env: Environment, deadline: Deadline, *, now: datetime, most: int
) -> Sequence[Case]:
    """The first of them to fall due, `most` at most."""
    first = select(Case.id).where(_ENDS[deadline], *case_search.narrow_open_scope(session, asker))
    # Their ids first: whole cases are a lot to be sorted.
    query = select(Case).where(Case.id.in_(first.order_by(*_ORDER).limit(most))).order_by(*_ORDER)
    return session.scalars(query, _name_moments(env, now)).all()


def _name_moments(env: Environment, now: datetime) -> Mapping[str, datetime]:
    return {
        _NOW.key: now,
        _TOMORROW.key: _find_midnight(env, now, 1),
        _AFTER.key: _find_midnight(env, now, 2),
    }


def _find_midnight(env: Environment, now: datetime, days: int) -> datetime:
    """When the local day begins that comes so many days after today."""
    day = env.local(now).date() + timedelta(days=days)
    return datetime.combine(day, time(), env.zone)
