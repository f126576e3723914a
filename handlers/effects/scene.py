"""An act as it happens: what was given with it, and what the effects share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers.actors import Actor
from handlers.office import Office
from handlers.refusals import NotFound
from handlers.wording import refusals as say
from models.cases import Assignment, Case
from models.limits import Limit
from models.organisation import Person, Unit
from models.reports import Media
from models.workflow import Act, Audience

LEAD, ASSIST = "lead", "assist"


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with an act. Which of it is needed, the act table says."""

    text: str = ""
    unit: Unit | None = None
    units: tuple[Unit, ...] = ()
    class_id: str | None = None
    place: str = ""
    parent: Case | None = None
    limit: Limit | None = None
    until: datetime | None = None
    fen: int | None = None
    """Money recovered, in fen."""
    people: tuple[Person, ...] = ()
    passed: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    media: tuple[int, ...] = ()
    """Ids of media rows."""


@dataclass(frozen=True, slots=True)
class Scene:
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
    quiet_to: frozenset[Audience] = field(default_factory=frozenset)
    """Audiences that need not be told (they just saw it in a card)."""
    words_only: bool = False
    """Nothing but words has come with the case yet: it has no files to look for."""
    fresh: bool = False
    """The case was opened just now: nobody has asked for anything yet."""
    here: int | None = None
    """Id of the chat it was said in: what is told there answers the message."""
    redrawn: int | None = None
    """Id of the chat whose card was pressed: it is drawn anew, so that no fresh one is needed there."""


Changes = dict[str, Any]
"""Columns of the case to set, with their new values."""


def plain(scene: Scene) -> Changes:
    """Nothing but the next state."""
    return {"status": scene.act.after[0]} if scene.act.after else {}


def given_unit(scene: Scene) -> Unit:
    if scene.given.unit is None:
        raise NotFound(say.no_such_unit(""))
    return scene.given.unit


def give_to(scene: Scene, unit: Unit, *, role: str = LEAD) -> None:
    """A unit's share of the case begins."""
    scene.session.add(
        Assignment(
            case_id=scene.case.id,
            unit_id=unit.id,
            role=role,
            dispatched_at=scene.now,
            due_at=scene.case.due_at,
        )
    )


def lead(scene: Scene, **values: Any) -> None:
    """Set columns of the leading unit's live assignment."""
    scene.session.execute(
        update(Assignment)
        .where(Assignment.case_id == scene.case.id, Assignment.role == LEAD, Assignment.ended_at.is_(None))
        .values(**values)
    )


def end_lead(scene: Scene, **values: Any) -> None:
    """The leading unit's share is over."""
    if scene.case.unit_id is not None:
        lead(scene, ended_at=scene.now, **values)


def end_all(scene: Scene) -> None:
    """Nobody has a share any more."""
    scene.session.execute(
        update(Assignment)
        .where(Assignment.case_id == scene.case.id, Assignment.ended_at.is_(None))
        .values(ended_at=scene.now)
    )


def live(session: Session, case: Case, role: str) -> list[Assignment]:
    """The shares of this kind that go on, oldest first."""
    session.flush()
    found = session.scalars(
        select(Assignment)
        .where(Assignment.case_id == case.id, Assignment.role == role, Assignment.ended_at.is_(None))
        .order_by(Assignment.id)
    )
    return list(found)


def attach(scene: Scene, role: str) -> None:
    """Files that came with an act belong to the case, as what the act shows."""
    if not scene.given.media:
        return
    for media in scene.session.scalars(select(Media).where(Media.id.in_(scene.given.media))):
        media.case_id, media.role = scene.case.id, role
