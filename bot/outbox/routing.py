"""The route of a push: the chat's own channel, or the second one, which the chat has an address on.

What the two declare decides which goes first: an AI bot carries everything but rings
nobody; a group's webhook does, and does not depend on the bot's connection (protocols/README.md §2).
"""

import hashlib
import mimetypes
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from bot.channels.base import Channel, Delivery, Handle, IssuedHandle, StoredFile
from bot.outbox import send_records
from bot.outbox.files_at_hand import name_made_file
from handlers.environment import unit_chats
from handlers.wording import marks, reporter
from models import case_links
from models.inbox import ReplyHandle
from models.messages import (
    CardPush,
    CardUpdatePush,
    FilePush,
    PartKind,
    PhotoPush,
    PushBody,
    TextPush,
    push_from_json,
)
from models.organisation import Chat, ChatUse
from models.pushes import Push, PushPurpose
from models.reports import RECALLED, Media

PATIENCE = timedelta(seconds=15)
"""How long a push waits for its own channel to come back before it takes the second one."""

_KEPT_FOR_ANSWER = 2
"""Messages of a budget that steps leave to the answer: its picture, and its words with the rating."""


@dataclass(frozen=True, slots=True)
class Route:
    """A channel, and the delivery to hand to it."""

    channel: Channel
    delivery: Delivery


def pick_route(
    session: Session, push: Push, chat: Chat, channels: Mapping[str, Channel], *, folder: Path, now: datetime
) -> Route | None:
    """The best route open now; None where there is none yet. `folder`: the media folder."""
    own = channels.get(chat.channel)
    second = channels.get(chat.webhook_channel) if chat.webhook_channel else None
    delivery = build_delivery(session, push, chat, own, folder=folder, now=now)
    for channel in _order_channels(push, delivery.body, None if chat.gone_at else own, second, now=now):
        if channel.name not in push.refused and channel.can_send(delivery):
            return Route(channel, delivery)
    return None


def build_delivery(
    session: Session, push: Push, chat: Chat, own: Channel | None, *, folder: Path, now: datetime
) -> Delivery:
    """The push as a channel takes it. `own` is the chat's channel, whose reply handles come along."""
    body = push_from_json(push.kind, push.body)
    file = beside = None
    if isinstance(body, PhotoPush) and body.beside is not None:
        beside = _find_file(session, PhotoPush(body.beside), chat, folder, doubtful=False)
    if isinstance(body, PhotoPush | FilePush):
        file = name_made_file(body, folder) or _find_file(session, body, chat, folder, doubtful=push.doubtful)
        body = body if file is not None else TextPush(marks.FILE_WITHHELD)
    return Delivery(
        push_id=push.id,
        chat_id=chat.chat_id,
        direct=chat.use == ChatUse.DIRECT,
        body=_mark_resent(body) if push.doubtful else body,
        file=file,
        handles=_list_handles(session, chat, push, body, own, now=now),
        address=chat.webhook_key,
        doubtful=push.doubtful,
        beside=beside,
        is_result=push.result_event is not None,
    )


def name_page(session: Session, push: Push, delivery: Delivery, *, base_url: str) -> Delivery:
    """The delivery with the address of its reader's page, made just now; as it is where it names none."""
    body, token = delivery.body, ""
    if push.link_id is not None and isinstance(body, TextPush | CardPush):
        reader = session.get_one(Chat, push.chat_id).person_id
        token = case_links.issue_token(session, push.link_id, reader)
    if not token:
        return delivery
    address = case_links.build_address(base_url, token)
    if isinstance(body, CardPush):
        words = reporter.with_page(body.card.body, address, short=True)
        body = CardPush(replace(body.card, body=words, url=address))
    elif isinstance(body, TextPush):
        body = replace(body, text=reporter.with_page(body.text, address))
    return replace(delivery, body=body)


def is_past_budget(
    session: Session, push: Push, chat: Chat, own: Channel | None, *, folder: Path, now: datetime
) -> bool:
    """Whether the chat's channel may say no more there, however well it works, until somebody speaks."""
    if own is None or not own.declaration.is_terse:
        return False
    return not own.can_send(build_delivery(session, push, chat, own, folder=folder, now=now))


def credentials_name(channel: str, chat: Chat) -> str:
    """By what a route is told from those with other credentials: a webhook's are its address."""
    if channel != chat.webhook_channel:
        return channel
    return f"{channel}#{hashlib.sha256((chat.webhook_key or '').encode()).hexdigest()[:12]}"


def has_no_route(push: Push, chat: Chat) -> bool:
    """Whether every channel of this chat has refused the push, so that no route is left."""
    own = set() if chat.gone_at else {chat.channel}
    ways = own | ({chat.webhook_channel} if chat.webhook_channel else set())
    return ways <= set(push.refused)


def store_handle(session: Session, push: Push, issued: IssuedHandle, *, now: datetime) -> None:
    """Keep what changes the card that was just sent, where it is the card of a case."""
    if push.case_id is None or push.kind != "card":
        return
    handle = ReplyHandle(
        channel=push.channel,
        chat_id=session.get_one(Chat, push.chat_id).chat_id,
        message_id=push.body["card"]["task_id"],
        case_id=push.case_id,
        kind=issued.kind,
        value=issued.value,
        event=True,
        expires_at=now + issued.lifetime,
    )
    session.add(handle)


def _order_channels(
    push: Push, body: PushBody, own: Channel | None, second: Channel | None, *, now: datetime
) -> list[Channel]:
    """The channels to try, the best one first."""
    if second is None or not _may_take_over(second, body):
        return [own] if own is not None else []
    if own is None or not own.declaration.capabilities.carries(body):
        return [second]
    rings = isinstance(body, TextPush) and body.mentions and not own.declaration.capabilities.mention
    if rings and second.declaration.capabilities.mention:
        return [second, own]
    return [own] if _is_worth_waiting_for(own, push, now) else [own, second]


