"""What the callbacks of a self-built app say (wecom-app.md §2). Pure.

XML ──read_fields──> Fields ──build_envelope──> Envelope (for the inbox)
                            ──build_incoming──> Incoming (for the handlers)

Nothing authentic is refused for what it contains: an event that nothing acts on is IGNORED.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.channels.app import contacts
from bot.channels.app.settings import HANDLE_LIFETIMES, RESPONSE_CODE, AppSettings
from bot.channels.base import Envelope
from bot.channels.xml_callback import (
    Fields,
    get_fields,
    get_items,
    get_text,
    hash_text,
    read_event,
    read_fields,
    read_point,
    read_time,
)
from handlers.environment.areas import CRS
from models.account_ids import WECOM, spell_account
from models.contacts import ContactChange
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from models.normalization import normalize_text

_TEXT = 64 * 1024
_FILES = {"image": PartKind.PHOTO, "voice": PartKind.VOICE, "video": PartKind.VIDEO, "file": PartKind.FILE}
_PRESSES = frozenset({"template_card_event", "template_card_menu_event"})
_WELCOMED = frozenset({"subscribe", "enter_agent"})
_ZONE = ZoneInfo("Asia/Shanghai")


def build_envelope(fields: Fields, raw: str) -> Envelope:
    """The envelope of a message for the inbox; `raw`: the XML it was read from."""
    raw = raw.replace("\0", "")  # which no database takes
    event = read_event(fields)
    sender = _read_sender(fields)
    code = get_text(fields, "ResponseCode", limit=1024) if event in _PRESSES else ""
    return Envelope(
        message_id=_find_message_id(fields, raw),
        chat_id=sender,
        sender=sender,
        raw=raw,
        handle={RESPONSE_CODE: code} if code else {},
        handle_lifetimes=HANDLE_LIFETIMES,
        urgent_reply=event in _PRESSES,
    )


def build_incoming(raw: str, settings: AppSettings, *, channel: str) -> Incoming:
    """The neutral form of a stored payload. Raises RefusedInput for text that is no XML message."""
    if (changes := contacts.read_payload(raw)) is not None:
        return _build_contacts(changes, settings, channel=channel, message_id=hash_text(raw))
    fields = read_fields(raw)
    sender = _read_sender(fields)
    if read_event(fields) == "change_contact" and sender == contacts.SYSTEM:
        change = contacts.read_change(fields)
        changes = (change,) if change is not None else ()
        message_id = _find_message_id(fields, raw)
        return _build_contacts(changes, settings, channel=channel, message_id=message_id)
    kind, parts, click = _read_content(fields, settings)
    return Incoming(
        channel=channel,
        message_id=_find_message_id(fields, raw),
        chat_id=sender,
        direct=True,
        sender=sender,
        provider=WECOM,
        bot_name=settings.bot_name,
        kind=kind if sender else IncomingKind.IGNORED,
        parts=parts,
        click=click,
        sent_at=read_time(fields),
    )


def _build_contacts(
    changes: tuple[ContactChange, ...], settings: AppSettings, *, channel: str, message_id: str
) -> Incoming:
    return Incoming(
        channel=channel,
        message_id=message_id,
        chat_id=contacts.SYSTEM,
        direct=True,
        sender=contacts.SYSTEM,
        provider=WECOM,
        bot_name=settings.bot_name,
        kind=IncomingKind.CONTACTS if changes else IncomingKind.IGNORED,
        contacts=changes,
    )


def _read_content(
    fields: Fields, settings: AppSettings
) -> tuple[IncomingKind, tuple[Part, ...], Click | None]:
    event = read_event(fields)
    if not event:
        part = _read_part(fields, settings.location_crs)
        return (IncomingKind.MESSAGE, (part,), None) if part else (IncomingKind.IGNORED, (), None)
    if event in _PRESSES:
        click = _read_click(fields)
        return (IncomingKind.CLICK if click else IncomingKind.IGNORED), (), click
    if event in _WELCOMED:
        return IncomingKind.ENTER, (), None
    words = _read_menu(get_text(fields, "EventKey"), settings.menu) if event == "click" else ""
    if words:
        return IncomingKind.MESSAGE, (Part(PartKind.TEXT, words),), None
    return IncomingKind.IGNORED, (), None


def _read_menu(key: str, menu: Mapping[str, str]) -> str:
    """What choosing an entry of the app's menu stands for; empty where nobody said."""
    return menu.get(key) or (key if key.startswith("/") else "")


def _read_part(fields: Fields, crs: CRS) -> Part | None:
    """The message itself; None for a text without words."""
    kind = get_text(fields, "MsgType").lower()
    if kind == "text":
        text = normalize_text(get_text(fields, "Content", limit=_TEXT))
        return Part(PartKind.TEXT, text) if text.strip() else None
    if kind in _FILES:
        media_id = get_text(fields, "MediaId", limit=1024)
        return Part(_FILES[kind], media=MediaRef(media_id) if media_id else None)
    if kind == "location":
        return Part(PartKind.LOCATION, get_text(fields, "Label"), point=read_point(fields, crs))
    return Part(PartKind.LINK if kind == "link" else PartKind.OTHER)


def _read_click(fields: Fields) -> Click | None:
    task_id, key = get_text(fields, "TaskId"), get_text(fields, "EventKey", limit=1024)
    if not (task_id or key):
        return None
    items = get_items(get_fields(fields, "SelectedItems"), "SelectedItem")
    selected = {
        get_text(item, "QuestionKey"): _read_choices(get_fields(item, "OptionIds"))
        for item in items
        if isinstance(item, dict)
    }
    return Click(task_id, key, selected)


def _read_choices(options: Fields) -> tuple[str, ...]:
    return tuple(one[:128] for one in get_items(options, "OptionId") if isinstance(one, str))


def _read_sender(fields: Fields) -> str:
    return spell_account(WECOM, get_text(fields, "FromUserName"))


def _find_message_id(fields: Fields, raw: str) -> str:
    """What tells a message from all others of its sender, and is the same when it is delivered again.

    Events have no id: their time and what they are about stand for one (wecom-app.md §2). Whoever opens the
    conversation is welcomed once a day.
    """
    event, at = read_event(fields), read_time(fields)
    if not event:
        return get_text(fields, "MsgId") or hash_text(raw)
    if at is None:
        return hash_text(raw)
    if event == "enter_agent":
        return f"enter_agent:{at.astimezone(_ZONE):%Y-%m-%d}"
    about = [
        get_text(fields, name, limit=1024) for name in ("EventKey", "TaskId", "ChangeType", "UserID", "Id")
    ]
    return f"{event}:{int(at.timestamp())}:{hash_text(chr(0).join(about))}"
