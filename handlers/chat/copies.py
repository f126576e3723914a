"""One message that two channels bring: handled once, whichever comes first.

    bot      @网格助手 3栋路灯不亮 ──┐
                                      ├─ same group, sender and words, within ten seconds ─> one of them
    archive  @网格助手 3栋路灯不亮 ──┘

Source: wecom-archive.md §5. Both are noted under the group, whose ids on the two channels may differ.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from models.group_talk import KEPT_FOR, HeardMessage
from models.messages import Incoming, PartKind
from models.organisation import Chat

_APART = timedelta(seconds=10)
"""Between the times that two channels give to one message, at most."""


def lock_groups(session: Session, chats: Iterable[Chat]) -> None:
    """Lock the groups that two channels bring, in one order: who handles the other copy waits."""
    ids = sorted({chat.id for chat in chats if chat.archive_channel is not None})
    if ids:
        session.execute(
            select(Chat.id).where(Chat.id.in_(ids)).order_by(Chat.id).with_for_update(key_share=True)
        )


def note_message(inbound: InboundMessage) -> bool:
    """Note a message of a group that an archive reads; whether another channel brought it before."""
    chat, incoming = inbound.chat, inbound.incoming
    if chat.archive_channel is None and incoming.channel not in inbound.env.mute_channels:
        return False
    lock_groups(inbound.session, [chat])
    at, digest = incoming.sent_at or inbound.now, _digest(incoming)
    twin = _find_twin(inbound, digest, at)
    if twin is not None:
        twin.twin_inbox_id = inbound.inbox_id
    inbound.session.add(
        HeardMessage(
            channel=incoming.channel,
            message_id=incoming.message_id,
            inbox_id=inbound.inbox_id,
            chat_id=chat.id,
            person_id=inbound.person.id,
            digest=digest,
            at=at,
            twin_inbox_id=twin.inbox_id if twin is not None else None,
        )
    )
    inbound.session.flush()
    return twin is not None


def delete_old(session: Session, *, now: datetime) -> None:
    """Forget what no copy and no recall can come of any more."""
    session.execute(delete(HeardMessage).where(HeardMessage.at < now - KEPT_FOR))


def _find_twin(inbound: InboundMessage, digest: str, at: datetime) -> HeardMessage | None:
    """The oldest copy from another channel that has no twin yet: who says the same twice is heard twice."""
    alike = (
        select(HeardMessage)
        .where(HeardMessage.chat_id == inbound.chat.id, HeardMessage.digest == digest)
        .where(HeardMessage.person_id == inbound.person.id, HeardMessage.twin_inbox_id.is_(None))
        .where(HeardMessage.channel != inbound.incoming.channel)
        .where(HeardMessage.at.between(at - _APART, at + _APART))
        .order_by(HeardMessage.id)
        .limit(1)
    )
    return inbound.session.scalar(alike)


def _digest(incoming: Incoming) -> str:
    """Of the words without blanks, and of the kinds of files: the files themselves may not be there yet."""
    words = "".join(incoming.text.split())
    kinds = sorted(part.kind for part in incoming.parts if part.kind is not PartKind.TEXT)
    return hashlib.sha256("\n".join([words, *kinds]).encode()).hexdigest()
