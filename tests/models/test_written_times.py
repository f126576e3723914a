"""Days and hours as people write them in notices. It is Monday, 30 March 2026, 9:05."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.written_times import Doubt, find_times, list_doubtful

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 30, 9, 5, tzinfo=SHANGHAI)
CLEAR = {
    "明天上午9点停水": [(date(2026, 3, 31), time(9))],
    "12月1日停水": [(date(2026, 12, 1), None)],
    "十二月二十一日上午十点": [(date(2026, 12, 21), time(10))],
    "2026年4月2日14:30": [(date(2026, 4, 2), time(14, 30))],
    "2026-12-01 08:00 开始": [(date(2026, 12, 1), time(8))],
    "今晚八点到十一点": [(date(2026, 3, 30), time(20)), (date(2026, 3, 30), time(23))],
    "周五下午两点半": [(date(2026, 4, 3), time(14, 30))],
    "下周三9时": [(date(2026, 4, 8), time(9))],
    "隧道 8 月 27 日 10 时通车": [(date(2026, 8, 27), time(10))],
    "后天晚上12点": [(date(2026, 4, 2), time(0))],
    "中午12点集合": [(date(2026, 3, 30), time(12))],
    "11月5日": [(date(2026, 11, 5), None)],
    "昨晚管道检修": [(date(2026, 3, 29), None)],
    "昨天下午3点爆管": [(date(2026, 3, 29), time(15))],
    "上周五已经修好": [(date(2026, 3, 27), None)],
}
DOUBTFUL = {
    "明天 8 点起停水 4 小时": Doubt.HALF,
    "上午11点到1点停电": Doubt.HALF,
    "半夜2点施工": Doubt.HALF,
    "3月20日通车": Doubt.PAST,
    "今早7点": Doubt.PAST,
    "上午9点": Doubt.PAST,
    "2月30日": Doubt.NO_DAY,
    "明天25点": Doubt.NO_DAY,
}
NONE = (
    "提三点要求",
    "有一点堵",
    "差一点",
    "3点建议",
    "24小时值班",
    "静海路88号3号楼",
    "4 小时",
    "一时间",
    "请储水",
    "二十一人",
)


@pytest.mark.parametrize("text", CLEAR)
def test_what_can_be_understood_in_one_way_is(text: str) -> None:
    found = find_times(text, now=NOW)
    assert [(one.day, one.hour) for one in found] == CLEAR[text]
    assert list(list_doubtful(found)) == []


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_is_over_or_can_be_understood_in_two_ways_is_doubtful(text: str) -> None:
    assert [one.doubt for one in list_doubtful(find_times(text, now=NOW))][:1] == [DOUBTFUL[text]]


@pytest.mark.parametrize("text", NONE)
def test_points_houses_and_lengths_are_no_times(text: str) -> None:
    assert find_times(text, now=NOW) == []


def test_a_day_of_this_week_that_is_over_is_asked_for() -> None:
    thursday = datetime(2026, 4, 2, 9, tzinfo=SHANGHAI)
    (one,) = find_times("周三上午十点", now=thursday)
    assert (one.doubt, one.day) == (Doubt.WEEK, date(2026, 4, 1))


def test_in_december_january_is_the_next() -> None:
    (one,) = find_times("1月3日", now=datetime(2026, 12, 20, 9, tzinfo=SHANGHAI))
    assert (one.day, one.doubt) == (date(2027, 1, 3), None)


PIECES = (
    "明天",
    "上午",
    "9点",
    "12月",
    "31日",
    "周",
    "五",
    "十",
    "点",
    "时",
    ":",
    "30",
    "半",
    "到",
    " ",
    "停水",
    "2月29日",
)


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.integers(0, 10**8).map(lambda minutes: NOW + timedelta(minutes=minutes % 5_000_000)),
)
def test_whatever_is_written_is_read_without_a_fault(text: str, now: datetime) -> None:
    for one in find_times(text, now=now):
        assert one.words
        assert one.day is not None or one.doubt is Doubt.NO_DAY
