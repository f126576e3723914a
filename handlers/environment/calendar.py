"""The working calendar in the database: the state's announced days, and days that the authority overrides."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from models.calendar import MONDAY_TO_FRIDAY, CalendarDay, load_announced_days
from models.cases import increment_counter
from models.clocks import IS_RUNNING, ClockRow

log = structlog.get_logger()


def seed_calendar(session: Session, years: Iterable[int]) -> list[int]:
    """Store every announced day of these years that is missing; returns the years not announced so far."""
    unknown = []
    for year in years:
        days = load_announced_days(year)
        if days is None:
            unknown.append(year)
            continue
        first, last = date(year, 1, 1), date(year, 12, 31)
        known = set(session.scalars(select(CalendarDay.day).where(CalendarDay.day.between(first, last))))
        missing = [
            {"day": day, "working": working, "source": "state", "note": ""}
            for day, working in days.items()
            if day not in known
        ]
        if missing:
            session.execute(insert(CalendarDay), missing)
            increment_counter(session, "organisation")
            log.info("calendar.seeded", year=year, days=len(missing))
    if unknown:
        log.warning("calendar.not_announced", years=unknown, counted="monday_to_friday")
    return unknown


def load_calendar(session: Session) -> dict[date, bool]:
    """Every stored day, True for a working day; days that are missing count as Monday to Friday."""
    return {day.day: day.working for day in session.scalars(select(CalendarDay))}


def list_year(session: Session, which: int) -> dict[date, CalendarDay]:
    """Every day of a year that is more than a guess: announced by the state, or set by the authority."""
    known = {
        day: CalendarDay(day=day, working=working, source="state", note="")
        for day, working in (load_announced_days(which) or {}).items()
    }
    between = CalendarDay.day.between(date(which, 1, 1), date(which, 12, 31))
    known |= {day.day: day for day in session.scalars(select(CalendarDay).where(between))}
    return dict(sorted(known.items()))


def is_usual_workday(day: date) -> bool:
    """Whether a day is worked of which nobody has said anything else."""
    return day.weekday() in MONDAY_TO_FRIDAY


def load_across(session: Session, day: date, zone: ZoneInfo) -> int:
    """How many running clocks of working time span this local day; they keep the due time they have."""
    begins = datetime.combine(day, time(), zone)
    worked = or_(ClockRow.limit.endswith("wd"), ClockRow.limit.endswith("wh"))
    running = IS_RUNNING, worked
    over = ClockRow.started_at < begins + timedelta(days=1), ClockRow.target_at >= begins
    return session.scalar(select(func.count()).select_from(ClockRow).where(*running, *over)) or 0


def override_day(session: Session, day: date, *, working: bool, note: str = "") -> None:
    """Set a day by the authority's own decision; the state's announcement does not overwrite it."""
    session.merge(CalendarDay(day=day, working=working, source="office", note=note))
    increment_counter(session, "organisation")  # running processes look at it and count with the new calendar
