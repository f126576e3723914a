"""Lines that the duty desk decides: what somebody said to the bot that fits nothing, or to a person."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


class LineDecision(StrEnum):
    """What the desk made of a line."""

    OPENED = "opened"
    """A case."""
    ANSWERED = "answered"
    DROPPED = "dropped"
    """Nothing; nobody is told."""

    @property
    def chinese(self) -> str:
        return {"opened": "立案", "answered": "答复", "dropped": "不用管"}[self]


class DeskLine(Base):
    """What one person said in one chat, until the desk decides; what they add meanwhile is part of it."""

    __tablename__ = "desk_lines"
    __table_args__ = (
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_has_a_time"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """`LY261129-0001`, by which it is named in commands and quotes."""
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), unique=True)
    """Its words, messages and files, which become the case's where one is opened. It waits for no piece."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    """Where it was said, and where it is answered."""
    area_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """Whose desk decides: that of this area; None: the top desk."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    """The case that it is about, where that is known."""
    wants_person: Mapped[bool] = mapped_column(default=False)
    """They asked for a person: the desk is rung."""
    pieces: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]
    last_at: Mapped[datetime]
    """When the last piece came."""
    reminded_at: Mapped[datetime | None]
    """When the desk was reminded that it waits; once."""
    decision: Mapped[str | None]
    """A `LineDecision`; None: it waits."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")


IS_UNDECIDED_LINE = DeskLine.decided_at.is_(None)
IS_UNREMINDED_LINE = and_(IS_UNDECIDED_LINE, DeskLine.reminded_at.is_(None))
# However much somebody says, it is one line.
add_partial_index(
    "uq_desk_lines_one_waiting", DeskLine.chat_id, DeskLine.person_id, where=IS_UNDECIDED_LINE, unique=True
)
