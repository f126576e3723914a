"""Clocks: one running time limit of a case, with its pauses kept as intervals.

A due time is never moved by hand: it is computed from start, limit and pauses, so that what was
paused is on record and the same question always has the same answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.calendar import Span, TimeBasis, WorkCalendar
from models.cases import reference_event
from models.database import Base, Data, Id, add_partial_index
from models.time_limits import TimeLimit


class ClockRow(Base):
    """One time limit of a case: of which step, who owes it, from when, and what became of it."""

    __tablename__ = "clocks"
    __table_args__ = (
        reference_event("clocks", "event_number"),
        reference_event("clocks", "stopped_event_number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    step: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """Who owes it; None: the duty desk."""
    limit: Mapped[str]
    """As `TimeLimit` writes it: `4h`, `1wd`."""
    event_number: Mapped[int | None]
    """Number of the event that began it; None: written by an older version, so the event is unknown."""
    started_at: Mapped[datetime]
    """From when it counts: earlier than its event where it goes on in the place of another."""
    extras: Mapped[list[str]] = mapped_column(default=list)
    """Limits granted on top, each as `TimeLimit` writes it."""
    label: Mapped[str] = mapped_column(default="")
    """Name of the stage, where it measures one; number of the order."""
    pauses: Mapped[list[Any]] = mapped_column(Data, default=list)
    """[[from, to]], ISO UTC; `to` is null while it lasts."""
    target_at: Mapped[datetime]
    """When it runs out, by the pauses known so far."""
    mark_at: Mapped[datetime | None]
    """When the next mark (yellow, red, …) fires; None: nothing left to fire, or paused."""
    marks: Mapped[list[str]] = mapped_column(default=list)
    """Marks fired so far."""
    stopped_at: Mapped[datetime | None]
    stopped_event_number: Mapped[int | None]
    """Number of the event that stopped it."""


IS_RUNNING = ClockRow.stopped_at.is_(None)
# One running clock of a kind for each unit that owes it, and one for the duty desk.
add_partial_index(
    "uq_clocks_one_of_unit", ClockRow.case_id, ClockRow.step, ClockRow.unit_id, where=IS_RUNNING, unique=True
)
add_partial_index(
    "uq_clocks_one_of_desk",
    ClockRow.case_id,
    ClockRow.step,
    where=and_(IS_RUNNING, ClockRow.unit_id.is_(None)),
    unique=True,
)
add_partial_index("ix_clocks_mark", ClockRow.mark_at, where=IS_RUNNING)


def compute_elapsed(
    calendar: WorkCalendar, limit: TimeLimit, start: datetime, now: datetime, pauses: Iterable[Span]
) -> timedelta:
    """How long the clock has run from `start` to `now` (aware), without pauses and hours not counted."""
    total = timedelta()
    for begins, ends in _iter_running_spans(calendar, limit, start, pauses):
        if begins >= now:
            break
        total += min(ends, now) - begins
    return total


def compute_time_at_share(
    calendar: WorkCalendar, limit: TimeLimit, start: datetime, share: float, pauses: Iterable[Span]
) -> datetime:
    """The moment at which this share of the limit has run since `start` (aware): 1.0 gives the due time.

    Pauses, and hours that the limit does not count, are left out. The result is in the zone of `start`.
    """
    left = limit.duration * share
    pauses = tuple(pauses)
    if limit.basis is TimeBasis.ALWAYS and not pauses:
        return start + left
    for begins, ends in _iter_running_spans(calendar, limit, start, pauses):
        if ends - begins >= left:
            return (begins + left).astimezone(start.tzinfo)
        left -= ends - begins
    raise AssertionError("running time never ends")


def _iter_running_spans(
    calendar: WorkCalendar, limit: TimeLimit, start: datetime, pauses: Iterable[Span]
) -> Iterator[Span]:
    """The spans in which the clock runs, in order, with the pauses cut out."""
    gaps = merge_pauses(pauses)
    for begins, ends in calendar.iter_spans(limit.basis, start):
        edges = [begins]
        for gap_begins, gap_ends in gaps:
            if gap_begins < ends and gap_ends > begins:
                edges += [max(gap_begins, begins), min(gap_ends, ends)]
        edges.append(ends)
        yield from ((a, b) for a, b in list(pairwise(edges))[::2] if b > a)


def merge_pauses(pauses: Iterable[Span]) -> Sequence[Span]:
    """Pauses in order, overlapping ones as one."""
    result: list[Span] = []
    for begins, ends in sorted(pauses):
        if result and begins <= result[-1][1]:
            result[-1] = (result[-1][0], max(ends, result[-1][1]))
        elif ends > begins:
            result.append((begins, ends))
    return result
