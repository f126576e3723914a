"""Asking and deciding: more time, a pause, a complex matter, a void. A second person decides."""

from collections.abc import Callable, Mapping

from sqlalchemy import select

from handlers import timing
from handlers.effects.scene import Changes, Scene, end_all
from handlers.refusals import WrongState
from handlers.wording import refusals as say
from models.limits import Limit
from models.requests import Asked, Request
from models.workflow import Status


def waiting(scene: Scene) -> Request | None:
    """The request of this case that nobody has decided."""
    return scene.session.scalar(
        select(Request).where(Request.case_id == scene.case.id, Request.decided_at.is_(None))
    )


def _ask(kind: Asked) -> Callable[[Scene], Changes]:
    def ask(scene: Scene) -> Changes:
        if waiting(scene) is not None:
            raise WrongState(say.another_request(scene.case.number))
        if kind is Asked.EXTEND and scene.given.limit is not None:
            timing.check_ceiling(scene, scene.given.limit)
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


def _approve(scene: Scene) -> Changes:
    request = _decided(scene, granted=True)
    return {"requested": None, "requested_by": None} | _GRANTED[Asked(request.kind)](scene, request)


def _decline(scene: Scene) -> Changes:
    _decided(scene, granted=False)
    return {"requested": None, "requested_by": None}


def _decided(scene: Scene, *, granted: bool) -> Request:
    request = waiting(scene)
    if request is None:
        raise WrongState(say.nothing_asked(scene.case.number))
    request.decided_by, request.decided_at, request.granted = scene.actor.id, scene.now, granted
    return request


def _extended(scene: Scene, request: Request) -> Changes:
    return {
        "due_at": timing.extend(scene, Limit.parse(request.limit)),
        "extensions": scene.case.extensions + 1,
    }


def _suspended(_scene: Scene, request: Request) -> Changes:
    return {"status": Status.SUSPENDED, "resume_at": request.until}


def _complex(_scene: Scene, _request: Request) -> Changes:
    return {"complex": True}


def _voided(scene: Scene, _request: Request) -> Changes:
    end_all(scene)
    return {"status": Status.VOID}


_GRANTED: Mapping[Asked, Callable[[Scene, Request], Changes]] = {
    Asked.EXTEND: _extended,
    Asked.SUSPEND: _suspended,
    Asked.COMPLEX: _complex,
    Asked.VOID: _voided,
}


def _suspend(scene: Scene) -> Changes:
    return {"status": Status.SUSPENDED, "resume_at": scene.given.until}


def _resume(_scene: Scene) -> Changes:
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
