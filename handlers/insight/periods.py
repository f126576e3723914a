"""Months, and any two dates, in the days of the district."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From the local date `first` to the local date `last`, both within it."""

    first: date
    last: date

    @classmethod
    def of_month(cls, first: date) -> "Period":
        """The month that begins with this date."""
        return cls(first, next_month(first) - _DAY)

    @property
    def is_month(self) -> bool:
        """Whether it is one whole month."""
        return self.first.day == 1 and self.last == next_month(self.first) - _DAY

    def previous(self) -> "Period":
        """The month before a month; before other dates, as many days."""
        if self.is_month:
            return Period.of_month(previous_month(self.first))
        return Period(self.first - (self.last - self.first) - _DAY, self.first - _DAY)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When it begins, and when the time after it begins; aware, UTC."""
        begins, ends = (
            datetime.combine(day, time(), zone).astimezone(UTC) for day in (self.first, self.last + _DAY)
        )
        return begins, ends


def name_period(period: Period) -> str:
    """`2026 年 11 月`, or its two dates."""
    if period.is_month:
        return f"{period.first.year} 年 {period.first.month} 月"
    return f"{period.first} 至 {period.last}"


def previous_month(first: date) -> date:
    """The first day of the month before; `first` is the first day of a month."""
    return (
        first.replace(year=first.year - 1, month=12)
        if first.month == 1
        else first.replace(month=first.month - 1)
    )


def next_month(first: date) -> date:
    """The first day of the month after; `first` is the first day of a month."""
    return (
        first.replace(year=first.year + 1, month=1)
        if first.month == 12
        else first.replace(month=first.month + 1)
    )
