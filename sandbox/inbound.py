"""What people do in the chats: post, press, enter, rate. The bots concerned are notified."""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sandbox import cards, frames
from sandbox.tenant import Tenant
from sandbox.tickets import Ticket, TicketKind
from sandbox.wire import BAD_PARAMS, Json, PlatformError
from sandbox.world import Blob, Bot, Group, Message, Mode, Sender, SenderKind, single_chat_id

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """A message that a person posts, before it is checked."""

    chat: str
    """A chatid, or a bot id for the speaker's single chat with that bot."""
    user: str
    text: str = ""
    at_bot: bool | str = False
    """Mention the group's first bot, or the named one."""
    photos: list[Blob] = field(default_factory=list)
    voice: str | None = None
    video: Blob | None = None
    file: Blob | None = None
    other: Json | None = None
    """A message of a type that has no field here, as `Message.other`."""
    quote: str | None = None


async def say(tenant: Tenant, saying: UserMessage) -> tuple[Message, bool]:
    """Post a person's message; the message, and whether a bot was notified of it.

    Raises PlatformError where the person is not in the chat, the bot is not, or the message is empty.
    """
    group, bot = _find_addressee(tenant, saying)
    message = tenant.world.post(_build_message(tenant, saying, group=group, bot=bot))
    if bot is None or (group is not None and message.at_bot is None):
        return message, False
    tenant.world.pushable_chats.add((bot.bot_id, message.chat))
    ticket = _issue_ticket(tenant, bot, TicketKind.MESSAGE, chat=message.chat, user=saying.user)
    key = bot.aes_key if bot.mode is Mode.CALLBACK else ""
    body = frames.build_message_body(
        tenant.world,
        ticket,
        message,
        lambda blob: tenant.links.seal(blob, bot_key=key),
        options=tenant.options,
    )
    return message, await _notify_bot(tenant, bot, ticket, body)


async def click(
    tenant: Tenant, message_id: str, *, user: str, key: str, selected: dict[str, list[str]] | None = None
) -> bool:
    """Press a button of a card; every press notifies the bot, a second one too. False where it is offline.

    Raises PlatformError where the card has no such button or the person is not in the chat.
    """
    message = tenant.world.find_message(message_id)
    if message is None or message.card is None or message.sender.kind is not SenderKind.BOT:
        raise PlatformError(BAD_PARAMS, "这条消息没有可按的按钮")
    _check_member(tenant, message.chat, user)
    card = message.cards_for.get(user, message.card)
    if key not in cards.card_keys(card):
        raise PlatformError(BAD_PARAMS, "卡片上没有这个按钮")
    message.clicks.append({"user": user, "key": key, "at": tenant.clock.now()})
    tenant.world.touch(message)
    bot = tenant.world.bots[message.sender.id]
    ticket = _issue_ticket(tenant, bot, TicketKind.CARD, chat=message.chat, user=user, card=message.id)
    event = frames.build_card_event(card, key=key, selected=selected or {})
    return await _notify_bot(tenant, bot, ticket, frames.build_event_body(tenant.world, ticket, event))


async def enter(tenant: Tenant, bot_id: str, user: str) -> bool:
    """Open the single chat with a bot; the bot is notified once a day. Whether it was."""
    bot = _find_bot(tenant, bot_id)
    _check_member(tenant, single_chat_id(bot_id, user), user)
    today = dt.datetime.fromtimestamp(tenant.clock.now(), _SHANGHAI).date().isoformat()
    if (bot_id, user, today) in tenant.entered_days:
        return False
    tenant.entered_days.add((bot_id, user, today))
    ticket = _issue_ticket(tenant, bot, TicketKind.ENTER, chat=single_chat_id(bot_id, user), user=user)
    body = frames.build_event_body(tenant.world, ticket, {"eventtype": "enter_chat"})
    return await _notify_bot(tenant, bot, ticket, body)


async def rate(tenant: Tenant, message_id: str, *, user: str, verdict: Json) -> bool:
    """Rate an answer that carried feedback.id; whether the bot was notified."""
    message = tenant.world.find_message(message_id)
    if message is None or not message.feedback_id:
        raise PlatformError(BAD_PARAMS, "这条消息不能评价")
    bot = tenant.world.bots[message.sender.id]
    ticket = _issue_ticket(tenant, bot, TicketKind.FEEDBACK, chat=message.chat, user=user)
    event = {"eventtype": "feedback_event", "feedback_event": {"id": message.feedback_id, **verdict}}
    return await _notify_bot(tenant, bot, ticket, frames.build_event_body(tenant.world, ticket, event))


def _find_bot(tenant: Tenant, bot_id: str) -> Bot:
    if bot_id not in tenant.world.bots:
        raise PlatformError(BAD_PARAMS, f"没有机器人 {bot_id}")
    return tenant.world.bots[bot_id]


def _check_member(tenant: Tenant, chat: str, user: str) -> None:
    group = tenant.world.groups.get(chat)
    if user not in tenant.world.members:
        raise PlatformError(BAD_PARAMS, f"没有成员 {user}")
    if user not in (group.members if group else [chat.partition("/")[2]]):
        raise PlatformError(BAD_PARAMS, f"{tenant.world.member_name(user)}不在这个会话里")


