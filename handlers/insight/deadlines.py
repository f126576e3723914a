"""What is late, and what falls due today or tomorrow: counted by unit, of all cases that the asker finds."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.insight import case_search
from models.cases import IS_OPEN, IS_TIMED, Case


class Deadline(StrEnum):
    """When the time of a case ends; local days."""

    LATE = "late"
    TODAY = "today"
    """Later today."""
    TOMORROW = "tomorrow"


def define_deadlines(env: Environment, now: datetime) -> Mapping[Deadline, ColumnElement[bool]]:
    """The condition for a case of each; like what is late, only where the time runs."""
    tomorrow, after = (_find_midnight(env, now, days) for days in (1, 2))
    runs = and_(IS_OPEN, IS_TIMED)
    return {
        Deadline.LATE: queries.is_overdue(now),
        Deadline.TODAY: and_(runs, Case.due_at >= now, Case.due_at < tomorrow),
        Deadline.TOMORROW: and_(runs, Case.due_at >= tomorrow, Case.due_at < after),
    }


def count_deadlines(
    session: Session, asker: Asker, env: Environment, *, now: datetime
) -> Mapping[int | None, Mapping[Deadline, int]]:
    """How many there are of each, by the unit that handles them; None: nobody has them yet."""
    ends = define_deadlines(env, now)
    sums = [func.sum(case((condition, 1), else_=0)) for condition in ends.values()]
    soon = and_(IS_OPEN, or_(*ends.values()))
    query = select(Case.unit_id, *sums).where(soon, *case_search.list_scope_conditions(session, asker))
    return {
        unit_id: dict(zip(ends, numbers, strict=True))
        for unit_id, *numbers in session.execute(query.group_by(Case.unit_id))
    }


def list_deadlines(
    session: Session, asker: Asker, env: Environment, deadline: Deadline, *, now: datetime, most: int
) -> Sequence[Case]:
    """The first of them to fall due, `most` at most."""
    ends = define_deadlines(env, now)[deadline]
    query = select(Case).where(ends, *case_search.list_scope_conditions(session, asker))
    return session.scalars(query.order_by(Case.due_at, Case.id).limit(most)).all()


def _find_midnight(env: Environment, now: datetime, days: int) -> datetime:
    """When the local day begins that comes so many days after today."""
    day = env.local(now).date() + timedelta(days=days)
    return datetime.combine(day, time(), env.zone)
