"""What becomes of suggestions: the answer, the milestones until it is built, and what is made public."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Id, add_partial_index

SUGGESTION = "建议"
"""The nature of a case that is one."""


class Adoption(StrEnum):
    """The answer to a suggestion."""

    FULL = "full"
    PARTIAL = "partial"
    DECLINED = "declined"

    @property
    def chinese(self) -> str:
        return {"full": "全部采纳", "partial": "部分采纳", "declined": "暂不采纳"}[self]


class Milestone(Base):
    """One step towards what was suggested. It has no clock: a year that it takes is no lateness."""

    __tablename__ = "milestones"
    __table_args__ = (
        reference_event("milestones", "event_number"),
        reference_event("milestones", "done_event_number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    event_number: Mapped[int]
    """Number of the event that planned it."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """Who is reminded; None: the desk."""
    due: Mapped[date] = mapped_column(Date)
    """A local day."""
    text: Mapped[str]
    done_at: Mapped[datetime | None]
    done_event_number: Mapped[int | None]


IS_AHEAD = Milestone.done_at.is_(None)
"""Not reached yet."""
add_partial_index("ix_milestones_ahead", Milestone.due, Milestone.id, where=IS_AHEAD)


class Publication(Base):
    """What everybody may read of a suggestion: written by one person, published by another."""

    __tablename__ = "publications"
    __table_args__ = (
        CheckConstraint("published_by <> proposed_by", name="publication_by_another"),
        CheckConstraint("(published_by IS NULL) = (published_at IS NULL)", name="publication_has_a_time"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    text: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    published_at: Mapped[datetime | None]
