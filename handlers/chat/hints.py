"""What is said to a person at most once a day, however often it would fit."""

from handlers.chat.inbound import InboundMessage
from handlers.notifications import pushes, relays
from models.messages import TextPush
from models.pushes import PushPurpose


def reply_once_a_day(inbound: InboundMessage, hint: str, words: str) -> bool:
    """Reply with these words, unless this person was given this hint today; whether it was said.

    `hint`: what it is, the same for all wordings of it. Today is the local day of the message.
    """
    key = f"hint:{hint}:{inbound.person.id}:{inbound.env.local(inbound.now):%Y-%m-%d}"
    if pushes.find_queued(inbound.session, [key]):
        return False
    rows = relays.build_rows(
        inbound.session, inbound.chat, TextPush(words), person_id=inbound.person.id, key=key,
        env=inbound.env, now=inbound.now, purpose=PushPurpose.RECEIPT, answers=inbound.inbox_id,
    )  # fmt: skip
    pushes.enqueue(inbound.session, *rows)
    return True
