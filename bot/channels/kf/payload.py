"""What customer service says: the call that there is something, and the messages themselves. Pure.

XML  ──build_summons──> Envelope of a call, whose token fetches messages for ten minutes
item ──build_envelope─> Envelope of one message, with the window that it opens
raw  ──build_incoming─> Incoming (for the handlers)

Nothing is refused for what it contains: a kind that cannot be read says its kind, what says nothing to a bot
is not stored at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from bot.channels.base import Envelope, Query
from bot.channels.kf import messages
from bot.channels.kf.settings import MESSAGE, SUMMONS_LIFETIME, WELCOME, WELCOME_LIFETIME, KfSettings
from bot.channels.wecom.json_body import (
    Body,
    dump,
    get_object,
    get_text,
    parse,
    read_place_names,
    read_point,
    read_time,
)
from bot.channels.wecom.message_kinds import UNREADABLE_KINDS
from bot.channels.xml_callback import Fields, hash_text, read_event
from bot.channels.xml_callback import get_text as get_element
from handlers.environment.areas import CRS
from models.account_ids import WECOM_CUSTOMER
from models.inbox import SUMMONS
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from models.normalization import normalize_text

CUSTOMER, SYSTEM = 3, 4
"""`origin` of a message."""
_TEXT = 64 * 1024
_SKEW = timedelta(seconds=5)
"""By so much the platform's clock and ours may differ: a window ends earlier for us."""
_FILES = {"image": PartKind.PHOTO, "voice": PartKind.VOICE, "video": PartKind.VIDEO, "file": PartKind.FILE}


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a reply handle of a message stands for: the account that was written to, and the message."""

    account: str
    message_id: str

    def to_value(self) -> str:
        return f"{self.account} {self.message_id}"

    @classmethod
    def from_value(cls, value: str) -> "Trigger":
        account, _, message_id = value.partition(" ")
        return cls(account, message_id)


# The call ------------------------------------------------------------------------------------------


def find_account(fields: Fields) -> str:
    """open_kfid of the account that a call says has messages; empty for a call of anything else."""
    return get_element(fields, "OpenKfId") if read_event(fields) == "kf_msg_or_event" else ""


def build_summons(fields: Fields, raw: str, query: Query) -> Envelope:
    """The envelope of a call. Two calls in one second may say the same, and are two all the same."""
    account, token = find_account(fields), get_element(fields, "Token", limit=1024)
    signed = "\n".join(query.get(name, "") for name in ("timestamp", "nonce", "msg_signature"))
    return Envelope(
        message_id=f"call:{hash_text(signed)}",
        chat_id=account,
        sender="",
        raw=raw.replace("\0", ""),  # which no database takes
        handle={SUMMONS: token} if account else {},
        handle_lifetimes={SUMMONS: SUMMONS_LIFETIME},
    )


# The messages --------------------------------------------------------------------------------------


def find_sender(item: Body) -> str:
    """external_userid of whom a message is from or about; empty where it is of nobody."""
    return get_text(item, "external_userid") or get_text(get_object(item, "event"), "external_userid")


def is_from_customer(item: Body) -> bool:
    """Whether a customer wrote it, so that it opens a window."""
    return item.get("origin") == CUSTOMER and get_text(item, "msgtype") != "event"


def build_envelope(
    item: Body, settings: KfSettings, *, account: str, attended: bool, now: datetime
) -> Envelope | None:
    """The envelope of a message for the inbox; None for what says nothing to a bot.

    `account`: open_kfid that it was fetched for; `attended`: a person answers this customer at present, and
    nothing may be sent, until they write again after that.
    """
    sender = find_sender(item)
    if not sender or not _is_heard(item):
        return None
    handles = {} if attended else _find_handles(item, settings, account, now)
    return Envelope(
        message_id=_find_message_id(item),
        chat_id=sender,
        sender=sender,
        raw=dump({"item": item, "attended": attended}),
        handle={kind: value for kind, (value, _) in handles.items()},
        handle_lifetimes={kind: left for kind, (_, left) in handles.items()},
    )


def _is_heard(item: Body) -> bool:
    """Not what servicers say and do, nor what somebody recalled: that is theirs."""
    return is_from_customer(item) or _read_event_type(item) in ("enter_session", "msg_send_fail")


def _read_event_type(item: Body) -> str:
    is_event = item.get("origin") == SYSTEM and get_text(item, "msgtype") == "event"
    return get_text(get_object(item, "event"), "event_type") if is_event else ""


def _find_handles(
    item: Body, settings: KfSettings, account: str, now: datetime
) -> Mapping[str, tuple[str, timedelta]]:
    """Value and time left of the ways to answer that the message brings. They began when it was sent."""
    sent = read_time(item.get("send_time")) or now
    if is_from_customer(item):
        account = get_text(item, "open_kfid") or account
        value = Trigger(account, _find_message_id(item)).to_value()
        found = {MESSAGE: (value, settings.windows.message_length)}
    else:
        code = get_text(get_object(item, "event"), "welcome_code", limit=1024)
        found = {WELCOME: (code, WELCOME_LIFETIME)} if code else {}
    over = sent - now - _SKEW
    left = {kind: (value, min(length + over, length)) for kind, (value, length) in found.items()}
    return {kind: one for kind, one in left.items() if one[1] > timedelta()}


def _find_message_id(item: Body) -> str:
    return get_text(item, "msgid") or hash_text(dump(item))


# For the handlers ----------------------------------------------------------------------------------


def build_incoming(raw: str, settings: KfSettings, *, channel: str) -> Incoming:
    """The neutral form of a stored payload. Raises RefusedInput for text that is neither call nor message."""
    # A call says nothing itself; what it was about is fetched.
    stored: Body = {} if raw.startswith("<") else parse(raw)
    item = get_object(stored, "item")
    sender = find_sender(item)
    content = _read_content(item, settings.location_crs)
    return Incoming(
        channel=channel,
        message_id=_find_message_id(item),
        chat_id=sender,
        direct=True,
        sender=sender,
        provider=WECOM_CUSTOMER,
        bot_name=settings.bot_name,
        kind=content.kind if sender else IncomingKind.IGNORED,
        parts=content.parts,
        click=content.click,
        addressed=content.addressed,
        attended=stored.get("attended") is True,
        scene=content.scene,
        failed_push=content.failed_push,
        sent_at=read_time(item.get("send_time")),
    )


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message or an event does."""

    kind: IncomingKind = IncomingKind.IGNORED
    parts: tuple[Part, ...] = ()
    click: Click | None = None
    scene: str = ""
    addressed: bool = True
    failed_push: int | None = None


