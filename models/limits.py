"""Time limits in the units the field uses, and when they run out.

`4h`, `24h`: clock hours. `3d`: calendar days. `1wd`: working days, with make-up workdays, ending
at the same time of day; from a day off they count from the first minute of the next working day,
so that a later start never ends earlier. Source: domain/classes.csv and standards §6.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import chinese_calendar
import structlog

log = structlog.get_logger()

_TEXT = re.compile(r"(\d{1,3})\s*(h|d|wd|小时|天|日|个?工作日)")
_UNITS = {"h": "h", "小时": "h", "d": "d", "天": "d", "日": "d", "wd": "wd", "工作日": "wd", "个工作日": "wd"}
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Limit:
    count: int
    unit: str
    """h, d or wd."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `4h`, `3d`, `1wd`, `4小时`, `3个工作日`. Anything else is a ValueError."""
        match = _TEXT.fullmatch(text.strip())
        if match is None or int(match[1]) == 0:
            raise ValueError(f"not a time limit: {text!r}")
        return cls(int(match[1]), _UNITS[match[2]])

    @property
    def chinese(self) -> str:
        return f"{self.count}{ {'h': '小时', 'd': '天', 'wd': '个工作日'}[self.unit] }"

    def due(self, start: datetime, *, zone: ZoneInfo) -> datetime:
        """When it runs out if it starts then."""
        if self.unit == "h":
            return start + timedelta(hours=self.count)
        if self.unit == "d":
            return start + timedelta(days=self.count)
        local = start.astimezone(zone)
        day, hour = local.date(), local.time()
        if not is_workday(day):
            day, hour = _next_workday(day), time()
        for _ in range(self.count):
            day = _next_workday(day)
        return datetime.combine(day, hour, zone).astimezone(start.tzinfo)


def _next_workday(day: date) -> date:
    day += timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def is_workday(day: date) -> bool:
    """By the state's calendar; a year it has not announced counts Monday to Friday, with a warning."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        log.warning("calendar.no_data", year=day.year, counted="monday_to_friday")
        return day.weekday() < _SATURDAY
