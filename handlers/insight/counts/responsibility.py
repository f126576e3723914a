"""Who answers for what: cases that leaders took in person, and who received cases first (B15)."""

from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.cases import LEAD, Assignment, Case
from models.charges import Charge
from models.database import keep_from_indexes
from models.figures import ChargeFigures, FirstReceipts
from models.organisation import UNIT_NAME, Person, Unit
from models.workflow import Status

_MOST = 30
_IS_CLOSED = Case.status == Status.CLOSED


def count_charges(
    session: Session, scope: ColumnElement[bool], begins: datetime, ends: datetime, *, now: datetime
) -> tuple[ChargeFigures, ...]:
    """By leader, the cases in `scope` that they took between two moments, each once."""
    late = func.coalesce(Case.submitted_at, Case.closed_at, now) > Case.due_at
    taken = (
        select(Charge.leader_id, Charge.case_id)
        .where(Charge.began_at >= begins, Charge.began_at < ends)
        .distinct()
        .subquery()
    )
    rows = session.execute(
        select(Person.name, func.count(), _count(_IS_CLOSED), _count(late))
        .select_from(taken)
        .join(Case, Case.id == taken.c.case_id)
        .join(Person, Person.id == taken.c.leader_id)
        .where(keep_from_indexes(scope))
        .group_by(Person.id, Person.name)
        .order_by(func.count().desc(), Person.id)
        .limit(_MOST)
    )
    return tuple(ChargeFigures(*row) for row in rows)


def count_first_receipts(
    session: Session, scope: ColumnElement[bool], begins: datetime, ends: datetime
) -> tuple[FirstReceipts, ...]:
    """By unit and person, what they received first of the cases in `scope` opened between two moments."""
    share = aliased(Assignment)
    received = or_(share.signed_at.is_not(None), share.returned_at.is_not(None))
    first = (
        select(func.min(share.id))
        .where(share.case_id == Case.id, share.role == LEAD, received)
        .correlate(Case)
        .scalar_subquery()
    )
    person = func.coalesce(Person.name, "")
    passed = or_(Case.unit_id.is_(None), Case.unit_id != Assignment.unit_id)
    rows = session.execute(
        select(UNIT_NAME, person, func.count(), _count(passed), _count(_IS_CLOSED))
        .select_from(Case)
        .join(Assignment, Assignment.id == first)
        .join(Unit, Unit.id == Assignment.unit_id)
        .outerjoin(Person, Person.id == Assignment.signed_by)
        .where(Case.opened_at >= begins, Case.opened_at < ends, keep_from_indexes(scope))
        .group_by(UNIT_NAME, person)
        .order_by(func.count().desc(), UNIT_NAME, person)
        .limit(_MOST)
    )
    return tuple(FirstReceipts(*row) for row in rows)


def _count(holds: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((holds, 1), else_=0)), 0)
