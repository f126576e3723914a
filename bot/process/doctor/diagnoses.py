"""What a check is given, and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.config.settings import Settings
from models.database import Database


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """It works, and will not for ever."""
    BAD = "bad"
    """Something is lost, closed or stands still."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at."""

    name: str
    """A stable name: `disk`, `clock`."""
    level: Level
    text: str
    """What was found, and what to do where it is not well, in Chinese."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is examined."""

    settings: Settings
    config: Path
    """The configuration's file."""
    database: Database
    now: datetime
    """The time of this machine, aware."""


Check = Callable[[Installation], Iterable[Diagnosis]]
"""One check. It may raise SQLAlchemyError or OSError: that is a finding as well."""
