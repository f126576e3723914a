"""Days up to which something is put off, in words: 到明天, 到下周五, 挂三天."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from handlers.clocks.spoken_days import find_day

MONDAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("同意挂起到明天", date(2026, 12, 1)),
        ("等雨停，到后天", date(2026, 12, 2)),
        ("至大后天", date(2026, 12, 3)),
        ("等配件 到周三", date(2026, 12, 2)),
        ("到周一", date(2026, 12, 7)),
        ("到下周五再办", date(2026, 12, 11)),
        ("到下个星期天", date(2026, 12, 13)),
        ("到12月15日", date(2026, 12, 15)),
        ("到 2027-01-08", date(2027, 1, 8)),
        ("到1月8日", date(2027, 1, 8)),
        ("到5号", date(2026, 12, 5)),
        ("先挂三天", date(2026, 12, 3)),
        ("到13月40日", None),
        ("等配件", None),
        ("明天再说", None),
    ],
)
def test_days_are_read_as_people_say_them(text: str, day: date | None) -> None:
    said = find_day(text, MONDAY)
    assert (said.day if said else None) == day


def test_work_goes_on_in_the_morning() -> None:
    said = find_day("等雨停 到明天 再说", MONDAY)
    assert said is not None
    assert "等雨停 到明天 再说"[said.start : said.end] == " 到明天"
    begins = said.begin(ZoneInfo("Asia/Shanghai"))
    assert (begins.tzinfo, begins.isoformat()) == (UTC, "2026-12-01T00:30:00+00:00")
