"""What was received: one row per message or press, written before anything is answered."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class InboxState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    """Parked after too many failures: visible, replayable, never in its lane's way."""


class InboxRow(Base):
    __tablename__ = "inbox"
    __table_args__ = (
        # The platform delivers some messages twice; the second copy is dropped here.
        UniqueConstraint("channel", "message_id"),
        # One message in flight per lane: a person's messages are handled in the order sent.
        Index(
            "uq_inbox_one_leased_per_lane",
            "lane",
            unique=True,
            sqlite_where=text("state = 'leased'"),
            postgresql_where=text("state = 'leased'"),
        ),
        Index(
            "ix_inbox_waiting",
            "lane",
            "id",
            sqlite_where=text("state IN ('ready', 'leased')"),
            postgresql_where=text("state IN ('ready', 'leased')"),
        ),
        Index(
            "ix_inbox_ready",
            "id",
            sqlite_where=text("state IN ('ready', 'leased')"),
            postgresql_where=text("state IN ('ready', 'leased')"),
        ),
        Index(
            "ix_inbox_dead",
            "id",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    message_id: Mapped[str]
    lane: Mapped[str]
    """Chat and sender: the order that must be kept."""
    raw: Mapped[str]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=InboxState.READY)
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    """Failures so far."""
    orphaned: Mapped[int] = mapped_column(default=0)
    """How often a process died holding it."""
    leased_by: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    result: Mapped[str | None]
    """Slug of what came of it: `case.opened`, `chatter`, …"""
    error: Mapped[str | None]


class ReplyHandle(Base):
    """A way to answer one message, of a kind that its channel declares. Secret, short-lived."""

    __tablename__ = "reply_handles"
    __table_args__ = (Index("ix_reply_handles_chat", "channel", "chat_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    chat_id: Mapped[str]
    message_id: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    value: Mapped[str]
    event: Mapped[bool]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
