"""Links between cases of the same matter: which one is worked on, and which were joined to it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case
from models.workflow import Status


def root_case(session: Session, case: Case) -> Case:
    """The case that is worked on for this one; itself where it was joined to none."""
    while case.status == Status.DUPLICATE and case.parent_id is not None:
        case = session.get_one(Case, case.parent_id)
    return case


def find_followers(session: Session, case: Case) -> list[Case]:
    """What was joined to this case, and to those in their turn; the oldest first.

    Without those whose reporters follow no longer (`Withdrawal`).
    """
    found: list[Case] = []
    parents = [case.id]
    while parents:
        children = session.scalars(
            select(Case).where(Case.parent_id.in_(parents), Case.status == Status.DUPLICATE).order_by(Case.id)
        ).all()
        found += children
        parents = [child.id for child in children]
    return sorted((child for child in found if child.withdrawal is None), key=lambda child: child.id)


def find_own_follower(session: Session, case: Case, person_id: int | None) -> Case | None:
    """The first case of this person that was joined to this one; None where there is none."""
    if person_id is None:
        return None
    return next((child for child in find_followers(session, case) if child.reporter_id == person_id), None)
