"""Cases of the same matter: one is worked on, the others were joined to it and follow it.

A link, never a merge: each keeps its number and its reporter. Whoever reported one of them stands
to the case that is worked on as its reporter does, and like them is never named; but says only of
their own number whether it is solved.
"""

from sqlalchemy.orm import Session

from handlers.cases import permissions
from handlers.cases.actors import Actor
from handlers.cases.links import find_followers, find_own_follower, root_case
from models.cases import Case
from models.workflow import Act, CaseRelation, Status

__all__ = ["as_reporter", "find_followers", "may_as_reporter", "root_case", "target_case"]


def target_case(session: Session, act: Act, actor: Actor, case: Case) -> Case:
    """The case an act of this person on this one is meant for.

    What is said of a joined case concerns the whole matter, except for the reporter's word on the
    result: whoever reported a joined case gives it for their own number, whichever number they named.
    """
    if act.own_number_only:
        if actor.person is None or permissions.is_own(session, actor, case):
            return case
        return find_own_follower(session, case, actor.person) or case
    concerns_all = CaseRelation.REPORTER in act.relations and Status(case.status) not in act.from_states
    return root_case(session, case) if concerns_all else case


def as_reporter(session: Session, act: Act, actor: Actor, case: Case) -> Actor:
    """The actor as they stand to the case: whoever reported a case joined to it acts as a reporter."""
    if CaseRelation.REPORTER not in act.relations or actor.person is None:
        return actor
    if actor.id != case.reporter_id and permissions.is_own(session, actor, case):
        # Theirs under another account: that it is theirs is no more to be read than their name.
        return Actor(actor.person, is_follower=True)
    if act.own_number_only or act.own_case_only or permissions.may_perform(session, act, actor, case):
        return actor
    follows = find_own_follower(session, case, actor.person) is not None
    return Actor(actor.person, is_follower=True) if follows else actor


def may_as_reporter(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    """Whether the actor may perform the act on the case, be it as the reporter of a case joined to it."""
    return permissions.may_perform(session, act, as_reporter(session, act, actor, case), case)
