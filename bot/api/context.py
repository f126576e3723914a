"""What the API needs of the process it runs in; `bot.process.runtime.Runtime` provides it."""

from typing import Protocol

from bot.channels.base import Channel, Clock
from bot.config.settings import Settings
from bot.media.stores import MediaStore
from bot.ops.metrics import Metrics
from handlers.environment.snapshot import Environment
from models.database import Database


class Context(Protocol):
    """Settings, database, clock and the current rules, as the routes of the API use them."""

    @property
    def settings(self) -> Settings:
        """The whole configuration."""
        ...

    @property
    def database(self) -> Database:
        """The database of this process."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The metrics of this process."""
        ...

    @property
    def clock(self) -> Clock:
        """Returns the present time as aware UTC."""
        ...

    @property
    def store(self) -> MediaStore:
        """Where the files of messages are kept."""
        ...

    def env(self) -> Environment:
        """The current snapshot of rules, units, limits and calendar."""
        ...

    def channels(self) -> dict[str, Channel]:
        """The running channels by their name in the configuration."""
        ...

    def wake(self) -> None:
        """Wake the sender after a commit that queued pushes; may be called from any thread."""
        ...

    def unready_parts(self) -> dict[str, str]:
        """Part to reason for every part that is not ready; empty when all are."""
        ...

    def standby_parts(self) -> dict[str, str]:
        """Part to state for every part that another process does and this one would take over."""
        ...

    def record_gauges(self) -> None:
        """Set the gauges that are read from the process itself."""
        ...
