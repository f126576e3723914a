"""Asking and deciding: more time, a pause, a complex matter, a void. A second person decides."""

from collections.abc import Callable, Mapping

from sqlalchemy import select

from handlers.cases import event_log
from handlers.cases.assignments import end_all
from handlers.cases.context import ColumnChanges, ActContext
from handlers.clocks import case_clocks
from handlers.errors import WrongState
from handlers.wording import refusals as say
from models.approvals import Asked, Request
from models.cases import Event
from models.time_limits import Limit
from models.workflow import OPEN, Status


def waiting(scene: ActContext) -> Request | None:
    """The request of this case that nobody has decided."""
    return scene.session.scalar(
        select(Request).where(Request.case_id == scene.case.id, Request.decided_at.is_(None))
    )


def _ask(kind: Asked) -> Callable[[ActContext], ColumnChanges]:
    def ask(scene: ActContext) -> ColumnChanges:
        if waiting(scene) is not None:
            raise WrongState(say.another_request(scene.case.number))
        if kind is Asked.EXTEND and scene.given.limit is not None:
            _check_in_time(scene)
            case_clocks.check_ceiling(scene, scene.given.limit)
        scene.session.add(
            Request(
                case_id=scene.case.id,
                kind=kind,
                asked_by=scene.actor.id,
                asked_at=scene.now,
                reason=scene.given.text,
                limit=str(scene.given.limit) if scene.given.limit else "",
                until=scene.given.until,
            )
        )
        return {"requested": str(kind), "requested_by": scene.actor.id}

    return ask


def _check_in_time(scene: ActContext) -> None:
    """More time is asked for before the time is over (Guangzhou bureau, standards §10)."""
    if scene.case.due_at is not None and scene.now > scene.case.due_at:
        raise WrongState(say.too_late_to_extend(scene.case.number))


def lapse(scene: ActContext, event: Event) -> None:
    """What was asked and not decided is void once the case has gone on without it."""
    request, status = None if scene.fresh else waiting(scene), Status(scene.case.status)
    if request is None:
        return
    of_work = request.kind in (Asked.EXTEND, Asked.SUSPEND)
    if status in OPEN and (status is Status.IN_PROGRESS or not of_work):
        return
    request.decided_at, request.granted = scene.now, False
    event_log.amend(event, scene.case, requested=None, requested_by=None)


def _approve(scene: ActContext) -> ColumnChanges:
    request = _decided(scene, granted=True)
    return {"requested": None, "requested_by": None} | _GRANTED[Asked(request.kind)](scene, request)


def _decline(scene: ActContext) -> ColumnChanges:
    _decided(scene, granted=False)
    return {"requested": None, "requested_by": None}


def _decided(scene: ActContext, *, granted: bool) -> Request:
    request = waiting(scene)
    if request is None:
        raise WrongState(say.nothing_asked(scene.case.number))
    request.decided_by, request.decided_at, request.granted = scene.actor.id, scene.now, granted
    return request


def _extended(scene: ActContext, request: Request) -> ColumnChanges:
    return {
        "due_at": case_clocks.extend(scene, Limit.parse(request.limit)),
        "extensions": scene.case.extensions + 1,
    }


def _suspended(_scene: ActContext, request: Request) -> ColumnChanges:
    return {"status": Status.SUSPENDED, "resume_at": request.until}


def _complex(_scene: ActContext, _request: Request) -> ColumnChanges:
    return {"complex": True}


def _voided(scene: ActContext, _request: Request) -> ColumnChanges:
    end_all(scene)
    return {"status": Status.VOID}


_GRANTED: Mapping[Asked, Callable[[ActContext, Request], ColumnChanges]] = {
    Asked.EXTEND: _extended,
    Asked.SUSPEND: _suspended,
    Asked.COMPLEX: _complex,
    Asked.VOID: _voided,
}


def _suspend(scene: ActContext) -> ColumnChanges:
    return {"status": Status.SUSPENDED, "resume_at": scene.given.until}


def _resume(_scene: ActContext) -> ColumnChanges:
    return {"status": Status.IN_PROGRESS, "resume_at": None}


EFFECTS = {
    "extend": _ask(Asked.EXTEND),
    "ask_suspend": _ask(Asked.SUSPEND),
    "complicate": _ask(Asked.COMPLEX),
    "void": _ask(Asked.VOID),
    "approve": _approve,
    "decline": _decline,
    "suspend": _suspend,
    "resume": _resume,
}
