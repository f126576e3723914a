"""Messages from bots: checked the way the platform checks them, then shown in the chat."""

import base64
import binascii
import hashlib

from sandbox import cards, media, uploads
from sandbox.tenant import Tenant
from sandbox.tickets import Ticket
from sandbox.wire import (
    BAD_MSGTYPE,
    BAD_PARAMS,
    Json,
    PlatformError,
    read_items,
    read_object,
    read_string,
    read_strings,
)
from sandbox.world import Blob, Bot, Message, Sender, SenderKind

MEDIA = frozenset({"image", "file", "voice", "video"})
PUSH = MEDIA | {"markdown", "template_card"}
RESPOND = PUSH | {"stream"}
WELCOME = frozenset({"text", "template_card"})
PASSIVE = frozenset({"stream", "template_card", "stream_with_template_card"})
RESPONSE_URL = frozenset({"markdown", "template_card"})

CONTENT_BYTES = 20480
_PICTURE_BYTES = 10 * 1024 * 1024


def push(tenant: Tenant, bot: Bot, body: Json, *, chat: str, allowed: frozenset[str]) -> Message:
    """Check a proactive message, count it against the rate limit, post it. Raises PlatformError."""
    draft = _build_draft(tenant, bot, body, chat=chat, allowed=allowed)
    tenant.take_chat_quota(bot, chat)
    return _post_draft(tenant, bot, draft)


def respond(
    tenant: Tenant, bot: Bot, body: Json, *, ticket: Ticket, allowed: frozenset[str], pictures: bool
) -> Message:
    """Answer a message; a stream frame replaces the content of its bubble. Raises PlatformError.

    `pictures`: whether a stream may carry pictures on this connection.
    """
    msgtype = _check_msgtype(body, allowed)
    if msgtype in ("stream", "stream_with_template_card"):
        message = _update_stream(tenant, bot, body, ticket=ticket, pictures=pictures)
        if "template_card" in body and msgtype != "stream":
            card = {"msgtype": "template_card", "template_card": body["template_card"]}
            push(tenant, bot, card, chat=ticket.chat, allowed=frozenset({"template_card"}))
        return message
    return push(tenant, bot, body, chat=ticket.chat, allowed=allowed)


def update_card(tenant: Tenant, body: Json, *, ticket: Ticket) -> Message:
    """Replace the card whose button was pressed, for everyone or for `userids`. Raises PlatformError."""
    if body.get("response_type") != "update_template_card":
        raise PlatformError(BAD_PARAMS, "response_type must be update_template_card")
    card = read_object(body, "template_card")
    cards.check_card(card, update=True)
    message = tenant.world.find_message(ticket.card_message or "")
    if message is None or message.card is None:
        raise PlatformError(BAD_PARAMS, "the card is gone")
    card = {**card, "task_id": message.card.get("task_id")}
    userids = read_strings(body, "userids")
    if userids:
        message.cards_for |= dict.fromkeys(userids, card)
    else:
        message.card = card
        message.cards_for = {}
    tenant.world.touch(message)
    return message


def _check_msgtype(body: Json, allowed: frozenset[str]) -> str:
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in allowed:
        raise PlatformError(BAD_MSGTYPE, f"invalid message type {msgtype}")
    return msgtype


def _build_draft(tenant: Tenant, bot: Bot, body: Json, *, chat: str, allowed: frozenset[str]) -> Message:
    msgtype = _check_msgtype(body, allowed)
    draft = _build_empty(tenant, bot, chat, msgtype)
    part = read_object(body, msgtype)
    if msgtype in MEDIA:
        _fill_media(tenant, bot, part, draft=draft)
    elif msgtype == "template_card":
        _fill_card(tenant, bot, part, draft=draft)
    else:
        draft.text = read_string(part, "content", limit=CONTENT_BYTES)
    _fill_feedback(part, draft)
    return draft


def _build_empty(tenant: Tenant, bot: Bot, chat: str, msgtype: str) -> Message:
    sender = Sender(SenderKind.BOT, bot.bot_id, bot.name)
    return Message(chat, sender, msgtype, tenant.clock.now())


def _post_draft(tenant: Tenant, bot: Bot, draft: Message) -> Message:
    message = tenant.world.post(draft)
    if message.card and message.card.get("task_id"):
        tenant.world.used_tasks[bot.bot_id, message.card["task_id"]] = message.id
    return message


def _fill_card(tenant: Tenant, bot: Bot, part: Json, *, draft: Message) -> None:
    cards.check_card(part)
    if (bot.bot_id, str(part.get("task_id"))) in tenant.world.used_tasks:
        raise PlatformError(tenant.options.used_task_code, "template_card: task_id was used before")
    draft.card = part


def _fill_feedback(part: Json, draft: Message) -> None:
    if "feedback" in part:
        draft.feedback_id = read_string(read_object(part, "feedback"), "id", limit=256)


def _fill_media(tenant: Tenant, bot: Bot, part: Json, *, draft: Message) -> None:
    uploads.attach_file(tenant, bot.bot_id, part, draft)
    for key, limit in (("title", 64), ("description", 512)):
        if draft.msgtype == "video" and part.get(key):
            draft.caption[key] = read_string(part, key, limit=limit)


def _update_stream(tenant: Tenant, bot: Bot, body: Json, *, ticket: Ticket, pictures: bool) -> Message:
    part = read_object(body, "stream")
    stream_id = read_string(part, "id", limit=256)
    finish = part.get("finish") is True
    content = read_string(part, "content", limit=CONTENT_BYTES) if part.get("content") or finish else ""
    shown = _decode_stream_pictures(tenant, part, finish=finish, allowed=pictures)
    stream = tenant.tickets.find_stream(ticket, stream_id)
    if stream is None:
        tenant.take_chat_quota(bot, ticket.chat)
        message = tenant.world.post(_build_empty(tenant, bot, ticket.chat, "stream"))
        stream = tenant.tickets.start_stream(ticket, stream_id, message)
    elif tenant.options.count_stream_frames:
        tenant.take_chat_quota(bot, ticket.chat)
    stream.finished = finish
    found = stream.message
    found.text, found.open_stream, found.photos = content, not finish, shown
    _fill_feedback(part, found)
    tenant.world.touch(found)
    return found


def _decode_stream_pictures(tenant: Tenant, part: Json, *, finish: bool, allowed: bool) -> list[Blob]:
    rows = read_items(part, "msg_item")
    if not rows:
        return []
    if not allowed:
        raise PlatformError(BAD_PARAMS, "stream.msg_item is not supported on a long connection")
    if not finish or len(rows) > 10:
        raise PlatformError(BAD_PARAMS, "stream.msg_item: at most 10 images, with finish only")
    return [
        decode_picture(tenant, read_object(row, "image"), limit=_PICTURE_BYTES, code=BAD_PARAMS)
        for row in rows
    ]


def decode_picture(tenant: Tenant, image: Json, *, limit: int, code: int) -> Blob:
    """A JPG or PNG given as base64 with the md5 of its bytes, at most `limit` bytes.

    Raises PlatformError with `code` for anything else.
    """
    try:
        data = base64.b64decode(read_string(image, "base64"), validate=True)
    except binascii.Error as error:
        raise PlatformError(code, "image.base64 is not base64") from error
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != image.get("md5"):
        raise PlatformError(code, "image.md5 does not match")
    mime = media.sniff_mime(data)
    if mime not in ("image/png", "image/jpeg") or len(data) > limit:
        raise PlatformError(code, "image must be JPG or PNG and within the size limit")
    return tenant.world.store_blob(data, name="图片." + mime.removeprefix("image/"), mime=mime)
