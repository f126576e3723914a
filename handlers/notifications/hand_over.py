"""A conversation goes from the bot to people, where the platform lets them answer it themselves."""

from datetime import datetime

from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.notifications import pushes
from models.messages import HandOverOrder, HandOverPush
from models.organisation import Chat, ChatUse
from models.pushes import PushPurpose


def hand_over(
    session: Session,
    chat: Chat,
    env: Environment,
    *,
    order: HandOverOrder,
    key: str,
    now: datetime,
    answers: int | None = None,
) -> bool:
    """Hand over the chat of somebody who wants a person, if its turn is before or after what is said there.

    Whether it is to be. `key`: what they wanted it with; `answers`: inbox id of the message, whose request
    may carry it. The desk is rung in any case.
    """
    channel = env.terse_channels.get(chat.channel)
    if channel is None or channel.hand_over is not order or chat.use != ChatUse.DIRECT:
        return False
    row = pushes.push_row(
        chat, HandOverPush(), key=f"hand_over:{key}", env=env, now=now, purpose=PushPurpose.RECEIPT,
        answers=answers if order is HandOverOrder.FIRST else None,
    )  # fmt: skip
    pushes.enqueue(session, row)
    return True
