"""Time limits in clock hours, calendar days and working days."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.limits import Limit, is_workday

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLASSES = Path(__file__).resolve().parents[2] / "rules" / "classes.csv"

limits = st.builds(Limit, st.integers(1, 40), st.sampled_from(["h", "d", "wd"]))
moments = st.timedeltas(timedelta(0), timedelta(days=970)).map(
    lambda since: datetime(2024, 1, 1, tzinfo=SHANGHAI) + since
)


def local(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("4h", Limit(4, "h")), ("24h", Limit(24, "h")), ("3d", Limit(3, "d")), ("15wd", Limit(15, "wd")),
        ("4小时", Limit(4, "h")), ("4 小时", Limit(4, "h")), ("3天", Limit(3, "d")), ("3日", Limit(3, "d")),
        ("3个工作日", Limit(3, "wd")), ("3工作日", Limit(3, "wd")), (" 4h ", Limit(4, "h")),
    ],
)  # fmt: skip
def test_a_limit_is_read_as_people_and_tables_write_it(text: str, limit: Limit) -> None:
    assert Limit.parse(text) == limit


@pytest.mark.parametrize("text", ["", "0h", "4", "h", "-4h", "4周", "1000h", "4h 3d", "尽快"])
def test_anything_else_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="not a time limit"):
        Limit.parse(text)


@settings(deadline=None)
@given(limits)
def test_what_people_read_can_be_read_back(limit: Limit) -> None:
    assert Limit.parse(limit.chinese) == limit


def test_every_class_has_a_limit() -> None:
    with CLASSES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            Limit.parse(row["limit"])


@pytest.mark.parametrize(
    ("limit", "start", "due"),
    [
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
        # Received on a day off: the next working day counts whole.
        ("1wd", local(3, 28), local(3, 31, 0)),
        ("1wd", local(10, 3), local(10, 9, 0)),
    ],
)
def test_when_a_limit_runs_out(limit: str, start: datetime, due: datetime) -> None:
    assert Limit.parse(limit).due(start, zone=SHANGHAI) == due


@settings(deadline=None)
@given(limits, moments, st.timedeltas(timedelta(0), timedelta(days=10)))
def test_a_later_start_never_ends_earlier(limit: Limit, start: datetime, later: timedelta) -> None:
    assert limit.due(start, zone=SHANGHAI) <= limit.due(start + later, zone=SHANGHAI)


@settings(deadline=None)
@given(limits, moments)
def test_a_limit_ends_after_its_start(limit: Limit, start: datetime) -> None:
    assert limit.due(start, zone=SHANGHAI) > start


@settings(deadline=None)
@given(limits, moments)
def test_the_start_may_be_told_in_any_zone(limit: Limit, start: datetime) -> None:
    due = limit.due(start.astimezone(UTC), zone=SHANGHAI)
    assert due == limit.due(start, zone=SHANGHAI)
    assert due.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 20), True), (date(2026, 10, 1), False), (date(2026, 10, 7), False), (date(2026, 10, 8), True),
        (date(2026, 10, 10), True), (date(2026, 10, 11), False), (date(2026, 11, 21), False),
    ],
)  # fmt: skip
def test_working_days_follow_the_states_calendar(day: date, works: bool) -> None:
    assert is_workday(day) is works


def test_a_year_without_a_calendar_counts_monday_to_friday() -> None:
    assert is_workday(date(2031, 3, 3))
    assert not is_workday(date(2031, 3, 2))
