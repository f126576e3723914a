"""A conversation goes from the bot to people, where the platform lets them answer it themselves."""

from datetime import datetime

from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.notifications import pushes
from models.messages import HandOverPush
from models.organisation import Chat, ChatUse
from models.pushes import PushPurpose


def hand_over(session: Session, chat: Chat, env: Environment, *, key: str, now: datetime) -> bool:
    """Hand the chat of somebody who wants a person over, behind what was said there. Whether it is to be.

    `key`: what they wanted it with; the desk is rung in any case.
    """
    channel = env.terse_channels.get(chat.channel)
    if channel is None or not channel.hands_over or chat.use != ChatUse.DIRECT:
        return False
    row = pushes.push_row(
        chat, HandOverPush(), key=f"hand_over:{key}", env=env, now=now, purpose=PushPurpose.RECEIPT
    )
    pushes.enqueue(session, row)
    return True
