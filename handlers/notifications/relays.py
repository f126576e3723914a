"""Pushes for groups that the bot hears and cannot speak in: another door, or somebody who carries the words.

to a person   their own conversation with the bot, where there is one
else          whoever leads the grid, or another grid officer: asked to paste the words into the group
else          the desk of the area
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.environment.units import split_path
from handlers.notifications import pushes
from handlers.wording import groups as say
from models.messages import PhotoPush, PushBody, TextPush
from models.organisation import GRIDS, Chat, ChatUse, Person, Role, Unit, UnitKind, has_post

log = structlog.get_logger()


_NEAR = GRIDS | {UnitKind.VILLAGE, UnitKind.TOWN}


@dataclass(frozen=True, slots=True)
class _Door:
    """Where a push goes instead of its group."""

    chat: Chat
    is_own: bool
    """It is the conversation of whoever it is for; else they are asked to carry it."""


def is_mute(chat: Chat, env: Environment) -> bool:
    """Whether nothing can be said in this group."""
    return chat.channel in env.mute_channels and chat.webhook_channel is None


def build_rows(
    session: Session,
    chat: Chat,
    body: PushBody,
    *,
    env: Environment,
    now: datetime,
    person_id: int | None = None,
    for_everybody: bool = False,
    **options: Any,
) -> list[pushes.Row]:
    """The outbox rows of one push for a chat, as `pushes.push_row` takes it; none where nobody can carry it.

    `person_id`: whom it is for, where it is for one person in the group; `for_everybody`: it is a notice.
    What somebody else carries is no proof that it arrived, so that it settles no result.
    """
    if not is_mute(chat, env):
        return [pushes.push_row(chat, body, env=env, now=now, **options)]
    door = _find_door(session, chat, person_id, env)
    if door is None:
        log.error("push.nobody_to_carry", chat=chat.code)
        return []
    # It answers no message of the chat it goes to.
    options = {**options, "answers": None}
    if door.is_own:
        return [pushes.push_row(door.chat, body, env=env, now=now, **options)]
    carried = _word_for_carrier(chat, body, is_notice=for_everybody)
    options["result_event"] = None
    return [pushes.push_row(door.chat, carried, env=env, now=now, **options)] if carried is not None else []


def find_carriers(session: Session, chat: Chat, env: Environment) -> list[Chat]:
    """The conversations of those who can speak in a group: its lead first, then other grid officers."""
    unit = session.get(Unit, chat.unit_id) if chat.unit_id is not None else None
    if unit is None:
        return []
    for each in list_grid_units(session, unit):
        if found := _find_officers(session, each, env):
            return found
    return []


def list_grid_units(session: Session, unit: Unit) -> list[Unit]:
    """The unit and those above it, the nearest first, as far as their leads know the people of a group."""
    above = select(Unit).where(Unit.code.in_(split_path(unit.path)), Unit.kind.in_(_NEAR))
    return sorted(session.scalars(above), key=lambda each: -len(each.path))


def _find_officers(session: Session, unit: Unit, env: Environment) -> list[Chat]:
    officers = session.scalars(
        select(Person)
        .where(has_post(lambda role, unit_id: and_(role == Role.GRID, unit_id == unit.id)))
        .order_by(Person.id)
    ).all()
    lead = session.scalar(select(Person).where(Person.code == unit.lead)) if unit.lead else None
    people = ([lead] if lead is not None else []) + [each for each in officers if each is not lead]
    chats = (find_conversation(session, person.id, env) for person in people)
    return [chat for chat in chats if chat is not None and chat.channel not in env.terse_channels]


def _find_door(session: Session, chat: Chat, person_id: int | None, env: Environment) -> _Door | None:
    own = find_conversation(session, person_id, env) if person_id is not None else None
    if own is not None:
        return _Door(own, is_own=True)
    others = find_carriers(session, chat, env) or _speaking(unit_chats.duty_chats(session, chat.unit_id), env)
    return _Door(others[0], is_own=False) if others else None


def find_conversation(session: Session, person_id: int, env: Environment) -> Chat | None:
    """The person's own conversation, the newest; one where each message counts is the last choice."""
    own = select(Chat).where(Chat.person_id == person_id, Chat.use == ChatUse.DIRECT, Chat.gone_at.is_(None))
    found = _speaking(session.scalars(own.order_by(Chat.id.desc())).all(), env)
    return min(found, key=lambda chat: chat.channel in env.terse_channels, default=None)


def _speaking(chats: Sequence[Chat], env: Environment) -> list[Chat]:
    return [chat for chat in chats if chat.gone_at is None and not is_mute(chat, env)]


def _word_for_carrier(group: Chat, body: PushBody, *, is_notice: bool) -> PushBody | None:
    """What somebody is asked to carry into the group; None: its buttons would do nothing there."""
    name = group.name or group.code
    match body:
        case TextPush(text=text):
            return TextPush((say.forward_notice if is_notice else say.relay)(name, text))
        case PhotoPush():
            return replace(body, caption=say.relay_photo(name))
        case _:
            return None
