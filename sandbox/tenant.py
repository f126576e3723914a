"""One pretend corp: its world, its limits, its open sockets."""

from collections.abc import Callable
from typing import Protocol

from sandbox.faults import Faults, Stats
from sandbox.limits import RateLimit, SlidingWindows
from sandbox.media import Links, MediaIds
from sandbox.options import Clock, Options
from sandbox.tickets import Ticket, Tickets
from sandbox.wire import RATE_LIMITED, Json, PlatformError
from sandbox.world import Blob, Bot, World


class BotConnection(Protocol):
    """A live connection of a bot, as the rest of the sandbox sees it."""

    serial: int
    zombie: bool

    async def send(self, frame: Json) -> bool:
        """Send a frame; False where the connection is gone."""
        ...

    async def close(self, code: int) -> None:
        """Close the connection with this WebSocket code."""
        ...


class CallbackPort(Protocol):
    """Delivers messages to bots in callback mode."""

    def deliver(self, bot: Bot, ticket: Ticket, body: Json) -> None:
        """Start delivering the body of a message or event to the bot's URL."""
        ...


class Tenant:
    """One object per app, so that two sandboxes can live in one process."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self.clock = Clock()
        self.links = Links(options, self.clock)
        self.media_ids = MediaIds(options, self.clock)
        self.tickets = Tickets(options, self.clock)
        self.faults = Faults()
        self.stats = Stats()
        self.connections: dict[str, BotConnection] = {}
        self.queued_frames: dict[str, list[tuple[Ticket, Json]]] = {}
        """Frames for bots that are away, kept only with `replay_on_subscribe`."""
        self.entered_days: set[tuple[str, str, str]] = set()
        """(bot, user, day) whose enter_chat was sent."""
        self.sample_blobs: dict[str, Blob] = {}
        """Sample photos already drawn; drawing one takes tens of milliseconds."""
        self.callbacks: CallbackPort | None = None
        self.on_presence: list[Callable[[], None]] = []
        minute, hour = options.minute, options.hour
        self._chat_rate = SlidingWindows(
            RateLimit(options.chat_per_minute, minute), RateLimit(options.chat_per_hour, hour)
        )
        self._upload_rate = SlidingWindows(
            RateLimit(options.uploads_per_minute, minute), RateLimit(options.uploads_per_hour, hour)
        )

    def notify_presence(self) -> None:
        """Tell the listeners that a bot came online or went offline."""
        for listener in self.on_presence:
            listener()

    def take_chat_quota(self, bot: Bot, chat: str) -> None:
        """Count one reply or push in a conversation. Raises PlatformError where the limit is reached."""
        if not self._chat_rate.take(f"{bot.bot_id} {chat}", self.clock.now()):
            self.stats.count_rate_refusal(chat)
            raise PlatformError(RATE_LIMITED, "api freq out of limit")

    def take_upload_quota(self, bot_id: str) -> None:
        """Count one upload of a bot. Raises PlatformError where the limit is reached."""
        if not self._upload_rate.take(bot_id, self.clock.now()):
            self.stats.count_rate_refusal(f"upload:{bot_id}")
            raise PlatformError(RATE_LIMITED, "upload freq out of limit")
