"""Figures that are kept by day and unit, so that a month need not be counted case by case.

They are what the cases say as far as the events have been folded in (`FOLDED`); a day of which something
happened since is counted anew, by whoever reads it and then by the ticker.
"""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id

FOLDED = "figures"
"""Name of the `Counter` that says up to which event (id) the kept days are true."""
NOBODY = 0
"""Stands for the unit of what no unit has."""


class KeptDay(Base):
    """A local day whose figures are kept, whether or not anything was reported on it."""

    __tablename__ = "kept_days"

    day: Mapped[date] = mapped_column(primary_key=True)


class KeptFigures(Base):
    """What one unit has of the public cases that were opened on one local day, as `figures.Figures` counts.

    `due` and `on_time` of finished cases only: of the others the limit runs out without any event.
    """

    __tablename__ = "kept_figures"

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """NOBODY: no unit has them."""
    received: Mapped[int]
    excluded: Mapped[int]
    withdrawn: Mapped[int]
    answered: Mapped[int]
    rated: Mapped[int]
    solved: Mapped[int]
    judged: Mapped[int]
    satisfied: Mapped[int]
    unrated: Mapped[int]
    due: Mapped[int]
    on_time: Mapped[int]
    in_grid: Mapped[int]
    redone: Mapped[int]
    reopened: Mapped[int]
    reworked: Mapped[int]
