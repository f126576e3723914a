"""What a joint meeting decided: for each unit, what it does and by when (requirements A18, D21)."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Id


class MeetingAction(Base):
    """One decision of a meeting. Its clock is that of the unit's action (`Step.ACTION`)."""

    __tablename__ = "meeting_actions"
    __table_args__ = (reference_event("meeting_actions", "event_number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    event_number: Mapped[int]
    """Number of the event that records the meeting."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    text: Mapped[str]
    due_at: Mapped[datetime]
