"""包案: which leader answers for a case."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.charges import IS_IN_CHARGE, Charge
from models.organisation import Person


def find_charge(session: Session, case: Case) -> Charge | None:
    """The charge of this case that lasts; None where there is none."""
    return session.scalar(select(Charge).where(Charge.case_id == case.id, IS_IN_CHARGE))


def find_leader(session: Session, case: Case, *, ended_by: int | None = None) -> Person | None:
    """Who answers for this case, or did until the event of this number; None: nobody."""
    lasts = IS_IN_CHARGE if ended_by is None else or_(IS_IN_CHARGE, Charge.ended_event_number == ended_by)
    taken = select(Person).join(Charge, Charge.leader_id == Person.id).where(Charge.case_id == case.id, lasts)
    return session.scalar(taken.order_by(Charge.id.desc()).limit(1))
