"""Limits in words: 今天办完, 三天, 明天下午."""

import pytest

from handlers.clocks.spoken_limits import find_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("今天办完", "1d"),
        ("3天", "3d"),
        ("2个工作日", "2wd"),
        ("半天", "4h"),
        ("明天下午", "2d"),
        ("尽快", None),
    ],
)
def test_limits_are_read_as_people_say_them(text: str, limit: str | None) -> None:
    found = find_limit(text)
    assert (f"{found.count}{found.unit}" if found else None) == limit
