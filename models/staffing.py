"""Who is away and who stands in for them, who is on duty in a unit on which day, and who asks to swap."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


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
    """Who is mentioned and works in their place."""
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date, index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None]
    """When it was taken back; None: it holds."""
    announced_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its unit was told that somebody stands in."""
    return_told_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its unit was told that this is over."""


class DutyShift(Base):
    """Somebody is on duty in a unit on a local day."""

    __tablename__ = "duty_shifts"
    __table_args__ = (UniqueConstraint("unit_id", "day", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(Date)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]


class ShiftSwap(Base):
    """Somebody on duty asks somebody else to take a day of theirs."""

    __tablename__ = "shift_swaps"
    __table_args__ = (CheckConstraint("asked_id <> person_id", name="swap_asks_another"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(Date)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    """Whose day it is."""
    asked_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    """Who is to take it, and alone can agree."""
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    agreed: Mapped[bool | None]
    """None as long as nobody has decided; False as well where whoever asked took it back."""


IS_WAITING_SWAP = ShiftSwap.decided_at.is_(None)
add_partial_index(
    "uq_shift_swaps_waiting", ShiftSwap.unit_id, ShiftSwap.day, ShiftSwap.person_id,
    where=IS_WAITING_SWAP, unique=True,
)  # fmt: skip
