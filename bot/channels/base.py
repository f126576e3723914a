"""What every channel is: a protocol tamed into `Incoming` on one side and `Outcome` on the other.

platform ──raw──> Channel.read ──Incoming──> inbox … outbox ──Delivery──> Channel.send ──Outcome

A channel has optional parts; whoever needs one asks for the part, never for the channel's kind.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from bot.channels.declaration import ChannelDeclaration
from bot.channels.sign_in import SignIn
from models.messages import Incoming, MediaRef, PushBody

if TYPE_CHECKING:
    # Every command reads the settings of the channels, few of them call a platform.
    import httpx


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


class StoreUnavailable(Exception):
    """The database is away: what could not be stored now can be stored later."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the inbox must know of a raw payload before anything understands it."""

    message_id: str
    chat_id: str
    sender: str
    raw: str
    """The payload as text: decrypted, still in the platform's own words."""
    handle: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Ways to answer this very message, value by kind. Secrets; they expire."""
    handle_lifetimes: Mapping[str, timedelta] = field(default_factory=dict, repr=False)
    """How long a handle of each kind is good, as the channel declares it."""
    urgent_reply: bool = False
    """A button press: its answer must leave within 5 seconds."""


BUDGET = "handle:"
"""Begins the keys of what is counted against a reply handle."""
LONGEST_BUDGET = timedelta(days=3)
"""No reply handle with a budget is good for longer."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` sends within any `seconds`, counted under `key`."""

    key: str
    count: int
    seconds: float
    handle: bool = False
    """What one reply handle is good for: only what was accepted, or may have been, is counted against it."""


def build_budget(handle: "Handle", count: int) -> RateLimit:
    """What a handle allows that is good for `count` messages within its own lifetime."""
    return RateLimit(budget_key(handle.id), count, LONGEST_BUDGET.total_seconds(), handle=True)


def budget_key(handle_id: int) -> str:
    """Under which what a reply handle (id) was used for is counted."""
    return f"{BUDGET}{handle_id}"


def build_rate_limits(
    key: str, limits: Iterable[tuple[int, float]], *, messages: int = 1
) -> tuple[RateLimit, ...]:
    """Every limit (count, seconds) of `key`, for a push that the platform counts as so many messages.

    Each message is one count, and the limit is so much lower that all of them fit together.
    """
    return tuple(
        RateLimit(key, max(count - messages + 1, 1), seconds)
        for count, seconds in limits
        for _ in range(messages)
    )


@dataclass(frozen=True, slots=True)
class Handle:
    """A stored way to answer; its kind is one of those that the channel declares."""

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
    address: str | None = field(default=None, repr=False)
    """Where the chat is reached on a channel that `needs_address`: a secret."""
    doubtful: bool = False
    """It may have arrived before: its process died while sending it."""
    beside: StoredFile | None = None
    """A photo to be shown in one picture with `file`, before it."""
    is_result: bool = False
    """It tells what came of a matter, which is worth what can be had once."""


@dataclass(frozen=True, slots=True)
class IssuedHandle:
    """A way to change the card that was just sent, good for `lifetime`; a secret."""

    kind: str
    value: str = field(repr=False)
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class Delivered:
    """The platform accepted it (which is no proof of display)."""

    label: ClassVar[str] = "sent"
    """Stable name in metrics."""
    receipt: str = ""
    used_handle: int | None = None
    """Id of the one-time handle that this send consumed."""
    issued: IssuedHandle | None = None
    """The platform gave it together with its acceptance of a card."""
    uncounted: bool = False
    """The platform counts it against no budget: it answered a request within the request."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not accepted now; try again after `after` seconds. An `uncounted` try is no failure of the push."""

    label: ClassVar[str] = "again"
    """Stable name in metrics."""
    reason: str
    after: float = 5.0
    uncounted: bool = False
    used_handle: int | None = None
    """Id of a one-time handle that turned out to be spent."""
    aside: bool = False
    """What waits behind it in its lane goes first: it is this push alone that cannot go now."""
    outage: bool = False
    """It is the platform that takes nothing now, whatever the push is: never a failure of the push."""


