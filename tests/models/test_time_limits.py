"""Time limits as people and tables write them. When they run out: test_clocks.py."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.time_limits import TimeLimit

CLASSES = Path(__file__).resolve().parents[2] / "rules" / "classes.csv"

limits = st.builds(TimeLimit, st.integers(1, 999), st.sampled_from(["min", "h", "d", "wd", "wh"]))


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("4h", TimeLimit(4, "h")), ("24h", TimeLimit(24, "h")), ("3d", TimeLimit(3, "d")), ("15wd", TimeLimit(15, "wd")),
        ("4小时", TimeLimit(4, "h")), ("4 小时", TimeLimit(4, "h")), ("3天", TimeLimit(3, "d")), ("3日", TimeLimit(3, "d")),
        ("3个工作日", TimeLimit(3, "wd")), ("3工作日", TimeLimit(3, "wd")), (" 4h ", TimeLimit(4, "h")),
        ("30min", TimeLimit(30, "min")), ("30分钟", TimeLimit(30, "min")), ("4wh", TimeLimit(4, "wh")), ("4个工作时", TimeLimit(4, "wh")),
    ],
)  # fmt: skip
def test_a_limit_is_read_as_people_and_tables_write_it(text: str, limit: TimeLimit) -> None:
    assert TimeLimit.parse(text) == limit


@pytest.mark.parametrize("text", ["", "0h", "4", "h", "-4h", "4周", "1000h", "4h 3d", "尽快"])
def test_anything_else_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="not a time limit"):
        TimeLimit.parse(text)


@settings(deadline=None)
@given(limits)
def test_what_people_read_can_be_read_back(limit: TimeLimit) -> None:
    assert TimeLimit.parse(limit.chinese) == limit


def test_every_class_has_a_limit() -> None:
    with CLASSES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            TimeLimit.parse(row["limit"])
