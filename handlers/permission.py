"""Who may do what to which case: one function, fed by the act table."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from handlers.actors import Actor
from models.cases import Case
from models.organisation import Role, Unit
from models.workflow import Act, Who


def may(session: Session, act: Act, actor: Actor, case: Case | None) -> bool:
    """Whether this actor stands to the case in one of the ways the act asks for."""
    return any(_STANDS[who](session, actor, case) for who in act.who)


def covers(outer: Unit | None, inner: Unit | None) -> bool:
    """Whether `inner` is `outer` or lies beneath it."""
    return outer is not None and inner is not None and inner.path.startswith(outer.path)


def _unit(session: Session, unit_id: int | None) -> Unit | None:
    return session.get(Unit, unit_id) if unit_id is not None else None


def _own(session: Session, actor: Actor) -> Unit | None:
    return _unit(session, actor.person.unit_id) if actor.person else None


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
    return case is not None and actor.id is not None and actor.id == case.reporter_id


def _checker(session: Session, actor: Actor, case: Case | None) -> bool:
    """Anyone who may look after the case, but never whoever handled it: nobody checks their own work."""
    if case is None or actor.id is None or actor.id == case.handler_id:
        return False
    looks_after = actor.is_one_of(Role.OBSERVER, Role.LEADER) and _oversees(session, actor, case)
    standing = (_duty, _coordinator, _grid, _reporter)
    return looks_after or any(stands(session, actor, case) for stands in standing)


def _second(session: Session, actor: Actor, case: Case | None) -> bool:
    return case is not None and actor.id != case.void_asked_by and _duty(session, actor, case)


_STANDS: Mapping[Who, Callable[[Session, Actor, Case | None], bool]] = {
    Who.ANYONE: lambda _session, actor, _case: actor.person is not None,
    Who.REPORTER: _reporter,
    Who.DUTY: _duty,
    Who.COORDINATOR: _coordinator,
    Who.HANDLER: _handler,
    Who.GRID: _grid,
    Who.CHECKER: _checker,
    Who.SECOND: _second,
    Who.TIME: lambda _session, actor, _case: actor.person is None,
}
