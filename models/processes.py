"""Running processes, the locks that only one of them may hold, and what proves that rows can be stored.

A lease on an inbox row or a push is valid for as long as its holder's heartbeat goes on; nothing needs
renewing while a long download runs, and a killed process is detected within `DEAD_AFTER`.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base

BEAT_EVERY = timedelta(seconds=1)
DEAD_AFTER = timedelta(seconds=4)


class Process(Base):
    """A running process and its last heartbeat."""

    __tablename__ = "processes"

    name: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class WriteProbe(Base):
    """A row that is written only to see whether the database takes it; `name` says who asks."""

    __tablename__ = "write_probes"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Bell(Base):
    """Whether somebody waits to be woken by one of the bells of `bot.process.doorbell`."""

    __tablename__ = "bells"

    name: Mapped[str] = mapped_column(primary_key=True)
    is_expected: Mapped[bool]


class Lock(Base):
    """Something that only one process at a time may do, such as holding the socket of a bot."""

    __tablename__ = "posts"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    since: Mapped[datetime]
    is_offered: Mapped[bool] = mapped_column(default=False)
    """Its holder lives, and cannot do what it is for at present: any other may take it."""
