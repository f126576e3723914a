"""What the archive's JSON says (wecom-archive.md §3). Pure.

text ──parse──> Body ──sort──> a message of a group, a recall, a consent, or nothing of ours
                     ──build_envelope──> Envelope ──build_incoming──> Incoming

Kinds come and go: one that is not known says its kind and no more.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.channels.base import Envelope, RefusedInput
from bot.channels.wecom import json_body
from bot.channels.wecom.addressing import strip_address
from bot.channels.wecom.json_body import Body, dump, get_object, get_text, read_place_names, read_point
from bot.channels.wecom.message_kinds import UNREADABLE_KINDS
from handlers.environment.areas import CRS
from models.account_ids import WECOM, spell_account
from models.group_talk import RECALL
from models.messages import Incoming, IncomingKind, MediaRef, Part, PartKind
from models.normalization import normalize_text

_FILES = {
    "image": PartKind.PHOTO, "voice": PartKind.VOICE, "video": PartKind.VIDEO, "file": PartKind.FILE,
}  # fmt: skip
_WORDS = frozenset({"text", "markdown"})
_CONSENTS = {"agree": True, "disagree": False}
_NO_MESSAGES = frozenset({"", "revoke", *_CONSENTS})
_FIELD_OF = {"markdown": "info", "news": "info", "docmsg": "doc"}
"""Where the object of a kind bears another name."""
_ITEMS = 50
_OUTSIDE = re.compile(r"w[mo][A-Za-z0-9_-]{1,62}")
_ROBOT = re.compile(r"wb(?=[a-z0-9_-]{0,62}[A-Z])[A-Za-z0-9_-]{1,62}")
"""Ids of robots have capitals; `wbzhang` is a member."""
_QUOTES = (
    # As WeCom's own client writes a reply, and as WeChat's does.
    re.compile(
        r"\A这是一条引用/回复消息：\s{0,4}\n[\"“](?P<quoted>.{0,4000}?)[\"”]\s{0,4}\n-{4,20}\s{0,4}\n",
        re.DOTALL,
    ),
    re.compile(r"\A「(?P<quoted>.{0,4000}?)」\s{0,4}\n(?:[-–—] ?){4,20}\s{0,4}\n", re.DOTALL),
)
_QUOTED_NAME = re.compile(r"\A[^：:\n]{1,64}[：:]\s{0,4}")


class EntryKind(StrEnum):
    """What an entry of the archive is to this program."""

    MESSAGE = "message"
    RECALL = "recall"
    CONSENT = "consent"
    PRIVATE = "private"
    """Of two people with each other: never stored."""
    ROBOT = "robot"
    NOTHING = "nothing"
    """Somebody changed their company, say."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What an outside contact said to being archived in a room ("": alone with a member)."""

    room_id: str
    user_id: str
    agrees: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a message, as the archive names it."""

    file_id: str
    md5: str


def parse(text: str) -> Body:
    """The entry as plain data, of any length. Raises RefusedInput for what is no JSON object."""
    return json_body.parse(text, limit=None)


def sort(body: Body) -> EntryKind:
    """What the entry is to this program."""
    action, msgtype = get_text(body, "action"), get_text(body, "msgtype")
    if msgtype in _CONSENTS:
        return EntryKind.CONSENT
    if action not in ("send", "recall"):
        return EntryKind.NOTHING
    if not get_text(body, "roomid"):
        return EntryKind.PRIVATE
    if action == "recall" or msgtype == "revoke":
        return EntryKind.RECALL
    return EntryKind.ROBOT if _ROBOT.fullmatch(get_text(body, "from")) else EntryKind.MESSAGE


def read_consent(body: Body) -> Consent:
    """The consent, or its refusal, that an entry of this kind tells of."""
    msgtype = get_text(body, "msgtype")
    content = get_object(body, msgtype)
    user_id = get_text(content, "userid") or get_text(body, "from")
    said_at = content.get(f"{msgtype}_time", body.get("msgtime"))
    return Consent(get_text(body, "roomid"), user_id, _CONSENTS[msgtype], _read_time(said_at))


def room_of(body: Body) -> str:
    """Id of the room; empty where it is none."""
    return get_text(body, "roomid")


def outside_sender(body: Body) -> str:
    """Id of a sender who is no member of the corporation; empty for one who is."""
    sender = get_text(body, "from")
    return sender if _OUTSIDE.fullmatch(sender) else ""


def build_envelope(body: Body) -> Envelope:
    """The entry's envelope for the inbox."""
    is_recall = sort(body) is EntryKind.RECALL
    return Envelope(
        message_id=f"{RECALL}{_recalled_id(body)}" if is_recall else get_text(body, "msgid"),
        chat_id=room_of(body),
        sender=spell_account(WECOM, get_text(body, "from")),
        raw=dump(body),
    )


