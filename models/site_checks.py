"""Site checks: people asked by `/核实` to go and look at the place of a case, one row a person."""

from datetime import datetime

from sqlalchemy import ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Id, add_partial_index


class SiteCheck(Base):
    """One person asked to look at the place, and whether they answered or declined."""

    __tablename__ = "surveys"
    __table_args__ = (reference_event("surveys", "event_number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    """What to look at."""
    event_number: Mapped[int | None]
    """Number of the event that asked; None: written by an older version, so the event is unknown."""
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    photo_required: Mapped[bool] = mapped_column(default=False)
    """An answer without a photo is none."""
    reminded_at: Mapped[datetime | None]
    """When they, and the desk, were told that the time is over."""
    declined: Mapped[bool] = mapped_column(default=False)


IS_UNANSWERED = SiteCheck.answered_at.is_(None)
IS_UNREMINDED = and_(IS_UNANSWERED, SiteCheck.reminded_at.is_(None))
add_partial_index("ix_surveys_unreminded", SiteCheck.due_at, where=IS_UNREMINDED)
add_partial_index("ix_surveys_waiting", SiteCheck.person_id, SiteCheck.case_id, where=IS_UNANSWERED)
