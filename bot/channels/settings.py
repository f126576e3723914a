"""The settings of a channel, and what they make: a declaration before it runs, and the channel itself.

config.yaml ──kind──> ChannelSettings ─┬─declare──────────────────> ChannelDeclaration
                                       └─build_channel(name, host)─> Channel
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.channels.base import Channel, Clock, Envelope
from bot.channels.declaration import ChannelDeclaration
from bot.channels.setting_types import Section

if TYPE_CHECKING:
    # Every command reads settings, few of them call a platform.
    import httpx
    from sqlalchemy.orm import Session

    from models.database import Database


@dataclass(frozen=True, slots=True)
class ChannelHost:
    """What a channel gets from the process that runs it."""

    base_url: str
    """Where people reach this installation with a browser."""
    client: "httpx.AsyncClient"
    """Of the event loop that the channel's tasks and sends run on."""
    receive: Callable[[str, Envelope], Awaitable[object]]
    """Stores a message of the channel with this name durably. Raises StoreUnavailable where that is only
    a matter of time, anything else where the message cannot be stored."""
    receive_page: Callable[[str, Sequence[Envelope], "Callable[[Session], None]"], Awaitable[None]]
    """Stores messages of the channel with this name, and in the same transaction what the channel writes
    beside them: how far it has come, say. What that raises undoes all of it. Raises StoreUnavailable."""
    holds_lock: Callable[[str], bool]
    """Whether this process may begin what one of the channel's `lock_names` is for. Touches no database."""
    keeps_lock: Callable[[str], bool]
    """Whether it may go on with what it began: also while the database is away, for a while."""
    clock: Clock
    database: "Database"
    """Where a channel keeps what all processes share: the token of its account, what it may still send."""


@dataclass(frozen=True, slots=True)
class SettingDoubt:
    """What works and may not be meant: for whoever reads `gridbot check`."""

    key: str
    problem: str
    example: str


class ChannelSettings(Section):
    """One entry of `channels` in config.yaml. A package that brings one names its `kind` as a Literal."""

    kind: str

    def declare(self) -> ChannelDeclaration:
        """What a channel with these settings can do."""
        raise NotImplementedError

    def list_doubts(self) -> Sequence[SettingDoubt]:
        """What should perhaps be set otherwise."""
        return ()

    def awaits_calls(self) -> bool:
        """Whether the platform calls this installation, which it must be able to reach."""
        return False

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        """The channel with these settings and this name, not running yet."""
        raise NotImplementedError
