"""Cases of the same matter: one is worked on, the others were joined to it and follow it.

A link, never a merge: each keeps its number and its reporter. Whoever reported one of them stands
to the case that is worked on as its reporter does, and like them is never named.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import permissions
from handlers.cases.actors import Actor
from models.cases import Case
from models.workflow import Act, CaseRelation, Status


def root_case(session: Session, case: Case) -> Case:
    """The case that is worked on for this one; the case itself where it was joined to none."""
    while case.status == Status.DUPLICATE and case.parent_id is not None:
        case = session.get_one(Case, case.parent_id)
    return case


def find_followers(session: Session, case: Case) -> list[Case]:
    """All cases joined to this one, directly or through another joined case; the oldest first."""
    found: list[Case] = []
    parents = [case.id]
    while parents:
        children = session.scalars(
            select(Case).where(Case.parent_id.in_(parents), Case.status == Status.DUPLICATE).order_by(Case.id)
        ).all()
        found += children
        parents = [child.id for child in children]
    return sorted(found, key=lambda child: child.id)


def target_case(session: Session, act: Act, case: Case) -> Case:
    """The case an act on `case` is meant for.

    What a reporter may do, and a joined case does not allow, concerns the case that is worked on.
    """
    concerns_all = CaseRelation.REPORTER in act.relations and Status(case.status) not in act.from_states
    return root_case(session, case) if concerns_all else case


def as_reporter(session: Session, act: Act, actor: Actor, case: Case) -> Actor:
    """The actor as they stand to the case: whoever reported a case joined to it acts as a reporter."""
    if (
        CaseRelation.REPORTER not in act.relations
        or actor.id is None
        or permissions.may_perform(session, act, actor, case)
    ):
        return actor
    follows = any(child.reporter_id == actor.id for child in find_followers(session, case))
    return Actor(actor.person, is_follower=True) if follows else actor


def may_as_reporter(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    """Whether the actor may perform the act on the case, be it as the reporter of a case joined to it."""
    return permissions.may_perform(session, act, as_reporter(session, act, actor, case), case)
