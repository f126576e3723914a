"""Doing it: signing, returning, progress, stages, mediation, the result."""

from handlers.cases.assignments import begin_share, end_lead, has_returned
from handlers.cases.assignments import update_lead as lead
from handlers.cases.context import ActContext, ColumnChanges, attach_media
from handlers.clocks import case_clocks
from handlers.errors import WrongState
from handlers.wording import refusals as say
from models.organisation import Unit
from models.workflow import Status, Step

_RETURNS_BEFORE_ARBITRATION = 2
"""The second return of a case goes to the duty desk's final decision (standards §10)."""


def _apply_sign(context: ActContext) -> ColumnChanges:
    lead(context, signed_at=context.now, signed_by=context.actor.id)
    return {"status": Status.IN_PROGRESS, "handler_id": context.actor.id}


def _apply_unsign(context: ActContext) -> ColumnChanges:
    lead(context, signed_at=None, signed_by=None)
    return {"status": Status.DISPATCHED, "handler_id": None}


def _apply_return(context: ActContext) -> ColumnChanges:
    case = context.case
    if case.final:
        raise WrongState(say.final_assignment(case.number))
    if has_returned(context.session, case):
        raise WrongState(say.already_returned(case.number))
    end_lead(context, returned_at=context.now)
    returns = case.returns + 1
    # Nobody suggests whoever just gave it back.
    kept = case.suggested_unit_id if case.suggested_unit_id != case.unit_id else None
    suggested = context.input.unit.id if context.input.unit else kept
    return {
        "status": Status.ACCEPTED,
        "unit_id": None,
        "handler_id": None,
        "suggested_unit_id": suggested,
        "returns": returns,
        "arbitration": returns >= _RETURNS_BEFORE_ARBITRATION,
    }


def _apply_contact(context: ActContext) -> ColumnChanges:
    case_clocks.stop_clock(context, Step.CONTACT)
    return {"contacted_at": context.case.contacted_at or context.now}


def _apply_progress(context: ActContext) -> ColumnChanges:
    attach_media(context, "process")
    # While it is suspended, silence is not measured.
    if context.case.status == Status.IN_PROGRESS:
        case_clocks.restart_clock(context, Step.PROGRESS)
    return {}


def _apply_stage(context: ActContext) -> ColumnChanges:
    """The next named stage of the class begins, with its own limit."""
    stages = context.env.limits.stages(context.case.class_id)
    if context.case.stage + 1 >= len(stages):
        raise WrongState(say.no_more_stages(context.case.number))
    attach_media(context, "process")
    case_clocks.stop_clock(context, Step.STAGE)
    return {"stage": context.case.stage + 1}


def _apply_mediate(context: ActContext) -> ColumnChanges:
    attach_media(context, "process")
    return {"recovered_fen": context.case.recovered_fen + (context.input.fen or 0)}


def _apply_feedback(context: ActContext) -> ColumnChanges:
    signed = context.case.status == Status.IN_PROGRESS
    lead(
        context,
        done_at=context.now,
        **({} if signed else {"signed_at": context.now, "signed_by": context.actor.id}),
    )
    attach_media(context, "after")
    return {"status": Status.SUBMITTED, "handler_id": context.actor.id, "submitted_at": context.now}


def _apply_solve_in_grid(context: ActContext) -> ColumnChanges:
    """The officer's own unit has it then, as if it had been dispatched and signed for."""
    unit = context.session.get(Unit, context.actor.unit_id) if context.actor.unit_id else None
    if unit is not None:
        begin_share(context, unit)
        lead(context, signed_at=context.now, signed_by=context.actor.id, done_at=context.now)
    attach_media(context, "after")
    return {
        "status": Status.SUBMITTED,
        "in_grid": True,
        "unit_id": unit.id if unit else None,
        "handler_id": context.actor.id,
        "submitted_at": context.now,
    }


EFFECTS = {
    "sign": _apply_sign,
    "unsign": _apply_unsign,
    "return": _apply_return,
    "contact": _apply_contact,
    "progress": _apply_progress,
    "stage": _apply_stage,
    "mediate": _apply_mediate,
    "feedback": _apply_feedback,
    "solve_in_grid": _apply_solve_in_grid,
}
