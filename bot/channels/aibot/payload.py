"""What the AI bot's JSON says, in both of its modes (wecom-aibot.md §2, §3, §11). Pure.

text ──parse──> Body ──build_envelope──> Envelope (for the inbox)
                     ──build_incoming──> Incoming (for the handlers)

Nothing authentic is refused for what it contains: a message of a kind that cannot be read says its kind,
what is no message is IGNORED. Only text that is not a JSON object raises RefusedInput.
"""

import hashlib

from bot.channels.aibot.settings import HANDLE_LIFETIMES, REQ_ID, RESPONSE_URL, AibotSettings
from bot.channels.base import Envelope
from bot.channels.wecom.addressing import strip_address
from bot.channels.wecom.json_body import (
    MAX_BYTES,
    Body,
    dump,
    get_object,
    get_objects,
    get_text,
    parse,
    read_point,
    read_time,
)
from bot.channels.wecom.message_kinds import UNREADABLE_KINDS
from handlers.environment.areas import CRS
from models.account_ids import WECOM, spell_account
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from models.normalization import normalize_text

_ID = 256
_TEXT = MAX_BYTES
"""Of words nothing is lost: what is too long for a report is kept as a file."""
_PARTS = 50

WELCOME_PREFIX = "welcome "
"""Before the `req_id` of an `enter_chat` frame: it answers to another command than a message's."""

_FILES = {"image": PartKind.PHOTO, "video": PartKind.VIDEO, "file": PartKind.FILE}
_NO_MESSAGES = {"", "event", "stream"}
"""`stream` is the platform asking for more of an answer, not a person saying something."""


def event_type(body: Body) -> str:
    """The kind of event; empty for a message."""
    return get_text(get_object(body, "event"), "eventtype") if body.get("msgtype") == "event" else ""


def is_group(body: Body) -> bool:
    """Whether the message comes from a group, not from a direct conversation."""
    return get_text(body, "chattype") != "single" and bool(get_text(body, "chatid"))


def build_envelope(body: Body, *, req_id: str = "") -> Envelope:
    """The payload's envelope for the inbox; `req_id`: id of the frame it came in, empty for a callback."""
    raw = dump(body)
    event = event_type(body)
    marked = WELCOME_PREFIX + req_id if event == "enter_chat" and req_id else req_id
    handle = {REQ_ID: marked, RESPONSE_URL: get_text(body, RESPONSE_URL, limit=4096)}
    return Envelope(
        message_id=_message_id(body, raw),
        chat_id=_chat_id(body),
        sender=_sender_id(body),
        raw=raw,
        handle={kind: value for kind, value in handle.items() if value},
        handle_lifetimes=HANDLE_LIFETIMES,
        urgent_reply=event in {"template_card_event", "enter_chat"},
    )


def read(raw: str, settings: AibotSettings, *, channel: str) -> Incoming:
    """The neutral form of a stored payload for a bot with these settings. Raises RefusedInput."""
    return build_incoming(
        raw,
        channel=channel,
        bot_name=settings.bot_name,
        hears_all=settings.hears_all,
        location_crs=settings.location_crs,
    )


def build_incoming(
    raw: str, *, channel: str, bot_name: str, hears_all: bool = False, location_crs: CRS = CRS.GCJ02
) -> Incoming:
    """The neutral form of a stored payload.

    `bot_name` is the name people call the bot by; with `hears_all`, a group message need not address it;
    `location_crs`: what locations are counted in. Raises RefusedInput for text that is no JSON object.
    """
    body = parse(raw)
    sender, in_group = _sender_id(body), is_group(body)
    kind, click = _read_kind(body)
    parts = _read_parts(body, location_crs) if kind is IncomingKind.MESSAGE else ()
    quote = _strip_part_addresses(_read_parts(get_object(body, "quote"), location_crs), bot_name, guess=False)
    if kind is IncomingKind.MESSAGE and not (parts or quote):
        kind = IncomingKind.IGNORED
    return Incoming(
        channel=channel,
        message_id=_message_id(body, raw),
        chat_id=_chat_id(body),
        direct=not in_group,
        sender=sender,
        provider=WECOM,
        bot_name=bot_name,
        kind=kind if sender else IncomingKind.IGNORED,
        parts=_strip_part_addresses(parts, bot_name, guess=in_group and not hears_all),
        quote=quote,
        click=click,
        addressed=not (hears_all and in_group) or _mentions_bot(parts, bot_name),
        sent_at=read_time(body.get("create_time")),
    )


