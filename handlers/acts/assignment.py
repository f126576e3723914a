"""To whom: dispatching, passing on, deciding for good, calling others to help."""

from sqlalchemy import select

from handlers.cases import event_log
from handlers.cases.assignments import ASSIST, end_lead, give_to, own_share
from handlers.cases.assignments import live_shares as live
from handlers.cases.assignments import set_lead as lead
from handlers.cases.context import ColumnChanges, ActContext, attach, given_unit
from handlers.clocks import case_clocks
from handlers.errors import MissingNeed, WrongState
from handlers.wording import refusals as say
from models.cases import Assignment
from models.organisation import Unit
from models.workflow import Need, Status, Step


def _assign(scene: ActContext) -> ColumnChanges:
    if scene.case.arbitration:
        raise WrongState(say.must_arbitrate(scene.case.number))
    return _dispatched(scene, given_unit(scene))


def _pass_on(scene: ActContext) -> ColumnChanges:
    """The clock is unchanged, whoever has the case now."""
    if scene.case.arbitration:
        raise WrongState(say.must_arbitrate(scene.case.number))
    return _dispatched(scene, given_unit(scene), relimit=False)


def _arbitrate(scene: ActContext) -> ColumnChanges:
    """The duty desk's last word: this unit cannot return it (standards §10)."""
    if not scene.case.arbitration:
        raise WrongState(say.nothing_to_arbitrate(scene.case.number))
    return _dispatched(scene, given_unit(scene)) | {"arbitration": False, "final": True}


def _dispatched(scene: ActContext, unit: Unit, *, relimit: bool = True) -> ColumnChanges:
    _uphold_return(scene, unit)
    end_lead(scene)
    give_to(scene, unit)
    due = scene.case.due_at
    if relimit and scene.given.limit is not None:
        due = case_clocks.relimit(scene, limit=scene.given.limit)
    elif scene.case.status == Status.ACCEPTED and (upheld := case_clocks.due(scene)) is not None:
        due = upheld
    return {"status": Status.DISPATCHED, "unit_id": unit.id, "due_at": due, "handler_id": None}


def _uphold_return(scene: ActContext, unit: Unit) -> None:
    """Giving a returned case to another unit says that the return was right: its time did not run.

    Sent back to the same unit, the return was wrong, and the clock ran on all the while.
    """
    if scene.case.status != Status.ACCEPTED:
        return
    returned = scene.session.scalar(
        select(Assignment)
        .where(Assignment.case_id == scene.case.id, Assignment.returned_at.is_not(None))
        .order_by(Assignment.returned_at.desc())
        .limit(1)
    )
    last = event_log.newest(scene.session, scene.case, event_log.MOVED)
    if (
        returned is not None
        and returned.returned_at is not None
        and last is not None
        and last.act == "return"
        and returned.unit_id != unit.id
    ):
        case_clocks.pause_between(scene, (Step.FINISH, Step.STAGE), returned.returned_at, scene.now)


def _assist(scene: ActContext) -> ColumnChanges:
    _call(scene)
    return {}


def _whistle(scene: ActContext) -> ColumnChanges:
    """Each department named owes its arrival (requirements A04, C16)."""
    for unit in _call(scene):
        case_clocks.start(scene, Step.ARRIVE, unit_id=unit.id)
    return {}


def _call(scene: ActContext) -> list[Unit]:
    """Begin a helping share for each named unit that has none yet."""
    if not scene.given.units:
        raise MissingNeed(say.missing(scene.act, Need.UNITS, scene.case.number))
    busy = {share.unit_id for share in live(scene.session, scene.case, ASSIST)} | {scene.case.unit_id}
    called = [unit for unit in scene.given.units if unit.id not in busy]
    if not called:
        raise WrongState(say.already_called(scene.case.number))
    for unit in called:
        give_to(scene, unit, role=ASSIST)
    return called


def _check_in(scene: ActContext) -> ColumnChanges:
    """Arrived: the time since the whistle is measured."""
    share = _actors_share(scene)
    if share is not None:
        if share.arrived_at is not None:
            raise WrongState(say.already_there(scene.case.number))
        share.arrived_at = scene.now
        case_clocks.stop(scene, Step.ARRIVE, unit_id=share.unit_id)
    else:
        lead(scene, arrived_at=scene.now)
    return {}


def _partner_done(scene: ActContext) -> ColumnChanges:
    share = _actors_share(scene)
    if share is None:
        raise WrongState(say.not_called(scene.case.number))
    share.done_at = share.ended_at = scene.now
    attach(scene, "process")
    return {}


def _actors_share(scene: ActContext) -> Assignment | None:
    return own_share(scene.session, scene.case, scene.actor.unit_id)


def _meet(scene: ActContext) -> ColumnChanges:
    attach(scene, "process")
    return {}


EFFECTS = {
    "assign": _assign,
    "pass_on": _pass_on,
    "arbitrate": _arbitrate,
    "assist": _assist,
    "whistle": _whistle,
    "check_in": _check_in,
    "partner_done": _partner_done,
    "meet": _meet,
}
