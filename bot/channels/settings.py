"""The settings of a channel, and what they make: a declaration before it runs, and the channel itself.

config.yaml ──kind──> ChannelSettings ─┬─declare──────────────────> ChannelDeclaration
                                       └─build_channel(name, host)─> Channel
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from bot.channels.base import Channel, Clock, Envelope
from bot.channels.declaration import ChannelDeclaration
from bot.channels.setting_types import Section

if TYPE_CHECKING:
    # Every command reads settings, few of them call a platform.
    import httpx
    from sqlalchemy.orm import Session

    from models.database import Database


class OfferLock(Protocol):
    """Takes the name of a lock, and whether it is offered. Touches no database."""

    def __call__(self, lock: str, /, *, offered: bool) -> None: ...


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
    holds_lock: Callable[[str], bool]
    """Whether this process may begin what one of the channel's `lock_names` is for. Touches no database."""
    keeps_lock: Callable[[str], bool]
    """Whether it may go on with what it began: also while the database is away, for a while."""
    offer_lock: "OfferLock"
    """Tells whether another process may have it, because the channel cannot use it from here."""
    clock: Clock
    database: "Database"
    """Where a channel keeps what all processes share: the token of its account, what it may still send."""
    store: "Callable[[Session, str, Sequence[Envelope]], Mapping[str, int]]"
    """Stores messages of the channel with this name in a transaction of its own: message id to inbox id, of
    those that were not stored before."""
    wake: Callable[[], None]
    """To be called once what was stored so is committed; from any thread."""
    media_folder: Path
    max_file: int
    """Bytes of the largest file that is kept."""


@dataclass(frozen=True, slots=True)
class SettingDoubt:
    """What may not be meant, or cannot work: for whoever reads `gridbot check`."""

    key: str
    problem: str
    example: str
    grave: bool = False
    """It cannot work so at all."""


class ChannelSettings(Section):
    """One entry of `channels` in config.yaml. A package that brings one names its `kind` as a Literal."""

    kind: str

    def declare(self) -> ChannelDeclaration:
        """What a channel with these settings can do."""
        raise NotImplementedError

    def list_doubts(self) -> Sequence[SettingDoubt]:
        """What should perhaps be set otherwise."""
        return ()

    def resolve_paths(self, folder: Path) -> Self:  # noqa: ARG002 - for settings that name files
        """The same settings with every relative path counted from `folder`."""
        return self

    def awaits_calls(self) -> bool:
        """Whether the platform calls this installation, which it must be able to reach."""
        return False

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        """The channel with these settings and this name, not running yet."""
        raise NotImplementedError
