"""Messages to many: notices, the days of a week plan, and answers to everyone who reported a thing."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


class Notice(Base):
    """One text for the groups of a subtree, or for the people who reported something with a keyword."""

    __tablename__ = "notices"
    __table_args__ = (
        # A second person approves every notice.
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="approved_by_another"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_has_a_time"),
        CheckConstraint("sent_at IS NULL OR approved_by IS NOT NULL", name="sent_was_approved"),
        # A notice ends in one way: sent, withdrawn or skipped.
        CheckConstraint("sent_at IS NULL OR (cancelled_at IS NULL AND skipped_at IS NULL)", name="ends_once"),
        Index("ix_notices_plan", "plan"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """`TZ261121-001`."""
    plan: Mapped[str | None]
    """`JH261121-001`: the week plan it is a day of."""
    theme: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    """The unit whose subtree is the audience; with a keyword, the subtree whose cases are searched."""
    uses: Mapped[list[str]]
    """Which of the subtree's groups, by `ChatUse`; none where there is a keyword."""
    keyword: Mapped[str | None]
    """A word, or the code of a topic: the notice goes to everybody who reported a matching case."""
    send_at: Mapped[datetime]
    workdays_only: Mapped[bool] = mapped_column(default=False)
    """Skipped where the day is off by the working calendar."""
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    skipped_at: Mapped[datetime | None]
    """When it was skipped: on a day off, or as a day of a plan approved too late."""
    sent_at: Mapped[datetime | None]
    reached: Mapped[int] = mapped_column(default=0)
    """How many groups or conversations it was queued for."""


IS_PENDING = and_(Notice.sent_at.is_(None), Notice.cancelled_at.is_(None), Notice.skipped_at.is_(None))
add_partial_index("ix_notices_waiting", Notice.send_at, where=IS_PENDING)