def _read_kind(body: Body) -> tuple[IncomingKind, Click | None]:
    if body.get("msgtype") != "event":
        return IncomingKind.MESSAGE, None
    event = event_type(body)
    if event == "enter_chat":
        return IncomingKind.ENTER, None
    click = _read_click(get_object(body, "event")) if event == "template_card_event" else None
    return (IncomingKind.CLICK if click else IncomingKind.IGNORED), click


def _read_click(event: Body) -> Click | None:
    # Documents and live frames nest the card's data, the SDK's type files do not.
    data = get_object(event, "template_card_event") or event
    task_id, key = get_text(data, "task_id"), get_text(data, "event_key")
    if not (task_id or key):
        return None
    items = get_objects(get_object(data, "selected_items"), "selected_item")
    selected = {get_text(item, "question_key"): _read_choices(item) for item in items}
    return Click(task_id, key, selected)


def _read_choices(item: Body) -> tuple[str, ...]:
    ids = item.get("option_ids")
    ids = ids.get("option_id") if isinstance(ids, dict) else ids
    ids = [ids] if isinstance(ids, str) else ids
    return tuple(one[:_ID] for one in ids[:_PARTS] if isinstance(one, str)) if isinstance(ids, list) else ()


def _read_parts(body: Body, crs: CRS) -> tuple[Part, ...]:
    if get_text(body, "msgtype") == "mixed":
        items = get_objects(get_object(body, "mixed"), "msg_item")[:_PARTS]
    else:
        items = [body]
    found = (_read_part(item, get_text(item, "msgtype"), crs) for item in items)
    return tuple(part for part in found if part is not None)


def _read_part(item: Body, msgtype: str, crs: CRS) -> Part | None:
    content = get_object(item, msgtype)
    if msgtype in {"text", "voice"}:
        text = normalize_text(get_text(content, "content", limit=_TEXT))
        words = text if text.strip() else ""
        # A voice without words is one that the platform could not hear.
        return Part(PartKind(msgtype), words) if words or msgtype == "voice" else None
    if msgtype in _FILES:
        return _read_file(content, _FILES[msgtype])
    if msgtype == "location":
        return _read_location(content, crs)
    return None if msgtype in _NO_MESSAGES else Part(UNREADABLE_KINDS.get(msgtype, PartKind.OTHER))


def _read_file(content: Body, kind: PartKind) -> Part:
    url = get_text(content, "url", limit=4096)
    name = get_text(content, "filename") or get_text(content, "name")
    ref = MediaRef(url, get_text(content, "aeskey") or None, name or None)
    return Part(kind, media=ref if url else None)


def _read_location(content: Body, crs: CRS) -> Part:
    """A location as the archive and customer service spell it; the bot's own documents have none."""
    title = get_text(content, "name") or get_text(content, "title")
    words = "，".join(word for word in (get_text(content, "address"), title) if word)
    return Part(PartKind.LOCATION, words, point=read_point(content, crs))


def _strip_part_addresses(parts: tuple[Part, ...], bot_name: str, *, guess: bool) -> tuple[Part, ...]:
    """Only the first words can be the address; a part that was nothing else is gone."""
    kept: list[Part] = []
    for part in parts:
        if part.kind is PartKind.TEXT:
            text = strip_address(part.text, bot_name, guess=guess).strip()
            guess = False
            if not text:
                continue
            part = Part(part.kind, text)  # noqa: PLW2901 - the same part, without the address
        kept.append(part)
    return tuple(kept)


def _mentions_bot(parts: tuple[Part, ...], bot_name: str) -> bool:
    return any(part.text != strip_address(part.text, bot_name, guess=False) for part in parts)


def _message_id(body: Body, raw: str) -> str:
    return get_text(body, "msgid") or "sha-" + hashlib.sha256(raw.encode()).hexdigest()


def _chat_id(body: Body) -> str:
    return get_text(body, "chatid") if is_group(body) else _sender_id(body)


def _sender_id(body: Body) -> str:
    return spell_account(WECOM, get_text(get_object(body, "from"), "userid"))
