"""What is noted of talk in groups that are heard whole: which message is which, and questions left open."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index

KEPT_FOR = timedelta(days=6)
"""A day longer than the platform keeps its archive: no copy and no recall comes later."""
RECALL = "recall:"
"""Begins the message id by which the inbox knows that a message was taken back, whose id follows."""


class HeardMessage(Base):
    """A message of a group that an archive reads: found by its id where it is recalled, by its digest where
    another channel brought it as well.
    """

    __tablename__ = "heard_messages"
    __table_args__ = (
        Index("ix_heard_messages_message", "channel", "message_id"),
        Index("ix_heard_messages_copies", "chat_id", "digest"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    message_id: Mapped[str]
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox.id"), unique=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    digest: Mapped[str]
    """Of what was said, without the mention of the bot and the quote."""
    at: Mapped[datetime] = mapped_column(index=True)
    """By the platform's clock, where it says so."""
    twin_inbox_id: Mapped[int | None]
    """The inbox row of the same message from the other channel."""


class OpenQuestion(Base):
    """What a resident asked in a group that is heard whole, until somebody answers."""

    __tablename__ = "open_questions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox.id"), unique=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    """Its words; none, once it is answered."""
    at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    """When whoever leads the grid is told, if nobody has answered."""
    ended_at: Mapped[datetime | None]
    """Answered, taken back, or told of."""


IS_OPEN_QUESTION = OpenQuestion.ended_at.is_(None)
add_partial_index("ix_open_questions_due", OpenQuestion.due_at, where=IS_OPEN_QUESTION)
add_partial_index("ix_open_questions_chat", OpenQuestion.chat_id, where=IS_OPEN_QUESTION)
