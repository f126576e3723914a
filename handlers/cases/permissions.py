"""Who may do what to which case: one function, fed by the act table."""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import event_log
from handlers.cases.actors import Actor
from handlers.environment.units import covers
from models.cases import ASSIST, Assignment, Case, is_live_share
from models.organisation import COORDINATORS, DUTY_OFFICERS, LEADERS, NON_HANDLERS, Role, Unit
from models.site_checks import IS_UNANSWERED, SiteCheck
from models.workflow import Act, CaseRelation


def may_perform(session: Session, act: Act, actor: Actor, case: Case | None) -> bool:
    """Whether the actor stands to the case in one of the relations that the act's row names.

    `case` is None for an act that opens one.
    """
    return any(has_relation(session, who, actor, case) for who in act.relations)


def has_relation(session: Session, who: CaseRelation, actor: Actor, case: Case | None) -> bool:
    """Whether the actor stands to the case in this one relation."""
    return _RELATIONS[who](session, actor, case)


def may_see(restricted_to: Collection[str], actor: Actor, case: Case) -> bool:
    """Whether the case exists for the actor: a restricted one does for its readers and its reporter only.

    `restricted_to`: codes of the readers of restricted cases. The program itself sees every case.
    """
    if not case.restricted or actor.person is None:
        return True
    return actor.person.code in restricted_to or actor.id == case.reporter_id


def _get_unit(session: Session, unit_id: int | None) -> Unit | None:
    return session.get(Unit, unit_id) if unit_id is not None else None


def _unit_of_actor(session: Session, actor: Actor) -> Unit | None:
    return _get_unit(session, actor.unit_id)


def _oversees(session: Session, actor: Actor, case: Case | None) -> bool:
    """The case lies in the actor's subtree; a case without area and unit is overseen by everybody."""
    if case is None or (case.area_id is None and case.unit_id is None):
        return True
    own = _unit_of_actor(session, actor)
    return covers(own, _get_unit(session, case.area_id)) or covers(own, _get_unit(session, case.unit_id))


def _is_duty(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(DUTY_OFFICERS) and _oversees(session, actor, case)


def _is_coordinator(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(COORDINATORS) and _oversees(session, actor, case)


def _is_handler(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.is_one_of(NON_HANDLERS):
        return False
    return covers(_get_unit(session, case.unit_id), _unit_of_actor(session, actor))


def _is_grid_officer(session: Session, actor: Actor, case: Case | None) -> bool:
    """A grid officer of the area: the case may be known only as lying in their town."""
    if case is None or not actor.is_one_of({Role.GRID}):
        return False
    own, area = _unit_of_actor(session, actor), _get_unit(session, case.area_id)
    return covers(own, area) or covers(area, own)


def _is_reporter(_session: Session, actor: Actor, case: Case | None) -> bool:
    return case is not None and actor.id is not None and (actor.is_follower or actor.id == case.reporter_id)


def _is_checker(session: Session, actor: Actor, case: Case | None) -> bool:
    """Anyone who may look after the case, but never whoever handled it: nobody checks their own work."""
    if case is None or actor.id is None or actor.id == case.handler_id:
        return False
    looks_after = actor.is_one_of({Role.OBSERVER, Role.LEADER}) and _oversees(session, actor, case)
    standing = (_is_duty, _is_coordinator, _is_grid_officer, _is_reporter)
    return looks_after or any(stands(session, actor, case) for stands in standing)


def _is_leader(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(LEADERS) and _oversees(session, actor, case)


def _is_partner(session: Session, actor: Actor, case: Case | None) -> bool:
    """The actor belongs to a unit whose help was called for and has not ended."""
    if case is None or actor.is_one_of(NON_HANDLERS):
        return False
    shares = session.scalars(
        select(Assignment.unit_id).where(Assignment.case_id == case.id, is_live_share(ASSIST))
    )
    own = _unit_of_actor(session, actor)
    return any(covers(_get_unit(session, unit_id), own) for unit_id in shares)


def _is_surveyor(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.id is None:
        return False
    asked = select(SiteCheck.id).where(
        SiteCheck.case_id == case.id, SiteCheck.person_id == actor.id, IS_UNANSWERED
    )
    return session.scalar(asked.limit(1)) is not None


def _is_second_person(session: Session, actor: Actor, case: Case | None) -> bool:
    """The actor may decide a request that somebody else made."""
    if case is None or actor.id == case.requested_by:
        return False
    return _is_duty(session, actor, case) or _is_leader(session, actor, case)


def _did_last_act(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.id is None:
        return False
    last = event_log.latest(session, case)
    return last is not None and last.actor_id == actor.id


_RELATIONS: Mapping[CaseRelation, Callable[[Session, Actor, Case | None], bool]] = {
    CaseRelation.ANYONE: lambda _session, actor, _case: actor.person is not None,
    CaseRelation.REPORTER: _is_reporter,
    CaseRelation.DUTY: _is_duty,
    CaseRelation.COORDINATOR: _is_coordinator,
    CaseRelation.HANDLER: _is_handler,
    CaseRelation.GRID: _is_grid_officer,
    CaseRelation.CHECKER: _is_checker,
    CaseRelation.SECOND: _is_second_person,
    CaseRelation.LEADER: _is_leader,
    CaseRelation.PARTNER: _is_partner,
    CaseRelation.SURVEYOR: _is_surveyor,
    CaseRelation.LAST: _did_last_act,
    CaseRelation.TIME: lambda _session, actor, _case: actor.person is None,
}
