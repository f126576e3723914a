"""Reply: the result reached the reporter, over a channel or by telephone, and what they said there."""

from handlers.acts.closure import has_complained, send_back
from handlers.acts.definition import ActDefinition, FollowUp
from handlers.cases.calls import spot_checks
from handlers.cases.context import ActContext, ActInput, ColumnChanges, attach_media, reject_result
from handlers.clocks import case_clocks
from handlers.errors import MissingNeed
from handlers.notifications.audience_rules import duty_card_notifier
from handlers.notifications.notification import Notification
from handlers.wording import receipts, staff
from handlers.wording import refusals as say
from handlers.wording import spot_checks as words
from models.workflow import ActField, Audience, Status, Step

_H, _D = Audience.HANDLING, Audience.DUTY


def _apply_call_back(context: ActContext) -> ColumnChanges:
    """A call that was taken answers the reporter; one that nobody took is an attempt.

    Asked whether a closed case is solved, the reporter says so or the call says nothing. A case that still
    waits for their word goes back to its unit where they call it unsolved, once, as a rating would.
    """
    case, given = context.case, context.input
    check = spot_checks.find_open(context.session, case) if case.status == Status.CLOSED else None
    if check is not None and given.reached and given.solved is None:
        raise MissingNeed(say.missing_field(context.act, ActField.CALL, case.number))
    attach_media(context, "process")
    if check is not None:
        spot_checks.record_call(context, check)
    if not given.reached:
        return _note_attempt(context)
    if given.solved is False and case.status == Status.CALLBACK and not has_complained(context):
        reject_result(context)
        return send_back(context) | {"withdrawal": None}
    return _mark_answered(context) if case.replied_at is None else {}


def _note_attempt(context: ActContext) -> ColumnChanges:
    """After the second attempt, on another day, it is closed as 未能联系, which is no answer."""
    case = context.case
    if case.replied_at is not None or case.status != Status.CALLBACK:
        return {}
    if case.attempted_at is None:
        return {"attempted_at": context.now}
    if context.env.local(case.attempted_at).date() >= context.env.local(context.now).date():
        return {}
    return {"unreached_at": context.now}


def _close_unreached(context: ActContext) -> FollowUp | None:
    """Tried on different days in vain: it is closed, and counts as unanswered."""
    given_up = context.case.status == Status.CALLBACK and context.case.unreached_at is not None
    return FollowUp("close", ActInput()) if given_up else None


def _notify_unit_of_rework(notification: Notification) -> None:
    if notification.view.status == Status.IN_PROGRESS:
        notification.send_words(_H, words.sent_back(notification.view), mention=True)


def _notify_duty_of_complaint(notification: Notification) -> None:
    """A case that is over goes on only if the desk says so; what no unit had is the desk's to give out."""
    if notification.view.status == Status.ACCEPTED:
        duty_card_notifier(staff.answer_refused)(notification)
    elif notification.context.input.solved is False and notification.view.status != Status.IN_PROGRESS:
        notification.send_words(_D, words.ask_to_reopen(notification.view), mention=True)


def _apply_delivery(context: ActContext) -> ColumnChanges:
    """A channel accepted the result for the reporter."""
    return _mark_answered(context) if context.case.replied_at is None else {}


def _mark_answered(context: ActContext) -> ColumnChanges:
    """From now on the reporter can judge the result, whenever it was checked."""
    if context.case.status == Status.CALLBACK:
        case_clocks.restart_if_over(context, Step.CALLBACK)
    return {"replied_at": context.now, "unreached_at": None}


DEFINITIONS = {
    "call_back": ActDefinition(
        effect=_apply_call_back,
        notify={_H: _notify_unit_of_rework, _D: _notify_duty_of_complaint},
        receipt=receipts.call_back_receipt,
        follow_up=_close_unreached,
    ),
    "deliver_answer": ActDefinition(effect=_apply_delivery),
}
