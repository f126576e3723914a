"""Spot checks: the draw of a day that is over, and the calls to be made for what was drawn."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Data, Id, add_partial_index


class SpotDraw(Base):
    """The draw of one local day. Its seed was made after the day: what it draws nobody could know before."""

    __tablename__ = "spot_draws"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    """The cases that were closed on this local day are drawn from."""
    seed: Mapped[str]
    """Random, as hex."""
    groups: Mapped[list[Any]] = mapped_column(Data)
    """[{share, numbers}]: what it was drawn from, each share as it was written."""
    drawn_at: Mapped[datetime]


REACHED, UNREACHED = "reached", "unreached"
"""What became of a call: the reporter said how it is, or could not be reached on two days."""


class SpotCheck(Base):
    """One case drawn: who is to call its reporter, and what came of it. Counted apart from ratings."""

    __tablename__ = "spot_checks"
    __table_args__ = (
        UniqueConstraint("draw_id", "case_id"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_with_outcome"),
        reference_event("spot_checks", "event_number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("spot_draws.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who is to call; None: there was nobody outside the units that handled it."""
    attempted_at: Mapped[datetime | None]
    """When the reporter was first called in vain."""
    outcome: Mapped[str | None]
    """REACHED, UNREACHED; None: not called yet, or to be called once more."""
    solved: Mapped[bool | None]
    satisfied: Mapped[bool | None]
    ended_at: Mapped[datetime | None]
    event_number: Mapped[int | None]
    """Number of the event of the case that ended it."""


IS_UNCALLED = SpotCheck.outcome.is_(None)
add_partial_index("ix_spot_checks_open", SpotCheck.caller_id, SpotCheck.case_id, where=IS_UNCALLED)
