"""Who may do what to which case: one function, fed by the act table."""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import event_log
from handlers.cases.actors import Actor
from handlers.environment.units import covers
from models.cases import Assignment, Case
from models.organisation import Role, Unit
from models.site_checks import Survey
from models.workflow import Act, Who


def may(session: Session, act: Act, actor: Actor, case: Case | None) -> bool:
    """Whether this actor stands to the case in one of the ways the act asks for."""
    return any(stands(session, who, actor, case) for who in act.who)


def stands(session: Session, who: Who, actor: Actor, case: Case | None) -> bool:
    """Whether this actor stands to the case in this one way."""
    return _STANDS[who](session, actor, case)


def may_see(office_list: Collection[str], actor: Actor, case: Case) -> bool:
    """A restricted case exists only for the named few, and for whoever reported it."""
    if not case.restricted or actor.person is None:
        return True
    return actor.person.code in office_list or actor.id == case.reporter_id


def _unit(session: Session, unit_id: int | None) -> Unit | None:
    return session.get(Unit, unit_id) if unit_id is not None else None


def _own(session: Session, actor: Actor) -> Unit | None:
    return _unit(session, actor.unit_id)


def _oversees(session: Session, actor: Actor, case: Case | None) -> bool:
    """The case lies in the actor's subtree; one whose place nobody knows is anybody's to look after."""
    if case is None or (case.area_id is None and case.unit_id is None):
        return True
    own = _own(session, actor)
    return covers(own, _unit(session, case.area_id)) or covers(own, _unit(session, case.unit_id))


def _duty(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(Role.DUTY, Role.ADMIN) and _oversees(session, actor, case)


def _coordinator(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(Role.COORDINATOR, Role.ADMIN) and _oversees(session, actor, case)


def _handler(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.is_one_of(Role.INFORMANT, Role.RESIDENT, Role.OBSERVER):
        return False
    return covers(_unit(session, case.unit_id), _own(session, actor))


def _grid(session: Session, actor: Actor, case: Case | None) -> bool:
    """A grid officer of the area: the case may be known only as lying in their town."""
    if case is None or not actor.is_one_of(Role.GRID):
        return False
    own, area = _own(session, actor), _unit(session, case.area_id)
    return covers(own, area) or covers(area, own)


def _reporter(_session: Session, actor: Actor, case: Case | None) -> bool:
    return case is not None and actor.id is not None and (actor.follows or actor.id == case.reporter_id)


def _checker(session: Session, actor: Actor, case: Case | None) -> bool:
    """Anyone who may look after the case, but never whoever handled it: nobody checks their own work."""
    if case is None or actor.id is None or actor.id == case.handler_id:
        return False
    looks_after = actor.is_one_of(Role.OBSERVER, Role.LEADER) and _oversees(session, actor, case)
    standing = (_duty, _coordinator, _grid, _reporter)
    return looks_after or any(stands(session, actor, case) for stands in standing)


def _leader(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(Role.LEADER, Role.ADMIN) and _oversees(session, actor, case)


def _partner(session: Session, actor: Actor, case: Case | None) -> bool:
    """Of a unit whose help was called for and goes on."""
    if case is None or actor.is_one_of(Role.INFORMANT, Role.RESIDENT, Role.OBSERVER):
        return False
    shares = session.scalars(
        select(Assignment.unit_id).where(
            Assignment.case_id == case.id, Assignment.role == "assist", Assignment.ended_at.is_(None)
        )
    )
    own = _own(session, actor)
    return any(covers(_unit(session, unit_id), own) for unit_id in shares)


def _surveyor(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.id is None:
        return False
    asked = select(Survey.id).where(
        Survey.case_id == case.id, Survey.person_id == actor.id, Survey.answered_at.is_(None)
    )
    return session.scalar(asked.limit(1)) is not None


def _second(session: Session, actor: Actor, case: Case | None) -> bool:
    """Whoever may decide what somebody else asked."""
    if case is None or actor.id == case.requested_by:
        return False
    return _duty(session, actor, case) or _leader(session, actor, case)


def _last(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.id is None:
        return False
    last = event_log.newest(session, case)
    return last is not None and last.actor_id == actor.id


_STANDS: Mapping[Who, Callable[[Session, Actor, Case | None], bool]] = {
    Who.ANYONE: lambda _session, actor, _case: actor.person is not None,
    Who.REPORTER: _reporter,
    Who.DUTY: _duty,
    Who.COORDINATOR: _coordinator,
    Who.HANDLER: _handler,
    Who.GRID: _grid,
    Who.CHECKER: _checker,
    Who.SECOND: _second,
    Who.LEADER: _leader,
    Who.PARTNER: _partner,
    Who.SURVEYOR: _surveyor,
    Who.LAST: _last,
    Who.TIME: lambda _session, actor, _case: actor.person is None,
}
