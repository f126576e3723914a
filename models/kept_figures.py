"""Figures that are kept by day, so that a month need not be counted case by case.

They are what the cases say as far as the events and the time have been folded in (`FOLDED`, `FOLDED_AT`), the
running day among them. What each case counts for in them stands beside them (`KeptCase`): whoever reads takes
that off for the few cases of which something happened since, and counts these anew. What cases counted for
when they went to the archive stays (`archived`): the kept figures are the record of them.
"""

from datetime import date

from sqlalchemy import literal_column
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index

FOLDED = "figures"
"""Name of the `Counter` that says up to which event (id) the kept figures are true."""
FOLDED_AT = "figures:at"
"""Name of the `Counter` that says as of when cases are counted as late in them: seconds since 1970."""
MOVED = "figures:moved"
"""Name of the `Counter` that grows when cases go to the archive or come back, which no event says."""
NOBODY = 0
"""Stands for a unit, an area or a person where there is none."""


class KeptDay(Base):
    """A local day whose figures are kept, whether or not anything was reported on it."""

    __tablename__ = "kept_days"

    day: Mapped[date] = mapped_column(primary_key=True)


class _Counts:
    """What cases count for, as `figures.Figures` counts."""

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
    overdue: Mapped[int] = mapped_column(default=0, server_default="0")
    """Past their limit, as `due` is, at FOLDED_AT."""
    open: Mapped[int] = mapped_column(default=0, server_default="0")
    """Still on their way; of these, the next three."""
    unplaced: Mapped[int] = mapped_column(default=0, server_default="0")
    """Nobody knows the point where they lie."""
    running: Mapped[int] = mapped_column(default=0, server_default="0")
    """Their time runs."""
    late: Mapped[int] = mapped_column(default=0, server_default="0")
    """It ran out before FOLDED_AT, whether or not their reporter took them back."""


class KeptFigures(_Counts, Base):
    """What the public cases that were opened on one local day count for, where they are told apart in one way
    (`handlers.insight.counts.cuts.Cut`).
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
    """Nature, source, status, hour or day on which it is due."""
    archived: Mapped[bool] = mapped_column(primary_key=True)
    """Of the cases that are in the archive, whether or not the day is kept; otherwise of those in `cases`."""


HAS_OPEN = KeptFigures.open > literal_column("0")
"""Few days have any."""
add_partial_index("ix_kept_figures_open", KeptFigures.cut, where=HAS_OPEN)


class KeptCase(_Counts, Base):
    """What one public case counts for in the figures and receipts of its day, as they are kept now."""

    __tablename__ = "kept_cases"

    case_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    day: Mapped[date]
    unit_id: Mapped[int] = mapped_column(Id)
    area_id: Mapped[int] = mapped_column(Id)
    class_id: Mapped[str]
    nature: Mapped[str]
    source: Mapped[str]
    status: Mapped[str]
    hour: Mapped[int]
    due_day: Mapped[int]
    """As `cuts.due_day_of` counts days; NOBODY where no time runs."""
    first_unit_id: Mapped[int | None] = mapped_column(Id)
    """The unit that received it first, and the person of it who signed (NOBODY: none); None: no unit did."""
    first_person_id: Mapped[int | None] = mapped_column(Id)
    passed: Mapped[int]
    finished: Mapped[int]


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
