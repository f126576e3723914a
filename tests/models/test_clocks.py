"""Clocks against a slow oracle that counts minute by minute, through the holidays of 2025 and 2026.

The oracle shares nothing with the code but the state's announcement of days: it has a byte
for each minute of both years, takes the paused ones out, and counts.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import clocks
from models.calendar import Span, TimeBasis, WorkCalendar, load_announced_days
from models.time_limits import TimeLimit
from tests.calendars import build_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = build_calendar(SHANGHAI)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
OFFICE = ((8 * 60 + 30, 12 * 60), (14 * 60, 17 * 60 + 30))
FIRST = datetime(2025, 1, 1, tzinfo=SHANGHAI)


def local(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def _runs(unit: str, minute: datetime, works: bool) -> bool:
    """Whether time runs in the minute that begins here."""
    if unit in ("min", "h", "d"):
        return True
    of_day = minute.hour * 60 + minute.minute
    return works and (unit == "wd" or any(opens <= of_day < closes for opens, closes in OFFICE))


def _year_by_year(unit: str) -> bytes:
    """One byte for each minute of 2025 and 2026: whether time runs in it."""
    minutes = bytearray()
    for day in range(2 * 365):
        begins = FIRST + day * DAY
        works = chinese_calendar.is_workday(begins.date())
        minutes += bytes(_runs(unit, begins + n * MINUTE, works) for n in range(24 * 60))
    return bytes(minutes)


@pytest.fixture(scope="module")
def minutes() -> Mapping[str, bytes]:
    always, workdays, env = (_year_by_year(unit) for unit in ("d", "wd", "wh"))
    return {"min": always, "h": always, "d": always, "wd": workdays, "wh": env}


def counted(minutes: bytes, start: datetime, pauses: Sequence[Span]) -> bytearray:
    """The minutes from the start on, the paused ones taken out."""
    first = _minute(start)
    ahead = bytearray(minutes[first:])
    for begins, ends in pauses:
        since, until = max(_minute(begins) - first, 0), max(_minute(ends) - first, 0)
        ahead[since:until] = bytes(len(ahead[since:until]))
    return ahead


def slowly(minutes: bytes, limit: TimeLimit, start: datetime, pauses: Sequence[Span]) -> datetime:
    """The minute in which the limit runs out: days are counted whole, then minutes one by one."""
    left, at, ahead = round(limit.duration / MINUTE), 0, counted(minutes, start, pauses)
    while (of_day := ahead[at : at + 24 * 60].count(1)) < left:
        left, at = left - of_day, at + 24 * 60
    while left:
        left, at = left - ahead[at], at + 1
    return start + at * MINUTE


def _minute(moment: datetime) -> int:
    return round((moment - FIRST) / MINUTE)


def paused(moment: datetime, pauses: Sequence[Span]) -> bool:
    return any(begins <= moment < ends for begins, ends in pauses)


def any_case(dice: random.Random) -> tuple[TimeLimit, datetime, list[Span]]:
    """Short limits in minutes and hours, long ones in days; up to three pauses of minutes to weeks."""
    unit = dice.choice(["min", "h", "d", "wd", "wh"])
    most = {"min": 90, "h": 30, "d": 20, "wd": 15, "wh": 40}[unit]
    # Months of the second year that stay inside it: nobody has announced 2027.
    start = FIRST + timedelta(minutes=dice.randrange(600 * 24 * 60))
    pauses: list[Span] = []
    for _ in range(dice.choice([0, 0, 0, 1, 1, 2, 3])):
        begins = start + timedelta(minutes=dice.randrange(-600, 10 * 24 * 60))
        pauses.append((begins, begins + timedelta(minutes=dice.choice([1, 30, 600, 5_000, 20_000]))))
    return TimeLimit(dice.randrange(1, most + 1), unit), start, pauses


@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_due_times_are_what_slow_counting_finds(seed: int, minutes: Mapping[str, bytes]) -> None:
    dice = random.Random(seed)
    for _ in range(1000):
        limit, start, pauses = any_case(dice)
        due = clocks.compute_time_at_share(CALENDAR, limit, start, 1.0, pauses)
        assert due == slowly(minutes[limit.unit], limit, start, pauses), (limit, start, pauses)
        assert clocks.compute_elapsed(CALENDAR, limit, start, due, pauses) == limit.duration, (
            limit,
            start,
            pauses,
        )


def test_elapsed_is_what_slow_counting_finds(minutes: Mapping[str, bytes]) -> None:
    dice = random.Random(7)
    for _ in range(1000):
        limit, start, pauses = any_case(dice)
        length = dice.randrange(20 * 24 * 60)
        ran = counted(minutes[limit.unit], start, pauses)[:length].count(1)
        assert clocks.compute_elapsed(CALENDAR, limit, start, start + length * MINUTE, pauses) == ran * MINUTE


@pytest.mark.parametrize(
    ("limit", "start", "due"),
    [
        ("30min", local(3, 30), local(3, 30, 10, 30)),
        ("4h", local(3, 30), local(3, 30, 14)),
        ("3d", local(3, 27), local(3, 30)),
        ("1wd", local(3, 30), local(3, 31)),
        ("1wd", local(3, 27), local(3, 30)),
        ("4wd", local(3, 27), local(4, 2)),
        # 2026 国庆: 10 月 1–7 日放假, 9 月 20 日和 10 月 10 日上班.
        ("1wd", local(9, 30), local(10, 8)),
        ("3wd", local(9, 30), local(10, 10)),
        ("4wd", local(9, 30), local(10, 12)),
        ("1wd", local(9, 18), local(9, 20)),
        ("2wd", local(9, 18), local(9, 21)),
        # Received on a day off: the next working day counts whole, to its very end.
        ("1wd", local(3, 28), local(3, 31, 0)),
        ("1wd", local(10, 3), local(10, 9, 0)),
        # Office hours: 8:30 to 12, 14 to 17:30.
        ("4wh", local(3, 30), local(3, 30, 16)),
        ("4wh", local(3, 30, 16), local(3, 31, 11)),
        ("1wh", local(3, 30, 12, 30), local(3, 30, 15)),
        ("1wh", local(10, 3), local(10, 8, 9, 30)),
    ],
)
def test_when_a_limit_runs_out(limit: str, start: datetime, due: datetime) -> None:
    assert clocks.compute_time_at_share(CALENDAR, TimeLimit.parse(limit), start, 1.0, []) == due


limits = st.builds(TimeLimit, st.integers(1, 40), st.sampled_from(["min", "h", "d", "wd", "wh"]))
moments = st.timedeltas(timedelta(0), timedelta(days=600)).map(lambda since: FIRST + since)
lengths = st.timedeltas(timedelta(0), timedelta(days=10))
pauses = st.lists(st.tuples(moments, lengths).map(lambda pause: (pause[0], pause[0] + pause[1])), max_size=4)


@settings(deadline=None)
@given(limits, moments, lengths)
def test_a_later_start_never_ends_earlier(limit: TimeLimit, start: datetime, later: timedelta) -> None:
    first = clocks.compute_time_at_share(CALENDAR, limit, start, 1.0, [])
    assert first <= clocks.compute_time_at_share(CALENDAR, limit, start + later, 1.0, [])


@settings(deadline=None)
@given(limits, moments, pauses, lengths, lengths)
def test_one_more_pause_never_ends_earlier(
    limit: TimeLimit, start: datetime, pauses: list[Span], after: timedelta, length: timedelta
) -> None:
    more = [*pauses, (start + after, start + after + length)]
    assert clocks.compute_time_at_share(CALENDAR, limit, start, 1.0, pauses) <= clocks.compute_time_at_share(
        CALENDAR, limit, start, 1.0, more
    )


@settings(deadline=None)
@given(limits, moments, lengths, lengths)
def test_a_pause_of_clock_time_gives_back_exactly_what_it_took(
    limit: TimeLimit, start: datetime, after: timedelta, length: timedelta
) -> None:
    due = clocks.compute_time_at_share(CALENDAR, limit, start, 1.0, [])
    pause = (start + after, start + after + length)
    moved = clocks.compute_time_at_share(CALENDAR, limit, start, 1.0, [pause])
    if limit.basis is TimeBasis.ALWAYS:
        assert moved - due == (length if pause[0] < due else timedelta(0))
    assert moved >= due


@settings(deadline=None)
@given(limits, moments, pauses)
def test_marks_come_in_order_and_after_the_start(
    limit: TimeLimit, start: datetime, pauses: list[Span]
) -> None:
    yellow, red = (
        clocks.compute_time_at_share(CALENDAR, limit, start, share, pauses) for share in (0.8, 1.0)
    )
    assert start < yellow < red


@settings(deadline=None)
@given(limits, moments, pauses)
def test_the_start_may_be_told_in_any_zone(limit: TimeLimit, start: datetime, pauses: list[Span]) -> None:
    due = clocks.compute_time_at_share(CALENDAR, limit, start.astimezone(UTC), 1.0, pauses)
    assert due == clocks.compute_time_at_share(CALENDAR, limit, start, 1.0, pauses)
    assert due.utcoffset() == timedelta(0)


@given(pauses)
def test_merged_pauses_cover_the_same_time_without_overlap(pauses: list[Span]) -> None:
    merged = clocks.merge_pauses(pauses)
    assert all(first[1] < second[0] for first, second in pairwise(merged))
    edges = [edge for pause in pauses for edge in pause]
    assert all(paused(edge, merged) == paused(edge, pauses) for edge in edges)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 1, 26), True), (date(2025, 1, 28), False), (date(2025, 10, 8), False), (date(2025, 10, 11), True),
        (date(2026, 9, 20), True), (date(2026, 10, 1), False), (date(2026, 10, 7), False), (date(2026, 10, 8), True),
        (date(2026, 10, 10), True), (date(2026, 10, 11), False), (date(2026, 11, 21), False),
    ],
)  # fmt: skip
def test_working_days_follow_the_states_announcement(day: date, works: bool) -> None:
    assert CALENDAR.is_workday(day) is works


def test_a_year_nobody_has_announced_counts_monday_to_friday_and_says_so() -> None:
    assert load_announced_days(2031) is None
    assert CALENDAR.is_guessed(date(2031, 3, 3))
    assert not CALENDAR.is_guessed(date(2026, 3, 3))
    assert CALENDAR.is_workday(date(2031, 3, 3))
    assert not CALENDAR.is_workday(date(2031, 3, 2))


def test_the_office_may_say_otherwise() -> None:
    days = dict(CALENDAR.days) | {date(2026, 3, 31): False}
    closed = WorkCalendar(SHANGHAI, days)
    assert clocks.compute_time_at_share(closed, TimeLimit(1, "wd"), local(3, 30), 1.0, []) == local(4, 1)
