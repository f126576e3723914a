"""A push that will not arrive is told to the duty desk: once a day for each chat.

The desk that looks after the chat hears of it; where that desk's own chat is the one that cannot
be reached, the next one that can. Nothing of what the push said is repeated.
"""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handlers import pushing
from handlers.office import Office
from handlers.wording import nightly as say
from models.messages import TextPush
from models.organisation import Chat, ChatUse, Unit
from models.pushes import Push

log = structlog.get_logger()


def tell(session: Session, push: Push, office: Office, *, now: datetime) -> bool:
    """Tell of this dead letter, unless one of its chat was told today. Whether it was."""
    chat = session.get_one(Chat, push.chat_id)
    key = f"undelivered:{chat.id}:{office.local(now):%Y-%m-%d}"
    if pushing.written(session, [key]):
        return False
    desk = _desk(session, chat)
    if desk is None:
        log.error("push.nobody_to_tell", chat=chat.code)
        return False
    words = say.undelivered(_called(session, chat), gone=chat.gone_at is not None)
    try:
        # Of two senders that park a push of one chat at once, one tells; what else it settles stands.
        with session.begin_nested():
            pushing.write(session, pushing.row(desk, TextPush(words), key=key, office=office, now=now))
    except IntegrityError:
        log.info("push.undelivered_told_elsewhere", chat=chat.code)
        return False
    return True


def _desk(session: Session, chat: Chat) -> Chat | None:
    """The nearest desk that can be reached, which is not the chat itself."""
    others = session.scalars(select(Chat).where(Chat.use == ChatUse.DUTY).order_by(Chat.id))
    desks = [*pushing.duty_chats(session, chat.unit_id), *others]
    return next((desk for desk in desks if desk.id != chat.id and desk.gone_at is None), None)


def _called(session: Session, chat: Chat) -> str:
    """The group by name; whose direct conversation it is, a group need not read."""
    if chat.use == ChatUse.DIRECT:
        unit = session.get(Unit, chat.unit_id) if chat.unit_id else None
        return f"{unit.called if unit else ''}一位人员的私聊"
    return f"「{chat.name or chat.code}」"
