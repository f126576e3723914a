"""The working calendar that tests of 2025 and 2026 run on: as the state announced it."""

from functools import cache
from zoneinfo import ZoneInfo

from models.calendar import WorkCalendar, load_announced_days


@cache
def build_calendar(zone: ZoneInfo) -> WorkCalendar:
    days = [load_announced_days(year) for year in (2025, 2026)]
    return WorkCalendar(zone, {day: works for year in days if year for day, works in year.items()})
