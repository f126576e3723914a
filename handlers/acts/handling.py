"""Handling: signing, returning, progress, stages, mediation, the result."""

from handlers.acts import supervision
from handlers.acts.definition import ActDefinition, FollowUp
from handlers.cards.keys import CardRole
from handlers.cases import permissions
from handlers.cases.assignments import begin_share, end_lead
from handlers.cases.assignments import update_lead as lead
from handlers.cases.context import ActContext, ColumnChanges, attach_media, attach_result
from handlers.cases.ending import closing
from handlers.clocks import case_clocks
from handlers.errors import MissingNeed, WrongState
from handlers.notifications.audience_rules import (
    duty_card_notifier,
    notify_joint_units,
    send_answer,
)
from handlers.notifications.notification import Notification, card_notifier, words_notifier
from handlers.wording import receipts, reminders, reporter, staff
from handlers.wording import refusals as say
from models.cases import MOST_MONEY
from models.organisation import Unit
from models.workflow import Audience, CaseRelation, Status, Step

_R, _H, _J, _D = Audience.REPORTER, Audience.HANDLING, Audience.JOINT, Audience.DUTY

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
    end_lead(context, returned_at=context.now)
    returns = case.returns + 1
    # The unit that just returned the case is no longer suggested.
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


def _propose_if_bounced(context: ActContext) -> FollowUp | None:
    """A case that was returned twice should go to the next level (requirements A19)."""
    if not context.case.arbitration:
        return None
    return supervision.propose_raise(context, say.bounce_reason(context.case.returns))


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
    recovered = context.case.recovered_fen + (context.input.fen or 0)
    if recovered > MOST_MONEY:
        raise MissingNeed(say.amount_too_large(context.case.number, MOST_MONEY))
    attach_media(context, "process")
    return {"recovered_fen": recovered}


def _apply_feedback(context: ActContext) -> ColumnChanges:
    signed = context.case.status == Status.IN_PROGRESS
    lead(
        context,
        done_at=context.now,
        **({} if signed else {"signed_at": context.now, "signed_by": context.actor.id}),
    )
    attach_result(context)
    return {"status": Status.SUBMITTED, "handler_id": context.actor.id, "submitted_at": context.now}


def _apply_solve_in_grid(context: ActContext) -> ColumnChanges:
    """Solved by the grid officer: their own unit has the case, as if dispatched to it and signed for."""
    closing.require_level(context)
    grid = permissions.find_capacity(context.session, CaseRelation.GRID, context.actor, context.case)
    unit = context.session.get(Unit, grid.unit_id) if grid.unit_id else None
    if unit is not None:
        begin_share(context, unit)
        lead(context, signed_at=context.now, signed_by=context.actor.id, done_at=context.now)
    attach_result(context)
    return {
        "status": Status.SUBMITTED,
        # What must be signed is told to nobody, so its reporter cannot call it solved.
        "in_grid": context.env.limits.find_sign_off(context.case) is None,
        "unit_id": unit.id if unit else None,
        "handler_id": context.actor.id,
        "submitted_at": context.now,
    }


def _notify_reporter_of_grid_work(notification: Notification) -> None:
    if notification.view.in_grid:
        send_answer(notification, reporter.grid_result)


def _notify_desk_of_grid_work(notification: Notification) -> None:
    words = staff.grid_result if notification.view.in_grid else staff.submission
    duty_card_notifier(words)(notification)


DEFINITIONS = {
    "sign": ActDefinition(
        effect=_apply_sign,
        notify={_R: words_notifier(_R, reporter.signature, status=True)},
        receipt=receipts.sign_receipt,
    ),
    "unsign": ActDefinition(
        effect=_apply_unsign,
        notify={
            _H: card_notifier(_H, staff.sign_withdrawn, CardRole.HANDLING),
            _D: words_notifier(_D, staff.sign_withdrawn),
        },
        program_reason=reminders.unsign_reason,
    ),
    "return": ActDefinition(
        effect=_apply_return,
        notify={_D: duty_card_notifier(staff.return_by_unit)},
        receipt=receipts.return_receipt,
        follow_up=_propose_if_bounced,
    ),
    "contact": ActDefinition(effect=_apply_contact),
    "tell_reporter": ActDefinition(
        notify={_R: words_notifier(_R, reporter.message)}, receipt=receipts.message_receipt
    ),
    "progress": ActDefinition(
        effect=_apply_progress,
        notify={_R: words_notifier(_R, reporter.progress), _J: notify_joint_units},
        receipt=receipts.progress_receipt,
    ),
    "stage": ActDefinition(
        effect=_apply_stage,
        notify={_R: words_notifier(_R, reporter.progress), _J: notify_joint_units},
    ),
    "mediate": ActDefinition(
        effect=_apply_mediate,
        notify={_D: words_notifier(_D, staff.mediation)},
        receipt=receipts.mediation_receipt,
    ),
    "feedback": ActDefinition(
        effect=_apply_feedback,
        notify={_D: duty_card_notifier(staff.submission), _J: notify_joint_units},
        receipt=receipts.result_receipt,
    ),
    "solve_in_grid": ActDefinition(
        effect=_apply_solve_in_grid,
        notify={_R: _notify_reporter_of_grid_work, _D: _notify_desk_of_grid_work},
        receipt=receipts.result_receipt,
    ),
}
