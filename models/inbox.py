"""Received messages: one row per message or press, committed before anything is answered."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index, spell_out


class InboxState(StrEnum):
    """How far the handling of a message is."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    """A dead letter after too many failures: visible, replayable, and no obstacle to its lane."""


class InboxRow(Base):
    """A received message or press, with its raw payload and how far it was handled."""

    __tablename__ = "inbox"
    __table_args__ = (
        # The platform delivers some messages twice; the second copy is dropped here.
        UniqueConstraint("channel", "sender", "message_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    sender: Mapped[str] = mapped_column(default="")
    """The sender's id on the platform, as `models.account_ids` spells it."""
    message_id: Mapped[str]
    lane: Mapped[str]
    """Chat and sender: the order that must be kept."""
    raw: Mapped[str]
    """The payload; empty once it was kept for as long as `keep.raw` says."""
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=InboxState.READY)
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    """How often handling failed."""
    orphaned: Mapped[int] = mapped_column(default=0)
    """How often a process died holding it."""
    leased_by: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    result: Mapped[str | None]
    """Slug of the result: `case.opened`, `chatter`, …"""
    error: Mapped[str | None]


_READY, _LEASED, _DEAD = spell_out(InboxState.READY, InboxState.LEASED, InboxState.DEAD)
IS_DEAD = InboxRow.state == _DEAD


def is_leased(row: type[InboxRow] = InboxRow) -> ColumnElement[bool]:
    """In hand; `row`: an alias of the table."""
    return row.state == _LEASED


IS_LEASED = is_leased()


def is_live(row: type[InboxRow] = InboxRow) -> ColumnElement[bool]:
    """Not handled and not parked; `row`: an alias of the table."""
    return row.state.in_((_READY, _LEASED))


# One message in flight per lane: a person's messages are handled in the order sent.
add_partial_index("uq_inbox_one_leased_per_lane", InboxRow.lane, where=IS_LEASED, unique=True)
add_partial_index("ix_inbox_waiting", InboxRow.lane, InboxRow.id, where=is_live())
add_partial_index("ix_inbox_ready", InboxRow.id, where=is_live())
add_partial_index("ix_inbox_dead", InboxRow.id, where=IS_DEAD)

_DONE, _NOTHING = spell_out(InboxState.DONE, "")
HAS_OLD_PAYLOAD = and_(InboxRow.state == _DONE, InboxRow.raw != _NOTHING)
"""Handled, its payload still there."""
add_partial_index("ix_inbox_payload", InboxRow.id, where=HAS_OLD_PAYLOAD)


class ReplyHandle(Base):
    """A way to answer one message, or to change a card that was sent; its channel declares the kind.

    Secret; expires after minutes, hours or days.
    """

    __tablename__ = "reply_handles"
    __table_args__ = (Index("ix_reply_handles_chat", "channel", "chat_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    chat_id: Mapped[str]
    message_id: Mapped[str] = mapped_column(index=True)
    """Id of the message; of a card that was sent, its task id."""
    inbox_id: Mapped[int | None]
    """The message itself: two senders may use one message id. None for a card that was sent."""
    case_id: Mapped[int | None]
    """The case on the card that was sent."""
    kind: Mapped[str]
    value: Mapped[str]
    event: Mapped[bool]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


SUMMONS = "summons"
"""Kind of handle of a platform's call that there are messages to be fetched: its token, in the chat of the
account that has them, until they were fetched."""
(_SUMMONS,) = spell_out(SUMMONS)
IS_UNANSWERED_SUMMONS = and_(ReplyHandle.kind == _SUMMONS, ReplyHandle.used_at.is_(None))
add_partial_index(
    "ix_reply_handles_summons", ReplyHandle.channel, ReplyHandle.id, where=IS_UNANSWERED_SUMMONS
)

CHANGES_CARD = and_(ReplyHandle.case_id.is_not(None), ReplyHandle.used_at.is_(None))
"""It can change the card of a case, as long as it has not expired."""
add_partial_index("ix_reply_handles_card", ReplyHandle.case_id, where=CHANGES_CARD)
