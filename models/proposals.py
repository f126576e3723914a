"""Changes of what the office works by: proposed, decided, and kept as a record."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Data, Id


class ProposalSubject(StrEnum):
    """What is to be changed."""

    RULES = "rules"
    """The office's own rule pack: the whole text."""
    LIMITS = "limits"
    """The table of time limits: the whole text."""
    CALENDAR = "calendar"
    """A day of the working calendar."""
    RESPONSIBILITIES = "responsibilities"
    """Which unit an item of the list of responsibilities is."""
    ORGANISATION = "organisation"
    """Units, people and groups, by a file; whoever looked at what it changes applies it."""


class Proposal(Base):
    """One change: proposed by one person, adopted or refused by another."""

    __tablename__ = "proposals"
    __table_args__ = (
        # What many work by is changed by two; a file of the organisation is previewed and applied by one.
        CheckConstraint(
            "subject = 'organisation' OR is_rollback OR NOT adopted OR decided_by <> made_by",
            name="proposal_adopted_by_another",
        ),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="proposal_decided_has_a_time"),
        CheckConstraint("adopted IS NULL OR decided_by IS NOT NULL", name="proposal_adopted_was_decided"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    """A `ProposalSubject`."""
    title: Mapped[str]
    """In one line, what it changes and why."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What is to stand there. None: a file of the organisation that is decided; it names people."""
    replaced: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What stood there as it was proposed; what stands there by then is not overwritten unless it is that."""
    effect: Mapped[dict[str, Any] | None] = mapped_column(Data)
    """What was measured as it was proposed."""
    is_rollback: Mapped[bool] = mapped_column(default=False)
    """It brings back what two people had adopted before."""
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    adopted: Mapped[bool | None]
    """None: nobody has decided."""
