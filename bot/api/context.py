"""What the API asks of the process it runs in; `bot.process.runtime.Runtime` is one such process."""

from typing import Protocol

from bot.channels.base import Channel, Clock
from bot.config.settings import Settings
from bot.ops.metrics import Metrics
from handlers.environment.snapshot import Environment
from models.database import Database


class Context(Protocol):
    @property
    def settings(self) -> Settings: ...

    @property
    def database(self) -> Database: ...

    @property
    def metrics(self) -> Metrics: ...

    @property
    def clock(self) -> Clock: ...

    def env(self) -> Environment:
        """Rules and names as they are now."""
        ...

    def channels(self) -> dict[str, Channel]: ...

    def wake(self) -> None:
        """Call after a commit that queued pushes; from any thread."""
        ...

    def unready_parts(self) -> dict[str, str]:
        """What is not ready, by part; empty when everything is."""
        ...

    def record_gauges(self) -> None:
        """Set the gauges that are read from the process itself."""
        ...
