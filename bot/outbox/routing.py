"""Which way a push may leave: the chat's own channel, or its group webhook.

The bot's own channel carries everything but cannot ring anybody; the webhook can, and it does not
depend on the bot's connection (protocols/README.md §2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.base import Channel, Delivery, Handle, StoredFile
from handlers.wording import marks
from models.inbox import ReplyHandle
from models.messages import (
    CardUpdatePush,
    FilePush,
    PhotoPush,
    PushBody,
    TextPush,
    push_from_json,
)
from models.organisation import Chat, ChatUse
from models.pushes import Push
from models.reports import Media

PATIENCE = timedelta(seconds=15)
"""How long a push waits for its own channel to come back before it takes the webhook."""


@dataclass(frozen=True, slots=True)
class Route:
    channel: Channel
    delivery: Delivery


def pick_route(
    session: Session, push: Push, chat: Chat, channels: Mapping[str, Channel], *, folder: Path, now: datetime
) -> Route | None:
    """The best way open now; None where there is none yet."""
    body = push_from_json(push.kind, push.body)
    delivery = build_delivery(session, push, chat, folder=folder, now=now)
    own = channels.get(chat.channel)
    patient = own is not None and own.can_recover and not push.urgent
    for name in _order_channels(push, body, chat, patient=patient, now=now):
        channel = channels.get(name)
        if channel is not None and name not in push.refused and channel.can_send(delivery):
            return Route(channel, delivery)
    return None


def build_delivery(session: Session, push: Push, chat: Chat, *, folder: Path, now: datetime) -> Delivery:
    """The push as a channel takes it."""
    body = push_from_json(push.kind, push.body)
    return Delivery(
        push_id=push.id,
        chat_id=chat.chat_id,
        direct=chat.use == ChatUse.DIRECT,
        body=_mark_resent(body) if push.doubtful else body,
        file=_find_file(session, body, folder),
        handles=_load_handles(session, chat, body, now=now),
        webhook_key=chat.webhook_key,
        doubtful=push.doubtful,
    )


def has_no_route(push: Push, chat: Chat) -> bool:
    """Whether no route of this chat will ever take it."""
    own = set() if chat.gone_at else {chat.channel}
    ways = own | ({chat.webhook_channel} if chat.webhook_channel else set())
    return ways <= set(push.refused)


def _order_channels(push: Push, body: PushBody, chat: Chat, *, patient: bool, now: datetime) -> list[str]:
    own = [] if chat.gone_at else [chat.channel]
    if chat.webhook_channel is None or isinstance(body, CardUpdatePush):
        return own
    if isinstance(body, TextPush) and body.mentions:
        return [chat.webhook_channel, *own]
    waits = patient and not chat.gone_at and chat.channel not in push.refused
    if waits and now - push.created_at < PATIENCE:
        return own
    return [*own, chat.webhook_channel]


def _mark_resent(body: PushBody) -> PushBody:
    """Words that may arrive a second time say so; a card's task id already keeps it single."""
    if isinstance(body, TextPush):
        return TextPush(marks.with_resend_note(body.text), body.mentions)
    return body


def _find_file(session: Session, body: PushBody, folder: Path) -> StoredFile | None:
    if not isinstance(body, PhotoPush | FilePush):
        return None
    media = session.get_one(Media, body.media)
    path = folder / (media.clean_path or media.path)
    # People see this name when they save it: what it shows says more than a hash.
    shows = marks.PHOTO_NAMES.get(media.role, media.role)
    return StoredFile(path=path, name=f"{shows}-{media.id}{path.suffix}", mime=media.mime)


def _load_handles(session: Session, chat: Chat, body: PushBody, *, now: datetime) -> tuple[Handle, ...]:
    """Ways to answer in this chat, newest first; for a card update, those of that press only."""
    query = select(ReplyHandle).where(
        ReplyHandle.channel == chat.channel,
        ReplyHandle.chat_id == chat.chat_id,
        ReplyHandle.used_at.is_(None),
        ReplyHandle.expires_at > now,
    )
    if isinstance(body, CardUpdatePush):
        query = query.where(ReplyHandle.message_id == body.message_id)
    found = session.scalars(query.order_by(ReplyHandle.id.desc()).limit(4))
    return tuple(Handle(id=h.id, kind=h.kind, value=h.value, event=h.event) for h in found)
