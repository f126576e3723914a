"""Who is away and who stands in for them, and who sits at a duty desk on which day."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class Absence(Base):
    """Somebody is away from the first to the last local day, both included."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("substitute_id <> person_id", name="absence_stood_in_by_another"),
        CheckConstraint("last >= first", name="absence_ends_later"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    """Who is mentioned in their place."""
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date, index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]
    """When it was taken back; None: it holds."""


class DutyShift(Base):
    """Somebody sits at the desk of a unit on a local day."""

    __tablename__ = "duty_shifts"
    __table_args__ = (UniqueConstraint("unit_id", "day", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(Date)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