def _may_take_over(second: Channel, body: PushBody) -> bool:
    """A card is changed by the channel whose button was pressed, and by no other."""
    return not isinstance(body, CardUpdatePush) and second.declaration.capabilities.carries(body)


def _is_worth_waiting_for(own: Channel, push: Push, now: datetime) -> bool:
    """A connection comes back by itself; a channel that only answers waits for somebody to speak."""
    recovers = not own.declaration.capabilities.answers_only and own.name not in push.refused
    return recovers and not push.urgent and now - push.created_at < PATIENCE


def _mark_resent(body: PushBody) -> PushBody:
    """What may arrive a second time says so. A card's task id keeps it single too, where a platform looks."""
    match body:
        case TextPush(text=text):
            return replace(body, text=marks.with_resend_note(text))
        case CardPush(card=card):
            return CardPush(replace(card, desc=marks.with_resend_mark(card.desc)))
        case PhotoPush(caption=caption):
            return replace(body, caption=marks.with_resend_note(caption).strip())
        case _:
            return body


def _find_file(
    session: Session, body: PhotoPush | FilePush, chat: Chat, folder: Path, *, doubtful: bool
) -> StoredFile | None:
    """The copy that may leave to this chat; None where there is none.

    Every file passes here, whatever the channel. An original never leaves, since a photo or a video says
    where and when it was taken. Of a voice, by which people know whose it is, the copy to be played goes to
    the duty desk and nowhere else.
    """
    media = session.get(Media, body.media)
    # It may be gone: kept for long enough, or the data of somebody who asked for that.
    name = _choose_copy(session, media, body, chat) if media is not None else None
    if media is None or name is None or media.role == RECALLED:
        return None
    path = folder / name
    # People see this name when they save it: what it shows says more than a hash.
    is_voice = media.kind == PartKind.VOICE
    shows = marks.VOICE_NAME if is_voice else marks.PHOTO_NAMES.get(media.role, media.role)
    if doubtful and isinstance(body, FilePush):
        shows = marks.with_resend_mark(shows)
    # The copy is of another kind than the original.
    mime = mimetypes.guess_type(path.name)[0] or media.mime
    return StoredFile(path=path, name=f"{shows}-{media.id}{path.suffix}", mime=mime)


def _choose_copy(session: Session, media: Media, body: PhotoPush | FilePush, chat: Chat) -> str | None:
    """Path of the copy, relative to the media folder; a video as a photo is a still picture of it."""
    match media.kind:
        case PartKind.VOICE:
            return media.play_path if unit_chats.may_play_voices(session, chat) else None
        case PartKind.VIDEO if isinstance(body, PhotoPush):
            return media.poster_path
        case _:
            return media.clean_path


def _list_handles(
    session: Session, chat: Chat, push: Push, body: PushBody, own: Channel | None, *, now: datetime
) -> tuple[Handle, ...]:
    """The reply handles that the push may use; of those with a budget, the ones with room in it."""
    if own is None or not own.declaration.handle_lifetimes:
        return ()
    if not own.declaration.is_terse:
        kinds = list(own.declaration.handle_lifetimes)
        return _load_handles(session, chat, push, body, kinds, now=now)
    found: list[Handle] = []
    for kind, budget in own.declaration.budgets.items():
        # Whoever speaks anew opens a new window, and the one before is over.
        newest = _load_handles(session, chat, push, body, [kind], now=now)[:1]
        is_step = push.purpose == PushPurpose.ANSWER and not tells_result(push)
        kept = min(_KEPT_FOR_ANSWER, budget // 2) if is_step else 0
        found += [handle for handle in newest if send_records.count_uses(session, handle) < budget - kept]
    return tuple(found)


def tells_result(push: Push) -> bool:
    """Whether it says, or shows, what came of a matter, or what the desk answers."""
    return push.result_event is not None or push.kind == "photo" or push.purpose == PushPurpose.REPLY


def _load_handles(
    session: Session, chat: Chat, push: Push, body: PushBody, kinds: Collection[str], *, now: datetime
) -> tuple[Handle, ...]:
    """Unused handles of these kinds in this chat, newest first; for a card update, those of its press."""
    wanted = {"channel": chat.channel, "chat_id": chat.chat_id, "kinds": list(kinds), "now": now}
    if isinstance(body, CardUpdatePush):
        pressed = {"message_id": body.message_id, "inbox_id": push.answers}
        found = session.scalars(_select_handles(of_press=True), wanted | pressed)
    else:
        found = session.scalars(_select_handles(of_press=False), wanted)
    return tuple(Handle(id=h.id, kind=h.kind, value=h.value, event=h.event) for h in found)


@cache
def _select_handles(*, of_press: bool) -> Select[ReplyHandle]:
    """The newest unused handles of a chat; built once, since to build it took longer than to run it."""
    query = select(ReplyHandle).where(
        ReplyHandle.channel == bindparam("channel"),
        ReplyHandle.chat_id == bindparam("chat_id"),
        ReplyHandle.kind.in_(bindparam("kinds", expanding=True)),
        ReplyHandle.used_at.is_(None),
        ReplyHandle.expires_at > bindparam("now"),
    )
    if of_press:
        # Two people of a group may press with one message id; rows of older versions name no message.
        its_own = or_(ReplyHandle.inbox_id.is_(None), ReplyHandle.inbox_id == bindparam("inbox_id"))
        query = query.where(ReplyHandle.message_id == bindparam("message_id"), its_own)
    return query.order_by(ReplyHandle.id.desc()).limit(4)
