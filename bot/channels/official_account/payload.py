"""What the callbacks of an official account say (official-account §2). Pure.

XML ──read_fields──> Fields ──build_envelope──> Envelope (for the inbox), with the window that it opens
                            ──build_incoming──> Incoming (for the handlers)

Nothing authentic is refused for what it contains: a kind that cannot be read says its kind, what is no
message is IGNORED. Only text that is no XML message raises RefusedInput.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import Envelope
from bot.channels.official_account.settings import EVENT, MESSAGE, OfficialAccountSettings
from bot.channels.xml_callback import (
    Fields,
    get_text,
    hash_text,
    read_event,
    read_fields,
    read_point,
    read_time,
)
from handlers.environment.areas import CRS
from models.account_ids import WECHAT
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from models.normalization import normalize_text

_TEXT = 64 * 1024
_SKEW = timedelta(seconds=5)
"""By so much the platform's clock and ours may differ: a window ends earlier for us."""
_NO_LABEL = "位置信息"
"""What the platform calls a location that its map has no name for."""
_SCENE = "qrscene_"
_FILES = {
    "image": PartKind.PHOTO,
    "voice": PartKind.VOICE,
    "video": PartKind.VIDEO,
    "shortvideo": PartKind.VIDEO,
}
_OTHERS = {"link": PartKind.LINK, "miniprogrampage": PartKind.MINI_PROGRAM}
_OPENING = frozenset({"subscribe", "scan", "click", "scancode_push", "scancode_waitmsg"})
"""Events after which the account may speak for a minute (§4)."""


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message or an event does."""

    kind: IncomingKind = IncomingKind.IGNORED
    parts: tuple[Part, ...] = ()
    click: Click | None = None
    scene: str = ""


def build_envelope(raw: str, settings: OfficialAccountSettings, *, now: datetime) -> Envelope:
    """The envelope of a message for the inbox, with the window that it opens. Raises RefusedInput."""
    raw = raw.replace("\0", "")  # which no database takes
    fields = read_fields(raw)
    sender = get_text(fields, "FromUserName")
    kind = _find_window(fields)
    handles: dict[str, str] = {}
    lifetimes: dict[str, timedelta] = {}
    if kind is not None:
        windows = settings.windows
        length = windows.message_length if kind == MESSAGE else windows.event_length
        # It began when the platform took the message, not when we did.
        left = min((read_time(fields) or now) + length - _SKEW - now, length)
        if left > timedelta():
            handles, lifetimes = {kind: "1"}, {kind: left}
    return Envelope(
        message_id=_find_message_id(fields, raw),
        chat_id=sender,
        sender=sender,
        raw=raw,
        handle=handles,
        handle_lifetimes=lifetimes,
    )


def build_incoming(raw: str, settings: OfficialAccountSettings, *, channel: str) -> Incoming:
    """The neutral form of a stored payload. Raises RefusedInput for text that is no XML message."""
    fields = read_fields(raw)
    sender = get_text(fields, "FromUserName")
    content = _read_event(fields) if read_event(fields) else _read_message(fields, settings.location_crs)
    return Incoming(
        channel=channel,
        message_id=_find_message_id(fields, raw),
        chat_id=sender,
        direct=True,
        sender=sender,
        provider=WECHAT,
        bot_name=settings.bot_name,
        kind=content.kind if sender else IncomingKind.IGNORED,
        parts=content.parts,
        click=content.click,
        scene=content.scene,
        sent_at=read_time(fields),
    )


# Messages -----------------------------------------------------------------------------------------


def _read_message(fields: Fields, crs: CRS) -> _Content:
    kind = get_text(fields, "MsgType").lower()
    if kind == "text" and (key := get_text(fields, "bizmsgmenuid")):
        return _Content(IncomingKind.CLICK, click=Click("", key))
    part = _read_part(fields, kind, crs)
    return _Content(IncomingKind.MESSAGE, (part,)) if part is not None else _Content()


def _read_part(fields: Fields, kind: str, crs: CRS) -> Part | None:
    """The message itself; None for a text without words."""
    if kind == "text":
        words = _read_words(fields, "Content")
        return Part(PartKind.TEXT, words) if words else None
    if kind in _FILES:
        media_id = get_text(fields, "MediaId", limit=1024)
        words = _read_words(fields, "Recognition") if kind == "voice" else ""
        return Part(_FILES[kind], words, media=MediaRef(media_id) if media_id else None)
    if kind == "location":
        label = get_text(fields, "Label").strip()
        return Part(PartKind.LOCATION, "" if label == _NO_LABEL else label, point=read_point(fields, crs))
    return Part(_OTHERS.get(kind, PartKind.OTHER))


def _read_words(fields: Fields, name: str) -> str:
    return normalize_text(get_text(fields, name, limit=_TEXT)).strip()


# Events -------------------------------------------------------------------------------------------


def _read_event(fields: Fields) -> _Content:
    """What is not here says nothing to a bot.

    VIEW, LOCATION (where somebody is who only opened the conversation), photos and places chosen by a menu
    (which come as messages too), results of sends.
    """
    key = get_text(fields, "EventKey")
    match read_event(fields):
        case "subscribe" | "scan":
            return _Content(IncomingKind.ENTER, scene=key.removeprefix(_SCENE))
        case "unsubscribe":
            return _Content(IncomingKind.LEFT)
        case "click" if key.startswith("/"):
            return _Content(IncomingKind.MESSAGE, (Part(PartKind.TEXT, key),))
        case "click":
            return _Content(IncomingKind.ENTER)
        case _:
            return _Content()


def _find_window(fields: Mapping[str, object]) -> str | None:
    """The window that the message opens; None where nothing may be said to it."""
    event = read_event(fields)
    if not event:
        return MESSAGE
    return EVENT if event in _OPENING else None


def _find_message_id(fields: Fields, raw: str) -> str:
    """What tells a message from all others of its sender, and is the same when it is delivered again.

    Events have no id: what happened when stands for it.
    """
    event, at = read_event(fields), get_text(fields, "CreateTime")
    if not event and (given := get_text(fields, "MsgId")):
        return given
    if event and at:
        return f"{event}:{at}:{get_text(fields, 'EventKey')}"
    return hash_text(raw)