def _read_content(item: Body, crs: CRS) -> _Content:
    event = get_object(item, "event")
    match _read_event_type(item):
        case "enter_session":
            # Without a code they were here lately, and need not be greeted.
            fresh = bool(get_text(event, "welcome_code"))
            return _Content(IncomingKind.ENTER, scene=_read_scene(event), addressed=fresh)
        case "msg_send_fail":
            push = messages.read_push_id(get_text(event, "fail_msgid"))
            kind = IncomingKind.UNDELIVERED if push is not None else IncomingKind.IGNORED
            return _Content(kind, failed_push=push)
    if not is_from_customer(item):
        return _Content()
    text = get_object(item, "text")
    if get_text(item, "msgtype") == "text" and (key := get_text(text, "menu_id")):
        return _Content(IncomingKind.CLICK, click=Click("", key))
    part = _read_part(item, get_text(item, "msgtype"), crs)
    return _Content(IncomingKind.MESSAGE, (part,)) if part is not None else _Content()


def _read_scene(event: Body) -> str:
    """The unit's code, as the link that was opened carries it; it comes as it stands in the address."""
    return unquote(get_text(event, "scene_param", limit=512)).strip()[:128]


def _read_part(item: Body, msgtype: str, crs: CRS) -> Part | None:
    """The message itself; None for a text without words."""
    content = get_object(item, msgtype)
    if msgtype == "text":
        words = normalize_text(get_text(content, "content", limit=_TEXT)).strip()
        return Part(PartKind.TEXT, words) if words else None
    if msgtype in _FILES:
        media_id = get_text(content, "media_id", limit=1024)
        return Part(_FILES[msgtype], media=MediaRef(media_id) if media_id else None)
    if msgtype == "location":
        words = read_place_names(content, "address", "name")
        return Part(PartKind.LOCATION, words, point=read_point(content, crs))
    return Part(UNREADABLE_KINDS.get(msgtype, PartKind.OTHER))
