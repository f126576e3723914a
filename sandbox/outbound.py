"""What a bot says: checked the way the platform checks it, then shown in the chat."""

import base64
import binascii
import hashlib

from sandbox import cards, media
from sandbox.tenant import Tenant
from sandbox.tickets import Ticket
from sandbox.wire import BAD_MSGTYPE, BAD_PARAMS, Json, Refused, items, obj, string, strings
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
    """Check a message that stands on its own, count it, show it."""
    draft = _draft(tenant, bot, body, chat=chat, allowed=allowed)
    tenant.take_chat(bot, chat)
    return _post(tenant, bot, draft)


def respond(
    tenant: Tenant, bot: Bot, body: Json, *, ticket: Ticket, allowed: frozenset[str], pictures: bool
) -> Message:
    """Answer a message; a stream frame replaces the content of its bubble."""
    msgtype = _msgtype(body, allowed)
    if msgtype in ("stream", "stream_with_template_card"):
        message = _stream(tenant, bot, body, ticket=ticket, pictures=pictures)
        if "template_card" in body and msgtype != "stream":
            card = {"msgtype": "template_card", "template_card": body["template_card"]}
            push(tenant, bot, card, chat=ticket.chat, allowed=frozenset({"template_card"}))
        return message
    return push(tenant, bot, body, chat=ticket.chat, allowed=allowed)


def update_card(tenant: Tenant, body: Json, *, ticket: Ticket) -> Message:
    """Replace the card whose button was pressed, for everyone or for `userids`."""
    if body.get("response_type") != "update_template_card":
        raise Refused(BAD_PARAMS, "response_type must be update_template_card")
    card = obj(body, "template_card")
    cards.check_card(card, update=True)
    message = tenant.world.message(ticket.card_message or "")
    if message is None or message.card is None:
        raise Refused(BAD_PARAMS, "the card is gone")
    card = {**card, "task_id": message.card.get("task_id")}
    userids = strings(body, "userids")
    if userids:
        message.cards_for |= dict.fromkeys(userids, card)
    else:
        message.card = card
        message.cards_for = {}
    tenant.world.touch(message)
    return message


def _msgtype(body: Json, allowed: frozenset[str]) -> str:
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in allowed:
        raise Refused(BAD_MSGTYPE, f"invalid message type {msgtype}")
    return msgtype


def _draft(tenant: Tenant, bot: Bot, body: Json, *, chat: str, allowed: frozenset[str]) -> Message:
    msgtype = _msgtype(body, allowed)
    draft = _empty(tenant, bot, chat, msgtype)
    part = obj(body, msgtype)
    if msgtype in MEDIA:
        _fill_media(tenant, bot, part, draft=draft)
    elif msgtype == "template_card":
        _fill_card(tenant, bot, part, draft=draft)
    else:
        draft.text = string(part, "content", limit=CONTENT_BYTES)
    _fill_feedback(part, draft)
    return draft


def _empty(tenant: Tenant, bot: Bot, chat: str, msgtype: str) -> Message:
    sender = Sender(SenderKind.BOT, bot.bot_id, bot.name)
    return Message(chat, sender, msgtype, tenant.clock.now())


def _post(tenant: Tenant, bot: Bot, draft: Message) -> Message:
    message = tenant.world.post(draft)
    if message.card and message.card.get("task_id"):
        tenant.world.used_tasks[bot.bot_id, message.card["task_id"]] = message.id
    return message


def _fill_card(tenant: Tenant, bot: Bot, part: Json, *, draft: Message) -> None:
    cards.check_card(part)
    if (bot.bot_id, str(part.get("task_id"))) in tenant.world.used_tasks:
        raise Refused(tenant.options.used_task_code, "template_card: task_id was used before")
    draft.card = part


def _fill_feedback(part: Json, draft: Message) -> None:
    if "feedback" in part:
        draft.feedback_id = string(obj(part, "feedback"), "id", limit=256)


def _fill_media(tenant: Tenant, bot: Bot, part: Json, *, draft: Message) -> None:
    blob = tenant.media_ids.find(bot.bot_id, draft.msgtype, part.get("media_id"))
    if draft.msgtype == "image":
        draft.photos.append(blob)
        return
    draft.attachment = blob
    for key, limit in (("title", 64), ("description", 512)):
        if draft.msgtype == "video" and part.get(key):
            draft.caption[key] = string(part, key, limit=limit)


def _stream(tenant: Tenant, bot: Bot, body: Json, *, ticket: Ticket, pictures: bool) -> Message:
    part = obj(body, "stream")
    stream_id = string(part, "id", limit=256)
    finish = part.get("finish") is True
    content = string(part, "content", limit=CONTENT_BYTES) if part.get("content") or finish else ""
    shown = _stream_pictures(tenant, part, finish=finish, allowed=pictures)
    stream = tenant.tickets.stream(ticket, stream_id)
    if stream is None:
        tenant.take_chat(bot, ticket.chat)
        message = tenant.world.post(_empty(tenant, bot, ticket.chat, "stream"))
        stream = tenant.tickets.start_stream(ticket, stream_id, message)
    elif tenant.options.count_stream_frames:
        tenant.take_chat(bot, ticket.chat)
    stream.finished = finish
    found = stream.message
    found.text, found.open_stream, found.photos = content, not finish, shown
    _fill_feedback(part, found)
    tenant.world.touch(found)
    return found


def _stream_pictures(tenant: Tenant, part: Json, *, finish: bool, allowed: bool) -> list[Blob]:
    rows = items(part, "msg_item")
    if not rows:
        return []
    if not allowed:
        raise Refused(BAD_PARAMS, "stream.msg_item is not supported on a long connection")
    if not finish or len(rows) > 10:
        raise Refused(BAD_PARAMS, "stream.msg_item: at most 10 images, with finish only")
    return [picture(tenant, obj(row, "image"), limit=_PICTURE_BYTES, code=BAD_PARAMS) for row in rows]


def picture(tenant: Tenant, image: Json, *, limit: int, code: int) -> Blob:
    """An image given as base64 with the md5 of its bytes."""
    try:
        data = base64.b64decode(string(image, "base64"), validate=True)
    except binascii.Error as error:
        raise Refused(code, "image.base64 is not base64") from error
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != image.get("md5"):
        raise Refused(code, "image.md5 does not match")
    mime = media.sniff(data)
    if mime not in ("image/png", "image/jpeg") or len(data) > limit:
        raise Refused(code, "image must be JPG or PNG and within the size limit")
    return tenant.world.keep(data, name="图片." + mime.removeprefix("image/"), mime=mime)