def _find_addressee(tenant: Tenant, saying: UserMessage) -> tuple[Group | None, Bot | None]:
    """The group and the bot addressed in it; for a single chat, None and its bot."""
    group = tenant.world.groups.get(saying.chat)
    if group is None:
        bot = _find_bot(tenant, saying.chat.partition("/")[0])
        _check_member(tenant, single_chat_id(bot.bot_id, saying.user), saying.user)
        return None, bot
    _check_member(tenant, group.chatid, saying.user)
    if saying.at_bot is False:
        written = [tenant.world.bots[bot] for bot in group.bots]
        return group, next((bot for bot in written if f"@{bot.name}" in saying.text), None)
    wanted = saying.at_bot if isinstance(saying.at_bot, str) else None
    bot_found = tenant.world.find_group_bot(group, wanted)
    if bot_found is None:
        raise PlatformError(BAD_PARAMS, "群里没有这个机器人")
    return group, bot_found


def _build_message(tenant: Tenant, saying: UserMessage, *, group: Group | None, bot: Bot | None) -> Message:
    text = saying.voice if saying.voice is not None else saying.text
    # A voice message, a video, a file or a link has no room for a mention.
    bare = saying.voice is not None or saying.video or saying.file or saying.other
    called = None if bare or group is None else bot
    prefix = f"@{called.name}" if called and saying.at_bot else ""
    if prefix and not text.startswith(prefix):
        text = f"{prefix} {text}"
    message = Message(
        group.chatid if group else single_chat_id(bot.bot_id if bot else "", saying.user),
        Sender(SenderKind.USER, saying.user, tenant.world.member_name(saying.user)),
        _choose_msgtype(saying, text),
        tenant.clock.now(),
        text=text,
        photos=list(saying.photos),
        attachment=saying.video or saying.file,
        other=saying.other,
        at_bot=called.bot_id if called else None,
        quote=saying.quote if tenant.world.find_message(saying.quote or "") else None,
    )
    if not (text or message.photos or message.attachment or message.other):
        raise PlatformError(BAD_PARAMS, "没有可发送的内容")
    return message


def _choose_msgtype(saying: UserMessage, text: str) -> str:
    if saying.other is not None:
        return str(saying.other.get("msgtype"))
    if saying.voice is not None:
        return "voice"
    if saying.video:
        return "video"
    if saying.file:
        return "file"
    if saying.photos:
        return "mixed" if text or len(saying.photos) > 1 else "image"
    return "text"


def _issue_ticket(
    tenant: Tenant, bot: Bot, kind: TicketKind, *, chat: str, user: str, card: str | None = None
) -> Ticket:
    line = tenant.connections.get(bot.bot_id)
    connection = line.serial if line else 0
    return tenant.tickets.issue(kind, bot.bot_id, chat=chat, user=user, connection=connection, card=card)


async def _notify_bot(tenant: Tenant, bot: Bot, ticket: Ticket, body: Json) -> bool:
    with_url = ticket.kind in (TicketKind.MESSAGE, TicketKind.CARD)
    if with_url and (bot.mode is Mode.CALLBACK or tenant.options.response_url_in_socket):
        code = tenant.tickets.new_code(ticket)
        body["response_url"] = f"{tenant.links.base_url}/cgi-bin/aibot/response?response_code={code}"
    if bot.mode is Mode.CALLBACK:
        if tenant.callbacks is None or not bot.callback_url:
            tenant.stats.lost += 1
            return False
        tenant.callbacks.deliver(bot, ticket, body)
        return True
    return await send_to_socket(tenant, bot, ticket, body)


async def send_to_socket(tenant: Tenant, bot: Bot, ticket: Ticket, body: Json) -> bool:
    """Send a body over the bot's long connection. False where the frame is lost or queued for a replay."""
    line = tenant.connections.get(bot.bot_id)
    if line is not None and line.zombie and ticket.chat in tenant.world.groups:
        tenant.stats.dropped_by_zombie += 1
        return False
    cmd = "aibot_event_callback" if frames.is_event(ticket.kind) else "aibot_msg_callback"
    frame = {"cmd": cmd, "headers": {"req_id": ticket.req_id}, "body": body}
    if line is not None and await line.send(frame):
        return True
    tenant.stats.lost += 1
    if tenant.options.replay_on_subscribe:
        tenant.queued_frames.setdefault(bot.bot_id, []).append((ticket, body))
    return False


def build_disconnected_frame(bot_id: str, *, now: float) -> Json:
    """The frame that tells an older connection that a newer one took the bot; `now` is in Unix seconds."""
    body = {
        "msgid": secrets.token_hex(16),
        "create_time": int(now),
        "aibotid": bot_id,
        "msgtype": "event",
        "event": {"eventtype": "disconnected_event"},
    }
    return {
        "cmd": "aibot_event_callback",
        "headers": {"req_id": "SRV-" + secrets.token_hex(12)},
        "body": body,
    }
