"""The outbox, and the record of sends that the rate limits count."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index, spell_out


class PushState(StrEnum):
    """How far the sending of a push is."""

    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    MERGED = "merged"
    """Replaced by a newer push with the same merge key before it was sent."""
    UNKNOWN = "unknown"
    """Sent, but no answer came: never resent blindly."""
    MISSED = "missed"
    """Nobody need send it again: a card not updated in time, a step that a person may hear no more of."""
    DEAD = "dead"
    """A dead letter: no route would take it, or it failed too often; visible and replayable."""


class PushPurpose(StrEnum):
    """What a push is for, as whoever writes it declares: how long it is worth sending, and whether twice."""

    RECEIPT = "receipt"
    """Says to whoever spoke that they were heard, or asks them what is missing."""
    ANSWER = "answer"
    """Says to a reporter what became of their matter."""
    REPLY = "reply"
    """Says to somebody what the desk answers what they had said to it."""
    ORDER = "order"
    """Gives a group something to do."""
    REMINDER = "reminder"
    """Says that a clock runs out."""
    CARD = "card"
    """Redraws a card that was pressed."""
    EVENT = "event"
    """Tells another system what happened to a case; it knows by the id what it has."""
    NOTICE = "notice"
    """Anything else: notices, summaries, news."""


FIXED_FIELDS = "fields:"
"""Begins the outcome of a push of which a notice of fixed fields was all that could be shown."""
CHAT_GONE = "chat_gone"
"""Outcome of a dead letter: the bot is in its chat no more, or the person follows no more."""
BUDGET_OVER = "budget_over"
"""Outcome of a dead letter: its person may be told no more until they speak again."""
RETURNED = "returned"
"""Outcome of a dead letter: the platform had accepted it, and could not deliver it after all."""


class Push(Base):
    """A message to be sent to one chat, and what came of it."""

    __tablename__ = "pushes"
    __table_args__ = (Index("ix_pushes_case", "case_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    """A push written twice under the same key is stored once."""
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
    purpose: Mapped[str] = mapped_column(default=PushPurpose.NOTICE)
    result_event: Mapped[int | None]
    """Number of the event whose result it tells the case's reporter: accepted, it is the answer."""
    link_id: Mapped[int | None]
    """The link of its reader (`models.case_links`), whose address is made and added as the push is sent."""
    urgent: Mapped[bool]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=PushState.READY)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None]
    doubtful: Mapped[bool] = mapped_column(default=False)
    """Nobody knows whether it was sent before: it may arrive twice, and its text says so."""
    refused: Mapped[list[str]] = mapped_column(default=list)
    """Routes that will never take it."""
    sent_at: Mapped[datetime | None]
    route: Mapped[str | None]
    outcome: Mapped[str | None]
    doubt_settled_at: Mapped[datetime | None]
    """When a push of unknown fate was looked at for the last time: what could be done about it is done."""


_READY, _LEASED, _UNKNOWN, _DEAD = spell_out(
    PushState.READY, PushState.LEASED, PushState.UNKNOWN, PushState.DEAD
)


def is_leased(row: type[Push] = Push) -> ColumnElement[bool]:
    """In hand; `row`: an alias of the table."""
    return row.state == _LEASED


IS_LEASED = is_leased()
IS_PARKED = Push.state.in_((_DEAD, _UNKNOWN))
"""A letter for somebody to look at: no route would take it, or nobody knows whether it arrived."""
IS_IN_DOUBT = and_(Push.state == _UNKNOWN, Push.doubt_settled_at.is_(None))
"""Sent without an answer, and neither sent once more nor said to a desk."""


def is_live(row: type[Push] = Push) -> ColumnElement[bool]:
    """Still to be sent, or just being sent; `row`: an alias of the table."""
    return row.state.in_((_READY, _LEASED))


# One push in flight per lane: a group's pushes arrive in the order written.
add_partial_index("uq_pushes_one_leased_per_lane", Push.lane, where=IS_LEASED, unique=True)
add_partial_index("ix_pushes_waiting", Push.lane, Push.id, where=is_live())
add_partial_index("ix_pushes_ready", Push.id, where=is_live())
# Whether a newer push with the same merge key waits behind one.
add_partial_index(
    "ix_pushes_merge", Push.lane, Push.merge_key, Push.id, where=and_(is_live(), Push.merge_key.is_not(None))
)
add_partial_index("ix_pushes_answer", Push.answers, where=is_live())
# Whether anything answers a message that is to be deleted.
add_partial_index("ix_pushes_answers", Push.answers, where=Push.answers.is_not(None))
add_partial_index("ix_pushes_parked", Push.id, where=IS_PARKED)
add_partial_index("ix_pushes_in_doubt", Push.id, where=IS_IN_DOUBT)


class SendRecord(Base):
    """One send that a rate limit or the budget of a reply handle counts. The ticker deletes old rows."""

    __tablename__ = "sends"
    __table_args__ = (
        Index("ix_sends_key_at", "key", "at"),
        Index("ix_sends_push", "push_id"),
        Index("ix_sends_at", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str]
    """The bucket of the limit, e.g. `aibot:AIB1:wrCG`; of a budget `handle:` and the id of the handle."""
    push_id: Mapped[int]
    at: Mapped[datetime]
    """When the answer came, which is never earlier than when the platform counted it."""
