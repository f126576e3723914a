"""Approvals: requests for more time, a pause, a complex matter, a void. A second person decides."""

from collections.abc import Callable, Mapping
from datetime import datetime

from handlers.acts.definition import ActDefinition
from handlers.cards.keys import CardRole
from handlers.cases import event_log
from handlers.cases.assignments import end_all
from handlers.cases.context import ActContext, ColumnChanges
from handlers.cases.open_items import pending_request
from handlers.clocks import case_clocks
from handlers.errors import WrongState
from handlers.notifications import recipients
from handlers.notifications.audience_rules import send_duty_card
from handlers.notifications.notification import Notification, Notifier, words_notifier
from handlers.wording import receipts, reporter, staff
from handlers.wording import refusals as say
from handlers.wording.case_view import CaseView
from models.approvals import ApprovalRequest
from models.cases import Event
from models.time_limits import TimeLimit
from models.workflow import OPEN, Audience, RequestKind, Status

_R, _H, _D, _L = Audience.REPORTER, Audience.HANDLING, Audience.DUTY, Audience.LEADER


def _apply_request(context: ActContext) -> ColumnChanges:
    """Ask for what the act's row says; nothing else changes until somebody has decided."""
    kind = context.act.request
    if kind is RequestKind.EXTEND and context.input.limit is not None:
        _check_in_time(context)
        case_clocks.check_ceiling(context, context.input.limit)
    if kind is RequestKind.SUSPEND:
        case_clocks.limit_suspension(context, context.input.until)
    context.session.add(
        ApprovalRequest(
            case_id=context.case.id,
            kind=kind,
            asked_by=context.actor.id,
            asked_at=context.now,
            reason=context.input.text,
            limit=str(context.input.limit) if context.input.limit else "",
            until=context.input.until,
        )
    )
    return {"requested": kind, "requested_by": context.actor.id}


def _check_in_time(context: ActContext) -> None:
    """More time is asked for before the time is over (Guangzhou bureau, standards §10)."""
    if context.case.due_at is not None and context.now > context.case.due_at:
        raise WrongState(say.too_late_to_extend(context.case.number))


def lapse_request(context: ActContext, event: Event) -> None:
    """End a pending request, as not granted, once the case has gone on without a decision.

    Requests for more time or a pause lapse when work ends, the others when the case ends.
    """
    request, status = None if context.just_opened else pending_request(context), Status(context.case.status)
    if request is None:
        return
    of_work = request.kind in (RequestKind.EXTEND, RequestKind.SUSPEND)
    if status in OPEN and (status is Status.IN_PROGRESS or not of_work):
        return
    request.decided_at, request.granted = context.now, False
    event_log.amend(event, context.case, requested=None, requested_by=None)


def _apply_decision(context: ActContext) -> ColumnChanges:
    """Grant or refuse what was asked, as the act's row says."""
    request = pending_request(context)
    if request is None:
        raise WrongState(say.nothing_asked(context.case.number))
    request.decided_by, request.decided_at = context.actor.id, context.now
    request.granted = context.act.grants
    changes: ColumnChanges = {"requested": None, "requested_by": None}
    return changes | _GRANTED[RequestKind(request.kind)](context, request) if context.act.grants else changes


def _grant_extension(context: ActContext, request: ApprovalRequest) -> ColumnChanges:
    return {
        "due_at": case_clocks.extend_finish(context, TimeLimit.parse(request.limit)),
        "extensions": context.case.extensions + 1,
    }


def _grant_suspension(context: ActContext, request: ApprovalRequest) -> ColumnChanges:
    return _suspend(context, request.until)


def _grant_complexity(_scene: ActContext, _request: ApprovalRequest) -> ColumnChanges:
    return {"complex": True}


def _grant_void(context: ActContext, _request: ApprovalRequest) -> ColumnChanges:
    end_all(context)
    return {"status": Status.VOID}


def _grant_unrestricting(_scene: ActContext, _request: ApprovalRequest) -> ColumnChanges:
    return {"restricted": False}


_GRANTED: Mapping[RequestKind, Callable[[ActContext, ApprovalRequest], ColumnChanges]] = {
    RequestKind.EXTEND: _grant_extension,
    RequestKind.SUSPEND: _grant_suspension,
    RequestKind.COMPLEX: _grant_complexity,
    RequestKind.VOID: _grant_void,
    RequestKind.UNRESTRICT: _grant_unrestricting,
}


def _apply_suspend(context: ActContext) -> ColumnChanges:
    return _suspend(context, context.input.until)


def _suspend(context: ActContext, until: datetime | None) -> ColumnChanges:
    return {"status": Status.SUSPENDED, "resume_at": case_clocks.limit_suspension(context, until)}


def _apply_resume(_scene: ActContext) -> ColumnChanges:
    return {"status": Status.IN_PROGRESS, "resume_at": None}


def _decision_notifier(audience: Audience, words: Callable[[CaseView], str]) -> Notifier:
    """A notifier of a decision; the reporter is told only of one that changes what they wait for."""

    def notify_of_decision(notification: Notification) -> None:
        if audience is not _R or _concerns_reporter(notification):
            told = staff.groups_told(_name_told(notification)) if audience is _D else ""
            notification.send_words(audience, f"{words(notification.view)}{told}")

    return notify_of_decision


def _concerns_reporter(notification: Notification) -> bool:
    return bool(notification.event.fields.keys() & {"due_at", "status"})


def _name_told(notification: Notification) -> tuple[str, ...]:
    """The groups that hear of this decision, by name."""
    audiences = (*((_R,) if _concerns_reporter(notification) else ()), _H, _D)
    return recipients.name_chats([chat for one in audiences for chat in notification.chats(one)])


def _request_notifier(audience: Audience) -> Notifier:
    """A notifier that asks the second person, and names every group that will hear of it once granted."""

    def ask_second(notification: Notification) -> None:
        kind = RequestKind(notification.context.act.request or RequestKind.VOID)
        concerned = (_R, _H, _D) if kind in _FOR_REPORTER else (_H, _D)
        chats = [chat for one in concerned for chat in notification.chats(one)]
        words = staff.request(notification.view) + staff.groups_to_tell(recipients.name_chats(chats))
        notification.send_words(audience, words)
        if audience is _D:
            send_duty_card(notification, photos=False)
        else:
            notification.send_card(audience, CardRole.LEADER)

    return ask_second


_FOR_REPORTER = frozenset({RequestKind.EXTEND, RequestKind.SUSPEND, RequestKind.VOID})
"""Granted, it changes what the reporter waits for."""
REQUEST = ActDefinition(
    effect=_apply_request,
    notify={
        _D: _request_notifier(_D),
        _L: _request_notifier(_L),
    },
    receipt=receipts.request_receipt,
)
"""Every act whose row names what it asks for."""
DEFINITIONS = {
    "approve": ActDefinition(
        effect=_apply_decision,
        notify={
            _R: _decision_notifier(_R, reporter.decision),
            _H: _decision_notifier(_H, staff.approval),
            _D: _decision_notifier(_D, staff.approval),
        },
    ),
    "decline": ActDefinition(
        effect=_apply_decision,
        notify={_H: words_notifier(_H, staff.refusal), _D: words_notifier(_D, staff.refusal)},
    ),
    "suspend": ActDefinition(
        effect=_apply_suspend,
        notify={_R: words_notifier(_R, reporter.suspension), _H: words_notifier(_H, staff.suspension)},
    ),
    "resume": ActDefinition(
        effect=_apply_resume,
        notify={_R: words_notifier(_R, reporter.resumption), _H: words_notifier(_H, staff.resumption)},
    ),
}
