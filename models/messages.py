"""Values between the channels and the handlers: plain and frozen, free of protocols and cases.

`Incoming` is one message or one button press, as any channel delivers it. `Push` is one message
to one chat, as any channel can send it. Both survive a round trip through JSON, so that they can be
stored in the inbox and the outbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.account_ids import spell_account
from models.contacts import ContactChange
from models.normalization import normalize_text

MAX_WORDS = 4_000
"""Characters of one report: what a person can say of one matter, and every rule reads in a moment."""


class PartKind(StrEnum):
    """What a part of a message is."""

    TEXT = "text"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    LINK = "link"
    MINI_PROGRAM = "mini_program"
    FORWARD = "forward"
    """Messages of another conversation, forwarded together (合并转发的聊天记录)."""
    CONTACT_CARD = "contact_card"
    RED_PACKET = "red_packet"
    STICKER = "sticker"
    OTHER = "other"
    """A kind of message that nothing is known of."""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Where a file can be fetched, for a few minutes only. Never logged: url and key are secrets."""

    url: str = field(repr=False)
    aeskey: str | None = field(default=None, repr=False)
    """Key of this one file; None where the channel's own key applies."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a message: text, a file, or a voice message with the platform's transcript.

    A part without words, file and point is one that nothing can be read of: only its kind is known.
    """

    kind: PartKind
    text: str = ""
    media: MediaRef | None = None
    point: tuple[float, float] | None = None
    """Latitude and longitude of a location, WGS-84; the text is what the map calls it."""

    def __post_init__(self) -> None:
        # Every channel's words pass here, so that nobody downstream meets a hidden character.
        object.__setattr__(self, "text", normalize_text(self.text))


