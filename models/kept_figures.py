"""Figures that are kept by day, so that a month need not be counted case by case.

They are what the cases say as far as the events have been folded in (`FOLDED`); a day of which something
happened since is counted anew, by whoever reads it and then by the ticker. What cases counted for when they
went to the archive stays beside it (`archived`): the kept figures are the record of them.
"""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id

FOLDED = "figures"
"""Name of the `Counter` that says up to which event (id) the kept days are true."""
MOVED = "figures:moved"
"""Name of the `Counter` that grows when cases go to the archive or come back, which no event says."""
NOBODY = 0
"""Stands for a unit, an area or a person where there is none."""


class KeptDay(Base):
    """A local day whose figures are kept, whether or not anything was reported on it."""

    __tablename__ = "kept_days"

    day: Mapped[date] = mapped_column(primary_key=True)


class KeptFigures(Base):
    """What the public cases that were opened on one local day count for, as `figures.Figures` counts, where
    they are told apart in one way (`handlers.insight.counts.cuts.Cut`).

    `due` and `on_time` of finished cases only: of the others the limit runs out without any event.
    """

    __tablename__ = "kept_figures"
    __table_args__ = ({"sqlite_with_rowid": False},)

    cut: Mapped[str] = mapped_column(primary_key=True)
    """By which of the next four they are told apart; the others are NOBODY or ""."""
    day: Mapped[date] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    area_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    class_id: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    """Nature, source, status or hour."""
    archived: Mapped[bool] = mapped_column(primary_key=True)
    """Of the cases that are in the archive, whether or not the day is kept; otherwise of those in `cases`."""
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


class KeptReceipts(Base):
    """Of the public cases that were opened on one local day, what one person of one unit received first."""

    __tablename__ = "kept_receipts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """NOBODY: nobody of the unit signed."""
    archived: Mapped[bool] = mapped_column(primary_key=True)
    received: Mapped[int]
    passed: Mapped[int]
    finished: Mapped[int]
