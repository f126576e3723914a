"""Alerts to the duty desk about gridbot itself: rule files not in force, messages that do not arrive.

Each is sent once a day; the day is part of the push's key, so any number of processes may try.
"""

from collections.abc import Iterable
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.notifications import pushes
from handlers.wording import alerts as say
from models.messages import TextPush
from models.organisation import Chat, ChatUse, Unit
from models.pushes import Push

log = structlog.get_logger()


def alert_stale_rules(session: Session, env: Environment, refused: Iterable[str], *, now: datetime) -> int:
    """Alert the duty desk to rule files that were refused; returns how many pushes were queued.

    `refused`: what is not in force, `packs` or `limits`.
    """
    day, told = env.local(now).date().isoformat(), 0
    for what in refused:
        for chat in pushes.duty_chats(session, None):
            key = f"stale:{what}:{day}:{chat.id}"
            if not pushes.find_queued(session, [key]):
                words = TextPush(say.STALE_RULES[what])
                pushes.enqueue(session, pushes.push_row(chat, words, key=key, env=env, now=now))
                told += 1
    return told


def alert_undelivered(session: Session, push: Push, env: Environment, *, now: datetime) -> bool:
    """Alert a duty desk to this dead letter, once a day for each chat; returns whether it did."""
    chat = session.get_one(Chat, push.chat_id)
    key = f"undelivered:{chat.id}:{env.local(now):%Y-%m-%d}"
    if pushes.find_queued(session, [key]):
        return False
    desk = _reachable_desk(session, chat)
    if desk is None:
        log.error("push.nobody_to_tell", chat=chat.code)
        return False
    words = say.undelivered_push(_display_name(session, chat), gone=chat.gone_at is not None)
    try:
        # Of two senders that park a push of one chat at once, one alerts; the rest of its transaction stands.
        with session.begin_nested():
            pushes.enqueue(session, pushes.push_row(desk, TextPush(words), key=key, env=env, now=now))
    except IntegrityError:
        log.info("push.undelivered_told_elsewhere", chat=chat.code)
        return False
    return True


def _reachable_desk(session: Session, chat: Chat) -> Chat | None:
    """The nearest chat of a duty desk that still exists and is not the chat itself; None: there is none."""
    others = session.scalars(select(Chat).where(Chat.use == ChatUse.DUTY).order_by(Chat.id))
    desks = [*pushes.duty_chats(session, chat.unit_id), *others]
    return next((desk for desk in desks if desk.id != chat.id and desk.gone_at is None), None)


def _display_name(session: Session, chat: Chat) -> str:
    """The group's name; of a direct conversation only the unit, since the alert is read in a group."""
    if chat.use == ChatUse.DIRECT:
        unit = session.get(Unit, chat.unit_id) if chat.unit_id else None
        return f"{unit.display_name if unit else ''}一位人员的私聊"
    return f"「{chat.name or chat.code}」"