@dataclass(frozen=True, slots=True)
class CredentialsRefused:
    """The platform refuses who we say we are: nothing goes over this route until somebody mends that."""

    label: ClassVar[str] = "held"
    """Stable name in metrics."""
    reason: str


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


Outcome = Delivered | RetryLater | RouteRefused | CredentialsRefused | OutcomeUnknown

CREDENTIAL_ERRORS = frozenset({40001, 40013, 40014, 41001, 42001, 850001, 851014})
"""Secret, corporation or token is wrong, missing or over, or the authorisation is: WeCom's global numbers."""


# Optional parts of a channel ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BackgroundTask:
    """A background task of a channel: hold a socket, pull messages."""

    run: Callable[[], Coroutine[Any, Any, None]]
    """Runs until `stop`; never ends by itself."""
    stop: Callable[[], Awaitable[None]]
    """Ask `run` to finish what it has in hand and to return."""


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How a channel's connection stands."""

    ready: bool
    state: str
    """One word for /readyz."""
    last_heard: datetime | None = None
    """When a message of a group last came in (aware)."""
    standby: bool = False
    """Not connected because another process is, and able to take over: no fault."""
    is_refused: bool = False
    """The platform refuses its credentials again and again: an alarm."""


class FileGone(Exception):
    """The platform has the file no more."""


@dataclass(frozen=True, slots=True)
class MediaSource:
    """How the files of a channel's messages are fetched."""

    key: str | None = field(default=None, repr=False)
    """The key of files that bring none of their own; None: such files are not encrypted."""
    stream: "Callable[[MediaRef, httpx.AsyncClient], AsyncIterator[bytes]] | None" = None
    """The bytes of a file that has no address of its own, asked for on another thread's event loop, so
    with its client. Raises FileGone, or httpx's TransportError where another try may help. None: every
    file is fetched from its address, if that is on a host of `media.hosts`."""


Query = Mapping[str, str]


class CallbackEndpoint(Protocol):
    """How a platform calls a channel, at `/callback/{name of the channel}`."""

    @property
    def max_body(self) -> int:
        """Bytes; a larger body is not read to its end."""
        ...

    def verify(self, query: Query) -> str:
        """The text to answer a GET with, by which the platform checks the address. Raises RefusedInput."""
        ...

    def open(self, query: Query, body: bytes) -> Envelope:
        """What a POST carries. Raises RefusedInput for what is not authentic or not well-formed."""
        ...


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A message whose request still waits for its answer."""

    query: Query
    envelope: Envelope
    incoming: Incoming


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """What a platform gets as the answer to its request."""

    content: bytes
    media_type: str


class PassiveReplies(Protocol):
    """Saying something within the very request that brought a message."""

    def can_reply(self, body: PushBody, request: OpenRequest) -> bool:
        """Whether `body` may be the answer to this request."""
        ...

    def build_reply(self, body: PushBody, request: OpenRequest) -> RequestAnswer:
        """The answer. ValueError where `can_reply` said no."""
        ...


class EntranceRefused(Exception):
    """The platform does not publish what people should come in by; the message is a slug."""


class Entrance(Protocol):
    """How people find a door that anybody may come to: what an administrator publishes once."""

    async def draw_code(self, scene: str) -> bytes:
        """The picture of the QR code that brings people to this scene. Raises EntranceRefused."""
        ...

    async def publish_menu(self, entries: Sequence[tuple[str, str]]) -> None:
        """Show these entries (name, key) below every conversation. Raises EntranceRefused."""
        ...


class EntranceLinks(Protocol):
    """Addresses that lead to such a door, for whoever draws the codes."""

    async def make_link(self, scene: str) -> str:
        """The address that brings people to this scene. Raises EntranceRefused."""


class DirectoryRefused(Exception):
    """The platform does not show who its members are; the message is a slug."""


class Directory(Protocol):
    """The corporation's list of members."""

    async def read_changes(self, key: str) -> Envelope | None:
        """What changed since it was last heard, to be stored as a message; None: nothing did.

        `key`: of several with the same one the first is stored. Raises DirectoryRefused.
        """
        ...


