"""The working calendar: which days are worked, and when time runs under which time basis.

Days are rows of the database, seeded from the state's announcements (package chinesecalendar, with
make-up workdays), and may be overridden. A year that is not announced yet counts Monday to Friday
and says so (`is_guessed`), instead of failing in the path of a deadline.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import chinese_calendar
from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base

Span = tuple[datetime, datetime]
MONDAY_TO_FRIDAY = range(5)
"""Working days, as `date.weekday` counts them, of a year that is not announced."""


class CalendarDay(Base):
    """A day of an announced year, or one that the office overrides."""

    __tablename__ = "days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool]
    source: Mapped[str]
    """`state` as announced, or `office` as overridden here."""
    note: Mapped[str] = mapped_column(default="")


class TimeBasis(StrEnum):
    """When the time of a limit runs."""

    ALWAYS = "always"
    """Clock hours, nights and holidays too (自然时、自然日)."""
    WORKDAYS = "workdays"
    """All of each working day (工作日): one working day is 24 of its hours."""
    OFFICE_HOURS = "office_hours"
    """Office hours of working days (工作时)."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days and hours of one office. Frozen: a change makes a new calendar."""

    zone: ZoneInfo
    days: Mapping[date, bool] = field(default_factory=dict)
    hours: tuple[tuple[time, time], ...] = ((time(8, 30), time(12)), (time(14), time(17, 30)))

    def is_workday(self, day: date) -> bool:
        """Whether this local day is worked; Monday to Friday where the year is not announced."""
        return self.days.get(day, day.weekday() in MONDAY_TO_FRIDAY)

    def is_guessed(self, day: date) -> bool:
        """Whether the year of this day is not announced yet, so that its working days are a guess."""
        return date(day.year, 1, 1) not in self.days

    def iter_spans(self, basis: TimeBasis, start: datetime) -> Iterator[Span]:
        """The spans in which time runs, from `start` on, without end; aware datetimes in `zone`."""
        start = start.astimezone(self.zone)
        day = start.date()
        while True:
            for begins, ends in self._day_spans(basis, day):
                if ends > start:
                    yield max(begins, start), ends
            day += timedelta(days=1)

    def _day_spans(self, basis: TimeBasis, day: date) -> Iterable[Span]:
        midnight = datetime.combine(day, time(), self.zone)
        whole = (midnight, datetime.combine(day + timedelta(days=1), time(), self.zone))
        if basis is TimeBasis.ALWAYS:
            return (whole,)
        if not self.is_workday(day):
            return ()
        if basis is TimeBasis.WORKDAYS:
            return (whole,)
        return tuple(
            (datetime.combine(day, opens, self.zone), datetime.combine(day, closes, self.zone))
            for opens, closes in self.hours
        )


def load_announced_days(year: int) -> dict[date, bool] | None:
    """Every day of the year and whether it is worked, as the state announced it; None where it has not."""
    try:
        first = date(year, 1, 1)
        count = (date(year + 1, 1, 1) - first).days
        return {
            day: chinese_calendar.is_workday(day) for day in (first + timedelta(days=n) for n in range(count))
        }
    except NotImplementedError:
        return None
