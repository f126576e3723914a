"""Doing it: signing, returning, progress, stages, mediation, the result."""

from handlers.cases.assignments import end_lead, give_to, returned_before
from handlers.cases.assignments import set_lead as lead
from handlers.cases.context import ColumnChanges, ActContext, attach
from handlers.clocks import case_clocks
from handlers.errors import WrongState
from handlers.wording import refusals as say
from models.organisation import Unit
from models.workflow import Status, Step

_RETURNS_BEFORE_ARBITRATION = 2
"""The second return of a case goes to the duty desk's final decision (standards §10)."""


def _sign(scene: ActContext) -> ColumnChanges:
    lead(scene, signed_at=scene.now, signed_by=scene.actor.id)
    return {"status": Status.IN_PROGRESS, "handler_id": scene.actor.id}


def _unsign(scene: ActContext) -> ColumnChanges:
    lead(scene, signed_at=None, signed_by=None)
    return {"status": Status.DISPATCHED, "handler_id": None}


def _return(scene: ActContext) -> ColumnChanges:
    case = scene.case
    if case.final:
        raise WrongState(say.decided_for_good(case.number))
    if returned_before(scene.session, case):
        raise WrongState(say.returned_before(case.number))
    end_lead(scene, returned_at=scene.now)
    returns = case.returns + 1
    # Nobody suggests whoever just gave it back.
    kept = case.suggested_unit_id if case.suggested_unit_id != case.unit_id else None
    suggested = scene.given.unit.id if scene.given.unit else kept
    return {
        "status": Status.ACCEPTED,
        "unit_id": None,
        "handler_id": None,
        "suggested_unit_id": suggested,
        "returns": returns,
        "arbitration": returns >= _RETURNS_BEFORE_ARBITRATION,
    }


def _contact(scene: ActContext) -> ColumnChanges:
    case_clocks.stop(scene, Step.CONTACT)
    return {"contacted_at": scene.case.contacted_at or scene.now}


def _progress(scene: ActContext) -> ColumnChanges:
    attach(scene, "process")
    # While it is suspended, silence is not measured.
    if scene.case.status == Status.IN_PROGRESS:
        case_clocks.restart(scene, Step.PROGRESS)
    return {}


def _stage(scene: ActContext) -> ColumnChanges:
    """The next named stage of the class begins, with its own limit."""
    stages = scene.office.limits.stages(scene.case.class_id)
    if scene.case.stage + 1 >= len(stages):
        raise WrongState(say.no_more_stages(scene.case.number))
    attach(scene, "process")
    case_clocks.stop(scene, Step.STAGE)
    return {"stage": scene.case.stage + 1}


def _mediate(scene: ActContext) -> ColumnChanges:
    attach(scene, "process")
    return {"recovered_fen": scene.case.recovered_fen + (scene.given.fen or 0)}


def _feedback(scene: ActContext) -> ColumnChanges:
    signed = scene.case.status == Status.IN_PROGRESS
    lead(
        scene, done_at=scene.now, **({} if signed else {"signed_at": scene.now, "signed_by": scene.actor.id})
    )
    attach(scene, "after")
    return {"status": Status.SUBMITTED, "handler_id": scene.actor.id, "submitted_at": scene.now}


def _solve_in_grid(scene: ActContext) -> ColumnChanges:
    """The officer's own unit has it then, as if it had been dispatched and signed for."""
    unit = scene.session.get(Unit, scene.actor.unit_id) if scene.actor.unit_id else None
    if unit is not None:
        give_to(scene, unit)
        lead(scene, signed_at=scene.now, signed_by=scene.actor.id, done_at=scene.now)
    attach(scene, "after")
    return {
        "status": Status.SUBMITTED,
        "in_grid": True,
        "unit_id": unit.id if unit else None,
        "handler_id": scene.actor.id,
        "submitted_at": scene.now,
    }


EFFECTS = {
    "sign": _sign,
    "unsign": _unsign,
    "return": _return,
    "contact": _contact,
    "progress": _progress,
    "stage": _stage,
    "mediate": _mediate,
    "feedback": _feedback,
    "solve_in_grid": _solve_in_grid,
}
