"""What each act does to the case, beyond moving it to its next state.

An effect is given the scene and answers with the columns to set. It may also write what belongs
to the act elsewhere (assignments, ratings). It never sends and never commits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers.actors import Actor
from handlers.office import Office
from handlers.refusals import NotFound, WrongState
from handlers.wording import refusals as say
from models.cases import Assignment, Case, Rating
from models.limits import Limit
from models.organisation import Unit
from models.reports import Media
from models.workflow import Act, Status


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with an act. Which of it is needed, the act table says."""

    text: str = ""
    unit: Unit | None = None
    class_id: str | None = None
    place: str = ""
    limit: Limit | None = None
    passed: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    media: tuple[int, ...] = ()
    """Ids of media rows."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An act as it happens."""

    session: Session
    act: Act
    case: Case
    actor: Actor
    given: Given
    office: Office
    now: datetime
    origin: str | None = None
    """What caused it; the same origin acts once on a case."""
    inbox_id: int | None = None
    """The message it answers."""
    silent_in: int | None = None
    """A chat that is answered otherwise, and need not be told again."""
    quiet_to: frozenset[Any] = field(default_factory=frozenset)
    """Audiences that need not be told (they just saw it in a card)."""


Changes = dict[str, Any]


def _plain(scene: Scene) -> Changes:
    return {"status": scene.act.after[0]} if scene.act.after else {}


def _add(scene: Scene) -> Changes:
    _attach(scene, "process")
    return {}


def _classify(scene: Scene) -> Changes:
    info = scene.office.understanding.pack.classes.get(scene.given.class_id or "")
    if info is None:
        raise NotFound(say.no_such_class(scene.given.class_id or ""))
    due = scene.office.due(info.id, scene.case.opened_at)
    return {
        "class_id": info.id,
        "nature": info.nature,
        "due_at": due,
        "urgent": scene.case.urgent or info.urgent,
    }


def _place(scene: Scene) -> Changes:
    return {"place": scene.given.place or scene.given.text}


def _assign(scene: Scene) -> Changes:
    unit = _given_unit(scene)
    # Passing a case on leaves its clock as it is (design §5).
    limit = scene.given.limit if scene.act.key == "assign" else None
    due = limit.due(scene.now, zone=scene.office.zone) if limit else scene.case.due_at
    _end_assignments(scene)
    scene.session.add(Assignment(case_id=scene.case.id, unit_id=unit.id, dispatched_at=scene.now, due_at=due))
    return {"status": Status.DISPATCHED, "unit_id": unit.id, "due_at": due, "handler_id": None}


def _sign(scene: Scene) -> Changes:
    _lead(scene, signed_at=scene.now, signed_by=scene.actor.id)
    return {"status": Status.IN_PROGRESS, "handler_id": scene.actor.id}


def _return(scene: Scene) -> Changes:
    _end_assignments(scene, returned_at=scene.now)
    suggested = scene.given.unit.id if scene.given.unit else scene.case.suggested_unit_id
    return {
        "status": Status.ACCEPTED,
        "unit_id": None,
        "handler_id": None,
        "suggested_unit_id": suggested,
        "returns": scene.case.returns + 1,
    }


def _progress(scene: Scene) -> Changes:
    _attach(scene, "process")
    return {}


def _feedback(scene: Scene) -> Changes:
    signed = (
        {}
        if scene.case.status == Status.IN_PROGRESS
        else {"signed_at": scene.now, "signed_by": scene.actor.id}
    )
    _lead(scene, done_at=scene.now, **signed)
    _attach(scene, "after")
    return {"status": Status.SUBMITTED, "handler_id": scene.actor.id, "submitted_at": scene.now}


def _solve_in_grid(scene: Scene) -> Changes:
    unit_id = scene.actor.person.unit_id if scene.actor.person else None
    _end_assignments(scene)
    _attach(scene, "after")
    return {
        "status": Status.SUBMITTED,
        "in_grid": True,
        "unit_id": unit_id,
        "handler_id": scene.actor.id,
        "submitted_at": scene.now,
    }