@dataclass(frozen=True, slots=True)
class Click:
    """A press on a card's button."""

    task_id: str
    key: str
    """Key of the pressed button, e.g. `sign:WG261121-0031`."""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Choices made in the card: question key to option ids."""


class IncomingKind(StrEnum):
    """What a channel received."""

    MESSAGE = "message"
    CLICK = "click"
    ENTER = "enter"
    """A person opened the direct conversation for the first time today."""
    LEFT = "left"
    """A person wants to hear nothing any more, and nothing can reach them."""
    UNDELIVERED = "undelivered"
    """The platform says that it could not deliver what it had accepted."""
    CONTACTS = "contacts"
    """The corporation says who joined, moved or left."""
    RECALLED = "recalled"
    """A person took back a message of theirs."""
    IGNORED = "ignored"
    """Authentic, but of a kind that nothing acts on (feedback, unknown types): stored and done."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message or button press from one person in one chat."""

    channel: str
    message_id: str
    chat_id: str
    """The platform's chat id; in a direct conversation the sender's user id."""
    direct: bool
    sender: str
    """The platform's user id."""
    provider: str
    """Whose user id that is: the `provider` of the sender's account."""
    bot_name: str
    """What people call the bot of this channel."""
    kind: IncomingKind = IncomingKind.MESSAGE
    parts: tuple[Part, ...] = ()
    quote: tuple[Part, ...] = ()
    click: Click | None = None
    addressed: bool = True
    """Whether the message is addressed to the bot; False for overheard group messages.

    Of whoever opens a conversation: whether they are to be greeted.
    """
    attended: bool = False
    """A person answers in this conversation at present: the bot listens, and says nothing."""
    failed_push: int | None = None
    """Id of the push that was not delivered."""
    recalls: str = ""
    """Id of the message that is taken back."""
    scene: str = ""
    """Code of the unit whose QR code the person came by; empty where they came another way."""
    contacts: tuple[ContactChange, ...] = ()
    """What changed in the corporation's list of members."""
    chat_name: str = ""
    """What the group is called, where the platform just said it."""
    sent_at: datetime | None = None
    """The platform's own time, where it gives one (aware)."""
    rest: str = ""
    """The words beyond `MAX_WORDS`, which are kept as a file."""

    def __post_init__(self) -> None:
        # However the channel built it, one person has one id, and their direct conversation bears it.
        object.__setattr__(self, "sender", spell_account(self.provider, self.sender))
        if self.direct:
            object.__setattr__(self, "chat_id", spell_account(self.provider, self.chat_id))
        # Nobody downstream reads more words than these.
        if sum(len(part.text) for part in self.parts) > MAX_WORDS:
            parts, rest = cut_parts(self.parts)
            object.__setattr__(self, "parts", parts)
            object.__setattr__(self, "rest", rest)
        if sum(len(part.text) for part in self.quote) > MAX_WORDS:
            object.__setattr__(self, "quote", cut_parts(self.quote)[0])

    @property
    def text(self) -> str:
        """All text and transcripts of the message itself, in order, without the quote."""
        if len(self.parts) == 1:
            return self.parts[0].text.strip()
        return "\n".join(part.text.strip() for part in self.parts if part.text.strip())

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude (WGS-84) of the location in the message; None where there is none."""
        return next((part.point for part in self.parts if part.point is not None), None)

    @property
    def quoted_text(self) -> str:
        """All text of the quoted message, in order."""
        if not self.quote:
            return ""
        return "\n".join(part.text.strip() for part in self.quote if part.text.strip())

    @property
    def unreadable_kinds(self) -> tuple[PartKind, ...]:
        """The kinds of the parts, own and quoted, of which nothing can be read; each once."""
        unreadable = (
            part.kind
            for part in (*self.parts, *self.quote)
            if not part.text and part.media is None and part.point is None
        )
        return tuple(dict.fromkeys(unreadable))

    def media_parts(self) -> tuple[Part, ...]:
        """Every part with a file, of the message and of its quote, in order."""
        return tuple(part for part in (*self.parts, *self.quote) if part.media is not None)


def cut_words(text: str) -> tuple[str, str]:
    """The words that a report takes, and the rest, which is kept as a file."""
    return text[:MAX_WORDS], text[MAX_WORDS:]


def cut_parts(parts: Sequence[Part]) -> tuple[tuple[Part, ...], str]:
    """The parts with `MAX_WORDS` characters in all, and the words beyond them."""
    kept: list[Part] = []
    rest: list[str] = []
    room = MAX_WORDS
    for part in parts:
        kept.append(replace(part, text=part.text[:room]))
        rest.append(part.text[room:])
        room -= len(kept[-1].text)
    return tuple(kept), "\n".join(filter(None, rest))


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, fetched and stored. Paths are relative to the media folder, `size` is in bytes,
    `lat` and `lon` are WGS-84, `duration` is in seconds. Which copy is for whom: `models.reports.Media`.
    """

    position: int
    kind: PartKind
    mime: str
    size: int
    sha256: str
    path: str
    clean_path: str | None = None
    thumb_path: str | None = None
    phash: str | None = None
    lat: float | None = None
    lon: float | None = None
    taken_at: datetime | None = None
    text: str = ""
    poster_path: str | None = None
    play_path: str | None = None
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class LostFile:
    """A file that could not be fetched, or not be opened; `reason` is a slug: `expired`, `broken`, …"""

    position: int
    kind: PartKind
    reason: str


# Pushes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a card."""

    text: str
    """At most 10 characters."""
    key: str
    style: int = 1
    """1 main, 2 plain, 3 warning."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a select."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Select:
    """A choice in a card; the selected option is sent with the button that is pressed."""

    key: str
    title: str
    options: tuple[Option, ...]
    selected: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A template card, independent of any platform."""

    task_id: str
    """Unique for ever: characters `[0-9A-Za-z_@-]`, at most 128 bytes."""
    title: str
    desc: str = ""
    body: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    """At most 6 pairs: name (≤ 5 characters), value (≤ 26)."""
    buttons: tuple[Button, ...] = ()
    """At most 6. A card without buttons is a notice."""
    select: Select | None = None
    url: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """What a message of fixed fields can say of it: `number`, `what`, `state`, `time`."""


