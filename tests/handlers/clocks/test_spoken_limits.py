"""Limits in words: 三天, 今天下班前, 十点前, 明天下午."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.clocks.spoken_limits import find_limit
from models.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 30, 9, 10, tzinfo=ZONE)
"""A Monday."""


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("3天", "3d"),
        ("2个工作日", "2wd"),
        ("半天", "4h"),
        ("三天内办完", "3d"),
        ("尽快", None),
        ("三天前就有人反映", None),
    ],
)
def test_lengths_are_read_as_people_say_them(text: str, limit: str | None) -> None:
    found = find_limit(text, now=NOW, calendar=WorkCalendar(ZONE))
    assert (f"{found.count}{found.unit}" if found else None) == limit


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("今天办完", "31 00:00"),
        ("先给我们延期到4月2日", "3 00:00"),
        ("今天下班前弄好", "30 17:30"),
        ("下班前给我结果", "30 17:30"),
        ("0014给城管局，十点前到现场", "30 10:00"),
        ("10点半之前清掉", "30 10:30"),
        ("3点前处理好", "30 15:00"),
        ("九点前报我", "30 21:00"),
        ("下午四点前反馈", "30 16:00"),
        ("明天下午", "31 17:30"),
        ("明天上午办结", "31 12:00"),
        ("明天下班前", "31 17:30"),
        ("今晚必须清完", "31 00:00"),
        ("周三前解决", "2 00:00"),
        ("月底前修好", "1 00:00"),
        ("这周内整改到位", "6 00:00"),
        ("4月3日前", "4 00:00"),
    ],
)
def test_a_moment_is_the_time_until_then(text: str, end: str) -> None:
    found = find_limit(text, now=NOW, calendar=WorkCalendar(ZONE))
    assert found is not None
    reached = NOW + found.duration
    assert f"{reached.day} {reached:%H:%M}" == end


@pytest.mark.parametrize("text", ["今天又有人投诉", "今天早上修过一次", "明天有检查", "周五开始的"])
def test_a_time_that_is_told_is_no_limit(text: str) -> None:
    assert find_limit(text, now=NOW, calendar=WorkCalendar(ZONE)) is None


def test_more_time_counts_from_when_the_time_would_be_up() -> None:
    due = NOW.replace(hour=12)
    found = find_limit("明天下午", now=NOW, calendar=WorkCalendar(ZONE), since=due)
    assert found is not None
    assert due + found.duration == NOW.replace(day=31, hour=17, minute=30)
