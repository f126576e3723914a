"""What is late, and what falls due today or tomorrow: counted by unit, of all cases that the asker finds."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists.scope import Kept, find_standing
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.insight import case_search
from models.cases import IS_OPEN, IS_TIMED, Case
from models.database import UTCDateTime


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
        Deadline.TODAY: and_(_RUNS, Case.due_at >= now, Case.due_at < tomorrow),
        Deadline.TOMORROW: and_(_RUNS, Case.due_at >= tomorrow, Case.due_at < after),
    }


_RUNS = and_(IS_OPEN, IS_TIMED)
_NOW, _TOMORROW, _AFTER = (bindparam(name, type_=UTCDateTime()) for name in ("now", "tomorrow", "after"))
_ENDS = _define(_NOW, _TOMORROW, _AFTER)
_COUNTS: Kept[Select[int | None, *tuple[int, ...]]] = Kept()
_LISTS: Kept[Select[Case]] = Kept()


def count_deadlines(
    session: Session, asker: Asker, env: Environment, *, now: datetime
) -> Mapping[int | None, Mapping[Deadline, int]]:
    """How many there are of each, by the unit that handles them; None: nobody has them yet."""
    counting = _COUNTS.find(find_standing(session, asker), lambda: _build_counts(session, asker))
    return {
        unit_id: dict(zip(_ENDS, numbers, strict=True))
        for unit_id, *numbers in session.execute(counting, _name_moments(env, now))
    }


def _build_counts(session: Session, asker: Asker) -> Select[int | None, *tuple[int, ...]]:
    sums = [func.sum(case((condition, 1), else_=0)) for condition in _ENDS.values()]
    # All of one span of due times, so that it is found by their index.
    soon = and_(_RUNS, Case.due_at < _AFTER)
    query = select(Case.unit_id, *sums).where(soon, *case_search.list_scope_conditions(session, asker))
    return query.group_by(Case.unit_id)


def list_deadlines(
    session: Session, asker: Asker, env: Environment, deadline: Deadline, *, now: datetime, most: int
) -> Sequence[Case]:
    """The first of them to fall due, `most` at most."""
    key = find_standing(session, asker), deadline, most
    query = _LISTS.find(key, lambda: _build_list(session, asker, deadline, most))
    return session.scalars(query, _name_moments(env, now)).all()


def _build_list(session: Session, asker: Asker, deadline: Deadline, most: int) -> Select[Case]:
    query = select(Case).where(_ENDS[deadline], *case_search.list_scope_conditions(session, asker))
    return query.order_by(Case.due_at, Case.id).limit(most)


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