@dataclass(frozen=True, slots=True)
class TextPush:
    """Text in the small markdown that every route understands; `mentions` are user ids to mention."""

    text: str
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardPush:
    """A card as a new message."""

    card: Card


@dataclass(frozen=True, slots=True)
class PhotoPush:
    """A stored photo, by the id of its media row."""

    media: int
    caption: str = ""
    beside: int | None = None
    """A photo to be shown before it in the same picture, where each message counts."""
    drawing: str = ""
    """An SVG that is drawn as it is sent, instead of a stored photo."""


@dataclass(frozen=True, slots=True)
class FilePush:
    """A stored file, by the id of its media row."""

    media: int
    name: str = ""
    paper: Mapping[str, Any] | None = None
    """What a paper says (`handlers.wording.papers`), written as it is sent, instead of a stored file."""


@dataclass(frozen=True, slots=True)
class CardUpdatePush:
    """Replaces the card whose button was pressed; `message_id` is the id of the press (valid 5 seconds)."""

    message_id: str
    card: Card


class HandOverOrder(StrEnum):
    """When a conversation can be handed over, beside the words that say so."""

    FIRST = "first"
    """In the answer to the very request that brought the wish."""
    LAST = "last"
    """Behind the words: nothing can be said after it."""


@dataclass(frozen=True, slots=True)
class HandOverPush:
    """Hands the conversation over to people, who answer it on the platform itself."""


@dataclass(frozen=True, slots=True)
class CaseEventPush:
    """What happened to a case, for another system: plain data (`handlers.notifications.subscribers`)."""

    event: Mapping[str, Any]


PushBody = TextPush | CardPush | PhotoPush | FilePush | CardUpdatePush | HandOverPush | CaseEventPush

_KINDS: dict[str, type[Any]] = {
    "text": TextPush,
    "card": CardPush,
    "photo": PhotoPush,
    "file": FilePush,
    "card_update": CardUpdatePush,
    "hand_over": HandOverPush,
    "case_event": CaseEventPush,
}
_NAMES = {cls: name for name, cls in _KINDS.items()}
_FIELDS = {cls: tuple(each.name for each in fields(cls)) for cls in (*_NAMES, Card, Button, Select, Option)}


def push_kind(body: PushBody) -> str:
    """The stable name of a push's kind, as stored and as counted in metrics."""
    return _NAMES[type(body)]


def push_to_json(body: PushBody) -> dict[str, Any]:
    """The push as plain data. Not with `asdict`, which copies values that never change, for every push."""
    data: dict[str, Any] = _to_plain(body)
    return data


def _to_plain(value: Any) -> Any:
    if (names := _FIELDS.get(type(value))) is not None:
        return {name: _to_plain(getattr(value, name)) for name in names}
    return tuple(map(_to_plain, value)) if isinstance(value, tuple) else value


def push_from_json(kind: str, data: Mapping[str, Any]) -> PushBody:
    """The inverse of `push_to_json`. Raises KeyError for an unknown kind."""
    fields = dict(data)
    if "card" in fields:
        fields["card"] = _card_from_json(fields["card"])
    if "mentions" in fields:
        fields["mentions"] = tuple(fields["mentions"])
    body: PushBody = _KINDS[kind](**fields)
    return body


def _card_from_json(data: Mapping[str, Any]) -> Card:
    select = data["select"]
    return Card(
        **{
            **data,
            "rows": tuple((row[0], row[1]) for row in data["rows"]),
            "facts": tuple((fact[0], fact[1]) for fact in data.get("facts", ())),
            "buttons": tuple(Button(**button) for button in data["buttons"]),
            "select": select
            and Select(**{**select, "options": tuple(Option(**option) for option in select["options"])}),
        }
    )
