"""Asking and deciding: more time, a pause, a complex matter, a void. A second person decides."""

from collections.abc import Callable, Mapping

from handlers.cases import event_log
from handlers.cases.assignments import end_all
from handlers.cases.context import ActContext, ColumnChanges
from handlers.cases.open_items import pending_request
from handlers.clocks import case_clocks
from handlers.errors import WrongState
from handlers.wording import refusals as say
from models.approvals import ApprovalRequest, RequestKind
from models.cases import Event
from models.time_limits import TimeLimit
from models.workflow import OPEN, Status


def _make_request_effect(kind: RequestKind) -> Callable[[ActContext], ColumnChanges]:
    def ask(context: ActContext) -> ColumnChanges:
        if pending_request(context) is not None:
            raise WrongState(say.another_request(context.case.number))
        if kind is RequestKind.EXTEND and context.input.limit is not None:
            _check_in_time(context)
            case_clocks.check_ceiling(context, context.input.limit)
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
        return {"requested": str(kind), "requested_by": context.actor.id}

    return ask


def _check_in_time(context: ActContext) -> None:
    """More time is asked for before the time is over (Guangzhou bureau, standards §10)."""
    if context.case.due_at is not None and context.now > context.case.due_at:
        raise WrongState(say.too_late_to_extend(context.case.number))


def lapse_request(context: ActContext, event: Event) -> None:
    """What was asked and not decided is void once the case has gone on without it."""
    request, status = None if context.just_opened else pending_request(context), Status(context.case.status)
    if request is None:
        return
    of_work = request.kind in (RequestKind.EXTEND, RequestKind.SUSPEND)
    if status in OPEN and (status is Status.IN_PROGRESS or not of_work):
        return
    request.decided_at, request.granted = context.now, False
    event_log.amend(event, context.case, requested=None, requested_by=None)


def _apply_approve(context: ActContext) -> ColumnChanges:
    request = _close_request(context, granted=True)
    return {"requested": None, "requested_by": None} | _GRANTED[RequestKind(request.kind)](context, request)


def _apply_decline(context: ActContext) -> ColumnChanges:
    _close_request(context, granted=False)
    return {"requested": None, "requested_by": None}


def _close_request(context: ActContext, *, granted: bool) -> ApprovalRequest:
    request = pending_request(context)
    if request is None:
        raise WrongState(say.nothing_asked(context.case.number))
    request.decided_by, request.decided_at, request.granted = context.actor.id, context.now, granted
    return request


def _grant_extension(context: ActContext, request: ApprovalRequest) -> ColumnChanges:
    return {
        "due_at": case_clocks.extend_finish(context, TimeLimit.parse(request.limit)),
        "extensions": context.case.extensions + 1,
    }


def _grant_suspension(_scene: ActContext, request: ApprovalRequest) -> ColumnChanges:
    return {"status": Status.SUSPENDED, "resume_at": request.until}


def _grant_complexity(_scene: ActContext, _request: ApprovalRequest) -> ColumnChanges:
    return {"complex": True}


def _grant_void(context: ActContext, _request: ApprovalRequest) -> ColumnChanges:
    end_all(context)
    return {"status": Status.VOID}


_GRANTED: Mapping[RequestKind, Callable[[ActContext, ApprovalRequest], ColumnChanges]] = {
    RequestKind.EXTEND: _grant_extension,
    RequestKind.SUSPEND: _grant_suspension,
    RequestKind.COMPLEX: _grant_complexity,
    RequestKind.VOID: _grant_void,
}


def _apply_suspend(context: ActContext) -> ColumnChanges:
    return {"status": Status.SUSPENDED, "resume_at": context.input.until}


def _apply_resume(_scene: ActContext) -> ColumnChanges:
    return {"status": Status.IN_PROGRESS, "resume_at": None}


EFFECTS = {
    "extend": _make_request_effect(RequestKind.EXTEND),
    "ask_suspend": _make_request_effect(RequestKind.SUSPEND),
    "complicate": _make_request_effect(RequestKind.COMPLEX),
    "void": _make_request_effect(RequestKind.VOID),
    "approve": _apply_approve,
    "decline": _apply_decline,
    "suspend": _apply_suspend,
    "resume": _apply_resume,
}
