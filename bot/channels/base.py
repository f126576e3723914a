"""What every channel is: a protocol tamed into `Incoming` on one side and `Outcome` on the other.

platform ──raw──> Channel.read ──Incoming──> inbox … outbox ──Delivery──> Channel.send ──Outcome
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

from models.messages import Incoming, PushBody


class RefusedInput(Exception):
    """Input that is not authentic or not well-formed; nothing of it is stored."""

    def __init__(self, slug: str, status: int, code: int = 0) -> None:
        super().__init__(slug)
        self.slug = slug
        """Stable name for logs and metrics, e.g. `signature_mismatch`."""
        self.status = status
        """HTTP status to answer with (crypto.md §8)."""
        self.code = code
        """The official library's number, e.g. -40001."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the inbox must know of a raw payload before anything understands it."""

    message_id: str
    chat_id: str
    sender: str
    raw: str
    """The payload as text: decrypted, still in the platform's own words."""
    handle: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Ways to answer this very message: `req_id`, `response_url`. Secrets; they expire."""
    urgent_reply: bool = False
    """A button press: its answer must leave within 5 seconds."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` sends in any `seconds`, counted under `key`."""

    key: str
    count: int
    seconds: float


def build_rate_limits(
    key: str, limits: Iterable[tuple[int, float]], *, messages: int = 1
) -> tuple[RateLimit, ...]:
    """Every limit of `key`, for a push that the platform counts as so many messages.

    Each message is one count, and the limit is so much lower that all of them fit together.
    """
    return tuple(
        RateLimit(key, max(count - messages + 1, 1), seconds)
        for count, seconds in limits
        for _ in range(messages)
    )


@dataclass(frozen=True, slots=True)
class Handle:
    """A stored way to answer: kind `req_id` or `response_url`."""

    id: int
    kind: str
    value: str = field(repr=False)
    event: bool = False
    """It belongs to a button press (card updates), not to a message."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on disk that a push carries: the copy that may leave (no EXIF)."""

    path: Path
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One push on its way over one route."""

    push_id: int
    chat_id: str
    direct: bool
    body: PushBody
    file: StoredFile | None = None
    handles: tuple[Handle, ...] = ()
    """Usable ways to answer in this chat, newest first."""
    webhook_key: str | None = field(default=None, repr=False)
    doubtful: bool = False
    """It may have arrived before: its process died while sending it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The platform accepted it (which is no proof of display)."""

    label: ClassVar[str] = "sent"
    """Stable name in metrics."""
    receipt: str = ""
    used_handle: int | None = None
    """Id of the one-time handle that this send consumed."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not accepted now; try again after `after` seconds. `free` tries do not count as failures."""

    label: ClassVar[str] = "again"
    """Stable name in metrics."""
    reason: str
    after: float = 5.0
    uncounted: bool = False
    used_handle: int | None = None
    """Id of a one-time handle that turned out to be spent."""


@dataclass(frozen=True, slots=True)
class RouteRefused:
    """This route will never take it; another route may."""

    label: ClassVar[str] = "never"
    """Stable name in metrics."""
    reason: str
    chat_gone: bool = False
    """The chat itself is gone for this route (93000, 93006): say so loudly."""


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """No answer came: it may or may not have arrived. Never resent blindly."""

    label: ClassVar[str] = "unknown"
    """Stable name in metrics."""
    reason: str


Outcome = Delivered | RetryLater | RouteRefused | OutcomeUnknown


class Channel(Protocol):
    """One configured channel."""

    name: str
    can_recover: bool
    """Where it cannot send now, it soon may by itself: a socket reconnects, a callback bot does not."""

    def read(self, raw: str) -> Incoming:
        """The neutral form of a stored raw payload. Raises RefusedInput when it has no such form."""
        ...

    def can_send(self, delivery: Delivery) -> bool:
        """Whether this route could carry the push right now (kind, connection, handles, key)."""
        ...

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        """Every limit this send counts against."""
        ...

    async def send(self, delivery: Delivery) -> Outcome:
        """Hand it to the platform; never raises for what a platform can do."""
        ...


Clock = Callable[[], datetime]