def _verify(scene: Scene) -> Changes:
    if scene.given.passed:
        # The result goes to the reporter in this very transaction: that is the reply.
        return {"status": Status.CALLBACK, "replied_at": scene.now}
    return {"status": Status.IN_PROGRESS, "submitted_at": None, "reworks": scene.case.reworks + 1}


def _rate(scene: Scene) -> Changes:
    given, case = scene.given, scene.case
    complained = _complained_before(scene)
    scene.session.add(
        Rating(
            case_id=case.id,
            person_id=case.reporter_id,
            solved=bool(given.solved),
            satisfied=given.satisfied,
            text=given.text,
            at=scene.now,
        )
    )
    if given.solved or complained:
        return _closed(scene)
    return {"status": Status.IN_PROGRESS, "submitted_at": None, "reworks": case.reworks + 1}


def _complained_before(scene: Scene) -> bool:
    """The reporter may send it back once; a check that failed in between is not their doing."""
    unsolved = select(Rating.id).where(Rating.case_id == scene.case.id, Rating.solved.is_(False)).limit(1)
    return scene.session.scalar(unsolved) is not None


def _close(scene: Scene) -> Changes:
    if scene.case.replied_at is None:
        raise WrongState(say.not_replied(scene.case.number))
    return _closed(scene)


def _closed(scene: Scene) -> Changes:
    _end_assignments(scene)
    return {"status": Status.CLOSED, "closed_at": scene.now}


def _reopen(scene: Scene) -> Changes:
    closed_at = scene.case.closed_at
    if closed_at is None or scene.now - closed_at > scene.office.reopen_within:
        raise WrongState(say.too_late_to_reopen(scene.case.number, scene.office.reopen_within.days))
    return {
        "status": Status.ACCEPTED,
        "closed_at": None,
        "submitted_at": None,
        "replied_at": None,
        "unit_id": None,
        "handler_id": None,
        "suggested_unit_id": scene.case.unit_id,
        "in_grid": False,
        "reopenings": scene.case.reopenings + 1,
        "due_at": scene.office.due(scene.case.class_id, scene.now),
    }


def _void(scene: Scene) -> Changes:
    return {"void_asked_by": scene.actor.id}


def _confirm_void(scene: Scene) -> Changes:
    _asked(scene)
    _end_assignments(scene)
    return {"status": Status.VOID, "void_asked_by": None}


def _decline_void(scene: Scene) -> Changes:
    _asked(scene)
    return {"void_asked_by": None}


def _asked(scene: Scene) -> None:
    if scene.case.void_asked_by is None:
        raise WrongState(say.void_not_asked(scene.case.number))


def _given_unit(scene: Scene) -> Unit:
    if scene.given.unit is None:
        raise NotFound(say.no_such_unit(""))
    return scene.given.unit


def _lead(scene: Scene, **values: Any) -> None:
    """Set columns of the leading unit's live assignment."""
    scene.session.execute(
        update(Assignment)
        .where(Assignment.case_id == scene.case.id, Assignment.role == "lead", Assignment.ended_at.is_(None))
        .values(**values)
    )


def _end_assignments(scene: Scene, **values: Any) -> None:
    if scene.case.unit_id is None:
        return
    scene.session.execute(
        update(Assignment)
        .where(Assignment.case_id == scene.case.id, Assignment.ended_at.is_(None))
        .values(ended_at=scene.now, **values)
    )


def _attach(scene: Scene, role: str) -> None:
    """Files that came with an act belong to the case, as what the act shows."""
    if not scene.given.media:
        return
    for media in scene.session.scalars(select(Media).where(Media.id.in_(scene.given.media))):
        media.case_id, media.role = scene.case.id, role


EFFECTS: Mapping[str, Callable[[Scene], Changes]] = {
    "add": _add,
    "accept": _plain,
    "reject": _plain,
    "classify": _classify,
    "place": _place,
    "assign": _assign,
    "pass_on": _assign,
    "sign": _sign,
    "return": _return,
    "progress": _progress,
    "feedback": _feedback,
    "solve_in_grid": _solve_in_grid,
    "verify": _verify,
    "rate": _rate,
    "close": _close,
    "reopen": _reopen,
    "void": _void,
    "confirm_void": _confirm_void,
    "decline_void": _decline_void,
}
