"""Times as people say them."""

from datetime import datetime, timedelta

import pytest

from handlers.wording import formats

NOW = datetime(2026, 11, 21, 12, 0)  # noqa: DTZ001 - words are made of local times


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 21, 11, 2), "11:02"),  # noqa: DTZ001
        (datetime(2026, 11, 20, 18, 0), "昨天 18:00"),  # noqa: DTZ001
        (datetime(2026, 11, 22, 9, 5), "明天 09:05"),  # noqa: DTZ001
        (datetime(2026, 11, 25, 9, 5), "11月25日 09:05"),  # noqa: DTZ001
        (datetime(2027, 1, 1, 0, 0), "2027年1月1日 00:00"),  # noqa: DTZ001
    ],
)
def test_a_moment_is_said_as_seen_from_today(moment: datetime, said: str) -> None:
    assert formats.format_time(moment, now=NOW) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=29), "不到 1 分钟"),
        (timedelta(minutes=1), "1 分"),
        (timedelta(hours=1, minutes=57), "1 小时 57 分"),
        (timedelta(hours=2), "2 小时"),
        (timedelta(days=3, hours=2, minutes=5), "3 天 2 小时"),
        (timedelta(days=1), "1 天"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(length: timedelta, said: str) -> None:
    assert formats.format_span(length) == said
