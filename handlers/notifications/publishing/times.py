"""The days and hours that a notice names: what is unclear as it is drafted, and what has changed since."""

from datetime import datetime

from handlers.environment.snapshot import Environment
from handlers.notifications import notices
from models import written_times
from models.notices import Notice
from models.written_times import WrittenTime


def read_times(text: str, env: Environment, *, now: datetime) -> list[WrittenTime]:
    """The times in these words as they are understood now (aware)."""
    return written_times.find_times(text, now=env.local(now))


def find_changed_times(notice: Notice, env: Environment, *, now: datetime) -> list[WrittenTime]:
    """Times in a notice that mean another day than when it was written, or are over since.

    None for plans, but those of an event: their days are written for the day they are sent. What was doubtful
    then was asked of who wrote it.
    """
    is_day_of_plan = notice.plan is not None and notice.event_at is None
    if is_day_of_plan or notices.state_of(notice) != "draft":
        return []
    read, again = (read_times(notice.text, env, now=moment) for moment in (notice.made_at, now))
    return [
        before
        for before, after in zip(read, again, strict=False)
        if before.doubt is None
        and (before.day, before.hour, before.doubt) != (after.day, after.hour, after.doubt)
    ]
