"""The working calendar in the database: seeded from the state's announcements, overridden by the office."""

from collections.abc import Iterable
from datetime import date

import structlog
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.calendar import Day, announced
from models.cases import count

log = structlog.get_logger()


def seed(session: Session, years: Iterable[int]) -> list[int]:
    """Write down every announced day that is not there yet; the years nobody has announced."""
    unknown = []
    for year in years:
        days = announced(year)
        if days is None:
            unknown.append(year)
            continue
        first, last = date(year, 1, 1), date(year, 12, 31)
        known = set(session.scalars(select(Day.day).where(Day.day.between(first, last))))
        missing = [
            {"day": day, "working": working, "source": "state", "note": ""}
            for day, working in days.items()
            if day not in known
        ]
        if missing:
            session.execute(insert(Day), missing)
            count(session, "organisation")
            log.info("calendar.seeded", year=year, days=len(missing))
    if unknown:
        log.warning("calendar.not_announced", years=unknown, counted="monday_to_friday")
    return unknown


def load(session: Session) -> dict[date, bool]:
    """Every known day; the rest is guessed Monday to Friday."""
    return {day.day: day.working for day in session.scalars(select(Day))}


def override(session: Session, day: date, *, working: bool, note: str = "") -> None:
    """The office's own word on a day; the state's announcement does not come back over it."""
    session.merge(Day(day=day, working=working, source="office", note=note))
    count(session, "organisation")  # running processes look at it and count with the new calendar
