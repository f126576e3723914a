"""What is to be said: the outbox, and the record of sends that the limits count."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index, spell_out


class PushState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    MERGED = "merged"
    """A newer status of the same case took its place before it left."""
    UNKNOWN = "unknown"
    """Sent, but no answer came: never resent blindly."""
    MISSED = "missed"
    """A card could not be changed within its five seconds; the words around it tell the same."""
    DEAD = "dead"
    """No route would take it, or it failed too often: visible and replayable."""


class Push(Base):
    __tablename__ = "pushes"
    __table_args__ = (Index("ix_pushes_case", "case_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    """Writing the same push twice is one push."""
    lane: Mapped[str]
    """The chat; urgent pushes have a lane of their own beside it."""
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    channel: Mapped[str]
    """The chat's channel: which process may send it."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    merge_key: Mapped[str | None]
    """A later unsent push of this lane with the same key makes this one superfluous."""
    answers: Mapped[int | None] = mapped_column(ForeignKey("inbox.id"))
    """The message it answers, where a passive reply could carry it."""
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    urgent: Mapped[bool]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=PushState.READY)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None]
    doubtful: Mapped[bool] = mapped_column(default=False)
    """Its process died while it was being sent: it may arrive twice, and says so."""
    refused: Mapped[list[str]] = mapped_column(default=list)
    """Routes that will never take it."""
    sent_at: Mapped[datetime | None]
    route: Mapped[str | None]
    outcome: Mapped[str | None]


_READY, _LEASED = spell_out(PushState.READY, PushState.LEASED)
IS_LEASED = Push.state == _LEASED


def is_live(row: type[Push] = Push) -> ColumnElement[bool]:
    """Still to be sent, or just being sent; `row`: an alias of the table."""
    return row.state.in_((_READY, _LEASED))


# One push in flight per lane: a group's pushes arrive in the order written.
add_partial_index("uq_pushes_one_leased_per_lane", Push.lane, where=IS_LEASED, unique=True)
add_partial_index("ix_pushes_waiting", Push.lane, Push.id, where=is_live())
add_partial_index("ix_pushes_ready", Push.id, where=is_live())
add_partial_index("ix_pushes_answer", Push.answers, where=is_live())


class SendRecord(Base):
    """One send that a limit counts. Old rows are swept away by the ticker."""

    __tablename__ = "sends"
    __table_args__ = (Index("ix_sends_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str]
    """Which bucket, e.g. `aibot:AIB1:wrCG`."""
    push_id: Mapped[int]
    at: Mapped[datetime]
    """When the answer came, which is never earlier than when the platform counted it."""
