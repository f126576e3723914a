"""What travels between the channels and the handlers: plain frozen values, no protocol, no case.

`Incoming` is one message or one button press, as any channel delivers it. `Push` is one thing
to be said in one chat, as any channel can send it. Both survive a round trip through JSON, so
that they can rest in the inbox and the outbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any


class PartKind(StrEnum):
    TEXT = "text"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"


@dataclass(frozen=True, slots=True)
class MediaRef:
    """Where a file can be fetched, for a few minutes only. Never logged: url and key are secrets."""

    url: str = field(repr=False)
    aeskey: str | None = field(default=None, repr=False)
    """Key of this one file; None where the channel's own key applies."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a message: words, or a file, or a voice with the words the platform heard."""

    kind: PartKind
    text: str = ""
    media: MediaRef | None = None
    point: tuple[float, float] | None = None
    """Latitude and longitude of a location, WGS-84; the text is what the map calls it."""


@dataclass(frozen=True, slots=True)
class Click:
    """A press on a card's button."""

    task_id: str
    key: str
    """What the button said it would do, e.g. `sign:WG261121-0031`."""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Choices made in the card: question key to option ids."""


class IncomingKind(StrEnum):
    MESSAGE = "message"
    CLICK = "click"
    ENTER = "enter"
    """A person opened the direct conversation for the first time today."""
    IGNORED = "ignored"
    """Authentic, but of a kind nobody acts on (feedback, unknown types): stored and done."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message or press from one person in one chat."""

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
    """The bot was spoken to; False where the channel hears everything."""
    sent_at: datetime | None = None
    """The platform's own time, where it gives one (aware)."""

    @property
    def text(self) -> str:
        """All the words typed or spoken in the message itself, in order, without the quote."""
        return "\n".join(part.text.strip() for part in self.parts if part.text.strip())

    @property
    def point(self) -> tuple[float, float] | None:
        """The location that was sent, where one was."""
        return next((part.point for part in self.parts if part.point is not None), None)

    @property
    def quoted_text(self) -> str:
        return "\n".join(part.text.strip() for part in self.quote if part.text.strip())

    def media_parts(self) -> tuple[Part, ...]:
        """Every part, own or quoted, that comes with a file."""
        return tuple(part for part in (*self.parts, *self.quote) if part.media is not None)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, fetched and stored; paths are relative to the media folder."""

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


@dataclass(frozen=True, slots=True)
class LostFile:
    """A file that could not be had, and why, as a slug: `expired`, `too_large`, `broken`, `refused`."""

    position: int
    kind: PartKind
    reason: str


# What is pushed ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    """At most 10 characters."""
    key: str
    style: int = 1
    """1 main, 2 plain, 3 warning."""


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Select:
    """One choice in a card, sent along with the button that is pressed."""

    key: str
    title: str
    options: tuple[Option, ...]
    selected: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A template card, free of any platform's spelling."""

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


@dataclass(frozen=True, slots=True)
class TextPush:
    """Words, in the small markdown that every route understands; `mentions` are user ids to ring."""

    text: str
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardPush:
    card: Card


@dataclass(frozen=True, slots=True)
class PhotoPush:
    """One stored photo, by the id of its media row."""

    media: int
    caption: str = ""


@dataclass(frozen=True, slots=True)
class FilePush:
    media: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class CardUpdatePush:
    """Change the card whose button was pressed; `message_id` is that press's (5 s window)."""

    message_id: str
    card: Card


PushBody = TextPush | CardPush | PhotoPush | FilePush | CardUpdatePush

_KINDS: dict[str, type[Any]] = {
    "text": TextPush,
    "card": CardPush,
    "photo": PhotoPush,
    "file": FilePush,
    "card_update": CardUpdatePush,
}
_NAMES = {cls: name for name, cls in _KINDS.items()}
_FIELDS = {cls: tuple(each.name for each in fields(cls)) for cls in (*_NAMES, Card, Button, Select, Option)}


def push_kind(body: PushBody) -> str:
    """The stable name of a push's kind, as stored and as counted in metrics."""
    return _NAMES[type(body)]


def push_to_json(body: PushBody) -> dict[str, Any]:
    """Plain data. `asdict` copies what is never changed, for every push again."""
    data: dict[str, Any] = _to_plain(body)
    return data


def _to_plain(value: Any) -> Any:
    if (names := _FIELDS.get(type(value))) is not None:
        return {name: _to_plain(getattr(value, name)) for name in names}
    return tuple(map(_to_plain, value)) if isinstance(value, tuple) else value


def push_from_json(kind: str, data: Mapping[str, Any]) -> PushBody:
    """The inverse of `push_to_json`; an unknown kind is a KeyError."""
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
            "buttons": tuple(Button(**button) for button in data["buttons"]),
            "select": select
            and Select(**{**select, "options": tuple(Option(**option) for option in select["options"])}),
        }
    )