def list_files(body: Body) -> list[FileRef]:
    """The files of a message, in the order of its parts."""
    found = []
    for msgtype, content in _iter_items(body):
        file_id = get_text(content, "sdkfileid", limit=4096) if msgtype in _FILES else ""
        if file_id:
            found.append(FileRef(file_id, get_text(content, "md5sum")))
    return found


def build_incoming(raw: str, *, channel: str, bot_name: str, location_crs: CRS = CRS.GCJ02) -> Incoming:
    """The neutral form of a stored entry. Raises RefusedInput for text that is no JSON object.

    Whoever mentions the bot speaks to it; all else is said to others.
    """
    body = parse(raw)
    is_recall = sort(body) is EntryKind.RECALL
    parts, quote = ((), ()) if is_recall else _split_quote(_read_parts(body, location_crs))
    addressed = any(part.text != strip_address(part.text, bot_name, guess=False) for part in parts)
    kind = IncomingKind.RECALLED if is_recall else IncomingKind.MESSAGE
    return Incoming(
        channel=channel,
        message_id=get_text(body, "msgid"),
        chat_id=room_of(body),
        direct=False,
        sender=get_text(body, "from"),
        provider=WECOM,
        bot_name=bot_name,
        kind=kind if is_recall or parts or quote else IncomingKind.IGNORED,
        parts=tuple(_strip_mention(parts, bot_name)),
        quote=quote,
        addressed=addressed,
        recalls=_recalled_id(body),
        sent_at=_read_time(body.get("msgtime")),
    )


def _recalled_id(body: Body) -> str:
    return get_text(get_object(body, "revoke"), "pre_msgid")


def _strip_mention(parts: tuple[Part, ...], bot_name: str) -> Iterator[Part]:
    for part in parts:
        if part.kind is PartKind.TEXT:
            if text := strip_address(part.text, bot_name, guess=False).strip():
                yield Part(PartKind.TEXT, text)
        else:
            yield part


def _split_quote(parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts, and what the first words quote: a reply is plain text whose head is the quote."""
    if not parts or parts[0].kind is not PartKind.TEXT:
        return parts, ()
    text = parts[0].text
    found = next((match for pattern in _QUOTES if (match := pattern.match(text))), None)
    if found is None:
        return parts, ()
    words = text[found.end() :].strip()
    quote = Part(PartKind.TEXT, _QUOTED_NAME.sub("", found["quoted"].strip(), count=1))
    own = (Part(PartKind.TEXT, words),) if words else ()
    return (*own, *parts[1:]), (quote,)


def _read_parts(body: Body, crs: CRS) -> tuple[Part, ...]:
    found = (_read_part(msgtype, content, crs) for msgtype, content in _iter_items(body))
    return tuple(part for part in found if part is not None)


def _iter_items(body: Body) -> Iterator[tuple[str, Body]]:
    """Kind and content of a message; of a mixed one, of each of its items, which are JSON once more."""
    msgtype = get_text(body, "msgtype")
    if msgtype != "mixed":
        yield msgtype, get_object(body, _FIELD_OF.get(msgtype, msgtype))
        return
    items = get_object(body, "mixed").get("item")
    for item in items[:_ITEMS] if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield get_text(item, "type"), _parse_content(item.get("content"))


def _parse_content(content: object) -> Body:
    if isinstance(content, dict):
        return content
    try:
        return parse(content) if isinstance(content, str) else {}
    except RefusedInput:
        return {}


def _read_part(msgtype: str, content: Body, crs: CRS) -> Part | None:
    if msgtype in _WORDS:
        text = normalize_text(get_text(content, "content", limit=1_000_000))
        return Part(PartKind.TEXT, text) if text.strip() else None
    if msgtype in _FILES:
        file_id = get_text(content, "sdkfileid", limit=4096)
        name = get_text(content, "filename") or None
        return Part(_FILES[msgtype], media=MediaRef(file_id, name=name) if file_id else None)
    if msgtype == "location":
        return _read_location(content, crs)
    return None if msgtype in _NO_MESSAGES else Part(UNREADABLE_KINDS.get(msgtype, PartKind.OTHER))


def _read_location(content: Body, crs: CRS) -> Part:
    words = read_place_names(content, "address", "title")
    return Part(PartKind.LOCATION, words, point=read_point(content, crs))


def _read_time(milliseconds: object) -> datetime | None:
    if not isinstance(milliseconds, int) or not 0 < milliseconds < 2**42:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
