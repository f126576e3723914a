"""Topics: many reports of one matter in a short time, found by the program or watched by keywords."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class TopicState(StrEnum):
    """How a topic came about, or that it is over."""

    RAISED = "raised"
    """Found by the program: similar cases of at least three people within three days."""
    WATCHED = "watched"
    """A person asked to be notified of certain words."""
    CLOSED = "closed"
    """Over: no case is added any more."""


class Topic(Base):
    """Several reports about one matter, with what is needed to answer everybody at once."""

    __tablename__ = "topics"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (state <> 'closed')", name="closed_has_a_time"),
        CheckConstraint("state <> 'watched' OR made_by IS NOT NULL", name="watched_by_somebody"),
        Index("ix_topics_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    """`T261121-1`: people type the end of it."""
    title: Mapped[str]
    state: Mapped[str]
    class_id: Mapped[str] = mapped_column(default="")
    """Class of most of its cases; empty where words are watched."""
    area_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """The area whose desk is notified: the common area of its cases, or the subtree that is watched."""
    place: Mapped[str] = mapped_column(default="")
    words: Mapped[list[str]]
    """Words of most of its cases, or the words that are watched."""
    raised_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The person who watches; None where the program found it."""
    told: Mapped[int] = mapped_column(default=0)
    """People who had reported it when the desk was last notified; it is again when they have doubled."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    """The case under which its cases were put."""
    closed_at: Mapped[datetime | None]


class TopicCase(Base):
    """A case that belongs to a topic."""

    __tablename__ = "topic_cases"

    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    at: Mapped[datetime]
