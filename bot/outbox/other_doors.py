"""A push that its door cannot carry any more goes by another door of the same person, where there is one.

What a reporter is told about their report, or the desk answers somebody, goes by any door of theirs; what
staff are told goes by those of the same account only, where their rights hold.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from bot.channels.base import Channel
from bot.outbox import routing
from handlers.environment.people import doors
from models.messages import push_from_json
from models.organisation import Chat, ChatUse, Person
from models.pushes import Push, PushPurpose

log = structlog.get_logger()

_TRIED = "door:"
"""Begins what stands in `Push.refused` for a conversation (id) that could not carry the push."""
_OF_ONE_CHAT = ("card_update", "hand_over")
"""Kinds of push that do something to their conversation itself."""


def take_other_door(
    session: Session, push: Push, channels: Mapping[str, Channel], *, folder: Path, now: datetime
) -> bool:
    """Let the push go by the door, of those its person used, that can carry it now. False: there is none.

    `channels`: those this process sends for, by name; `folder`: the media folder.
    """
    for chat in _iter_doors(session, push):
        own = channels.get(chat.channel)
        if own is None or not own.declaration.capabilities.carries(push_from_json(push.kind, push.body)):
            continue
        if not own.can_send(routing.build_delivery(session, push, chat, own, folder=folder, now=now)):
            continue
        log.info("outbox.other_door", push=push.id, door=chat.id, before=push.chat_id)
        push.refused = [*(one for one in push.refused if one.startswith(_TRIED)), f"{_TRIED}{push.chat_id}"]
        push.chat_id, push.channel, push.not_before = chat.id, chat.channel, now
        push.lane = f"{chat.id}!" if push.urgent else str(chat.id)
        return True
    return False


def has_other_door(session: Session, push: Push) -> bool:
    """Whether a conversation is left that has not been tried."""
    return any(True for _ in _iter_doors(session, push))


def _iter_doors(session: Session, push: Push) -> Iterator[Chat]:
    chat = session.get_one(Chat, push.chat_id)
    if chat.use != ChatUse.DIRECT or push.kind in _OF_ONE_CHAT or chat.person_id is None:
        return
    tried = {push.chat_id, *(int(one[len(_TRIED) :]) for one in push.refused if one.startswith(_TRIED))}
    to_reporter = push.purpose in (PushPurpose.ANSWER, PushPurpose.REPLY)
    for door in doors.list_doors(session, session.get_one(Person, chat.person_id)):
        is_theirs = door.person_id == chat.person_id and door.provider == chat.provider
        if door.id not in tried and (to_reporter or is_theirs):
            yield door
