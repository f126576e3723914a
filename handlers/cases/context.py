"""An act as it happens: what was given with it, and what the effects share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.actors import Actor
from handlers.environment.areas import Point
from handlers.environment.snapshot import Environment
from handlers.errors import NotFound
from handlers.wording import refusals as say
from models.cases import Case
from models.organisation import Person, Unit
from models.reports import Media
from models.suggestions import Adoption
from models.time_limits import TimeLimit
from models.workflow import Act, Audience


@dataclass(frozen=True, slots=True)
class PartyContact:
    """Who somebody is and how to reach them; "" where nobody knows."""

    name: str = ""
    phone: str = ""
    """One number, or several with 、 between them."""


@dataclass(frozen=True, slots=True)
class ActInput:
    """What comes with an act. The act's row says which of it is required and what may be given besides."""

    text: str = ""
    unit: Unit | None = None
    units: tuple[Unit, ...] = ()
    class_id: str | None = None
    place: str = ""
    point: Point | None = None
    """Where the place is."""
    parent: Case | None = None
    limit: TimeLimit | None = None
    until: datetime | None = None
    fen: int | None = None
    """Money, in fen: recovered, or what it is about, as the act says."""
    level: int | None = None
    """The level it is raised to; None: the next one."""
    adoption: Adoption | None = None
    contact: PartyContact | None = None
    """Whom the act is about; the words of the act do not repeat it."""
    people: tuple[Person, ...] = ()
    passed: bool | None = None
    reached: bool | None = None
    """Of a call: whether it was taken."""
    solved: bool | None = None
    satisfied: bool | None = None
    media: tuple[int, ...] = ()
    """Ids of media rows."""
    anonymous: bool = False
    """Whoever says it asks not to be named."""
    asks_place: bool = False
    """The report does not say where, and nobody can wait: its receipt asks."""
    supposes_place: bool = False
    """Nobody said where, but a photo does: whoever hears the place hears that too."""


@dataclass(frozen=True, slots=True)
class ActContext:
    """One act under way: who performs what on which case, with what input, at what time (aware UTC)."""

    session: Session
    act: Act
    case: Case
    actor: Actor
    input: ActInput
    env: Environment
    now: datetime
    event_number: int | None = None
    """The number that its event has in the case, or will have; None where no act is performed."""
    origin: str | None = None
    """Name of the cause, such as `inbox:17:sign`; the same origin performs an act only once on a case."""
    inbox_id: int | None = None
    """Id of the inbox row of the message that caused the act; None where no message did."""
    skip_audiences: frozenset[Audience] = field(default_factory=frozenset)
    """Audiences that get no notification, since they just saw the change in a card."""
    words_only: bool = False
    """Nothing but words has come with the case yet: it has no files to look for."""
    just_opened: bool = False
    """The case was opened just now: nobody has asked for anything yet."""
    said_in_chat_id: int | None = None
    """Id of the chat the message came from: a notification to that chat answers the message."""
    redrawn_chat_id: int | None = None
    """Id of the chat whose card was pressed: that card is drawn anew, so the chat needs no fresh one."""


ColumnChanges = dict[str, Any]
"""Columns of the case to set, with their new values."""


def move_to_next_state(context: ActContext) -> ColumnChanges:
    """The change of a plain act: the first state its row leads to; nothing where the row keeps the state."""
    return {"status": context.act.to_states[0]} if context.act.to_states else {}


def require_unit(context: ActContext) -> Unit:
    """The unit given with the act. Raises NotFound where none was given."""
    if context.input.unit is None:
        raise NotFound(say.no_such_unit(""))
    return context.input.unit


def attach_result(context: ActContext) -> None:
    """Files that came with a result show it; those of an earlier result do not any more."""
    reject_result(context)
    attach_media(context, "after")


def reject_result(context: ActContext) -> None:
    """Nothing shows the result any more: it was refused. Its photos are of the process only."""
    shown = Media.case_id == context.case.id, Media.role == "after"
    for media in context.session.scalars(select(Media).where(*shown)):
        media.role = "process"


def attach_media(context: ActContext, role: str) -> None:
    """Attach the files that came with the act to its case; `role`: what they show (`before`, `after`, …)."""
    if not context.input.media:
        return
    for media in context.session.scalars(select(Media).where(Media.id.in_(context.input.media))):
        media.case_id, media.role = context.case.id, role
