"""To whom: dispatching, passing on, deciding for good, calling others to help."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import ledger, timing
from handlers.effects.scene import (
    ASSIST,
    LEAD,
    Changes,
    Scene,
    attach,
    end_lead,
    give_to,
    given_unit,
    lead,
    live,
)
from handlers.refusals import MissingNeed, WrongState
from handlers.wording import refusals as say
from models.cases import Assignment, Case
from models.organisation import Unit
from models.workflow import Need, Status, Step


def _assign(scene: Scene) -> Changes:
    if scene.case.arbitration:
        raise WrongState(say.must_arbitrate(scene.case.number))
    return _dispatched(scene, given_unit(scene))


def _pass_on(scene: Scene) -> Changes:
    """The clock is unchanged, whoever has the case now."""
    if scene.case.arbitration:
        raise WrongState(say.must_arbitrate(scene.case.number))
    return _dispatched(scene, given_unit(scene), relimit=False)


def _arbitrate(scene: Scene) -> Changes:
    """The duty desk's last word: this unit cannot return it (standards §10)."""
    if not scene.case.arbitration:
        raise WrongState(say.nothing_to_arbitrate(scene.case.number))
    return _dispatched(scene, given_unit(scene)) | {"arbitration": False, "final": True}


def _dispatched(scene: Scene, unit: Unit, *, relimit: bool = True) -> Changes:
    _uphold_return(scene, unit)
    end_lead(scene)
    give_to(scene, unit)
    due = scene.case.due_at
    if relimit and scene.given.limit is not None:
        due = timing.relimit(scene, limit=scene.given.limit)
    elif scene.case.status == Status.ACCEPTED and (upheld := timing.due(scene)) is not None:
        due = upheld
    return {"status": Status.DISPATCHED, "unit_id": unit.id, "due_at": due, "handler_id": None}


def _uphold_return(scene: Scene, unit: Unit) -> None:
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
    last = ledger.newest(scene.session, scene.case, ledger.MOVED)
    if (
        returned is not None
        and returned.returned_at is not None
        and last is not None
        and last.act == "return"
        and returned.unit_id != unit.id
    ):
        timing.pause_between(scene, (Step.FINISH, Step.STAGE), returned.returned_at, scene.now)


def _assist(scene: Scene) -> Changes:
    _call(scene)
    return {}


def _whistle(scene: Scene) -> Changes:
    """Each department named owes its arrival (requirements A04, C16)."""
    for unit in _call(scene):
        timing.start(scene, Step.ARRIVE, unit_id=unit.id)
    return {}


def _call(scene: Scene) -> list[Unit]:
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


def _check_in(scene: Scene) -> Changes:
    """Arrived: the time since the whistle is measured."""
    share = _actors_share(scene)
    if share is not None:
        if share.arrived_at is not None:
            raise WrongState(say.already_there(scene.case.number))
        share.arrived_at = scene.now
        timing.stop(scene, Step.ARRIVE, unit_id=share.unit_id)
    else:
        lead(scene, arrived_at=scene.now)
    return {}


def _partner_done(scene: Scene) -> Changes:
    share = _actors_share(scene)
    if share is None:
        raise WrongState(say.not_called(scene.case.number))
    share.done_at = share.ended_at = scene.now
    attach(scene, "process")
    return {}


def own_share(session: Session, case: Case, unit_id: int | None) -> Assignment | None:
    """The helping share of this unit, or of one above it."""
    own = session.get(Unit, unit_id) if unit_id is not None else None
    if own is None:
        return None
    shares = live(session, case, ASSIST)
    return next((one for one in shares if own.path.startswith(session.get_one(Unit, one.unit_id).path)), None)


def has_arrived(session: Session, case: Case, unit_ids: Iterable[int | None]) -> bool:
    """Whether one of these units was called to help and is on the spot."""
    shares = (own_share(session, case, unit_id) for unit_id in unit_ids)
    return any(share is not None and share.arrived_at is not None for share in shares)


def lead_has_arrived(session: Session, case: Case) -> bool:
    return any(share.arrived_at is not None for share in live(session, case, LEAD))


def _actors_share(scene: Scene) -> Assignment | None:
    return own_share(scene.session, scene.case, scene.actor.unit_id)


def _meet(scene: Scene) -> Changes:
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