class GroupRefused(Exception):
    """The platform does not make the group; the message is a slug."""


class GroupMaker(Protocol):
    """Making groups of members into which the channel pushes."""

    async def create_group(self, name: str, *, owner: str, members: Sequence[str], chat_id: str) -> str:
        """Make a group of these members (user ids); its chat id. Raises GroupRefused."""
        ...


class Channel(Protocol):
    """One configured channel."""

    @property
    def name(self) -> str: ...

    @property
    def declaration(self) -> ChannelDeclaration: ...

    def read(self, raw: str) -> Incoming:
        """The neutral form of a stored raw payload. Raises RefusedInput where it has none."""
        ...

    def can_send(self, delivery: Delivery) -> bool:
        """Whether this route could carry the push right now (kind, connection, handles, address)."""
        ...

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        """Every limit that this send counts against; a limit is named once for each message it counts."""
        ...

    @property
    def sends_here(self) -> bool:
        """Whether this process may send for it: False where all goes through what another one holds."""
        ...

    async def send(self, delivery: Delivery) -> Outcome:
        """Hand the delivery to the platform; never raises for what a platform can do."""
        ...

    async def probe(self) -> bool:
        """Whether the platform answers, asked in a way that nobody sees; True where it cannot be asked so."""
        ...

    @property
    def callback(self) -> CallbackEndpoint | None:
        """The HTTP side of the channel; None where no platform calls it."""
        ...

    @property
    def passive_replies(self) -> PassiveReplies | None:
        """How an answer rides on the request of its message; None where it never does."""
        ...

    @property
    def entrance(self) -> Entrance | None:
        """How people find the channel; None where nothing has to be published for that."""
        ...

    @property
    def entrance_links(self) -> EntranceLinks | None:
        """How people find the channel by links; None where they come by codes, or are there."""
        ...

    @property
    def media(self) -> MediaSource:
        """How the files of the channel's messages are fetched."""
        ...

    @property
    def sign_in(self) -> SignIn | None:
        """How its people sign in to pages; None where they cannot."""
        ...

    @property
    def resident_sign_in(self) -> SignIn | None:
        """How residents are known on their own pages, where nobody has a right of staff; None where not."""
        ...

    @property
    def directory(self) -> Directory | None:
        """Who the members of its corporation are; None where it cannot tell."""
        ...

    @property
    def groups(self) -> GroupMaker | None:
        """Making groups; None where it cannot."""
        ...

    @property
    def is_pulled_apart(self) -> bool:
        """Whether its tasks run in processes of the archive role, and not in those that send."""
        ...

    @property
    def lock_names(self) -> Sequence[str]:
        """Names of locks, each held by one process at a time, that the process of its tasks tries to get."""
        ...

    def tasks(self) -> Sequence[BackgroundTask]:
        """The channel's background tasks, for the process that runs them to start and to stop."""
        ...

    def notice_stored(self) -> None:
        """A message of the channel was stored by this process: for one whose messages announce others."""
        ...

    def read_health(self) -> ChannelHealth | None:
        """How the channel's connection stands; None where it keeps none."""
        ...


class PlainChannel:
    """A channel without any optional part; a channel that has one overrides it."""

    callback: CallbackEndpoint | None = None
    passive_replies: PassiveReplies | None = None
    entrance: Entrance | None = None
    entrance_links: EntranceLinks | None = None
    media: MediaSource = MediaSource()
    sign_in: SignIn | None = None
    resident_sign_in: SignIn | None = None
    directory: Directory | None = None
    groups: GroupMaker | None = None
    is_pulled_apart: bool = False
    lock_names: Sequence[str] = ()

    @property
    def sends_here(self) -> bool:
        return True

    async def probe(self) -> bool:
        return True

    def tasks(self) -> Sequence[BackgroundTask]:
        return ()

    def notice_stored(self) -> None:
        """Nothing is to be fetched."""

    def read_health(self) -> ChannelHealth | None:
        return None


Clock = Callable[[], datetime]
