"""包案: a leader who answers for a case until it ends, while its unit goes on handling it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Id, add_partial_index


class Charge(Base):
    """One leader's charge of one case."""

    __tablename__ = "charges"
    __table_args__ = (
        reference_event("charges", "event_number"),
        reference_event("charges", "ended_event_number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    event_number: Mapped[int]
    """Number of the event that began it."""
    began_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_event_number: Mapped[int | None]
    """Number of the event that ended it: the release, or the end of the case."""


IS_IN_CHARGE = Charge.ended_at.is_(None)
add_partial_index("uq_charges_one_of_case", Charge.case_id, where=IS_IN_CHARGE, unique=True)
