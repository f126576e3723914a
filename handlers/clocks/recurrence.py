"""Days on which something is done again and again, as people say them: 每天, 每周一, 每月15日; pure."""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_RULE = re.compile(
    r"每(?:(?P<daily>天|日)|(?:周|星期)(?P<weekday>[一二三四五六日天])|个?月(?P<day>[1-9]\d?)[日号])"
)
_WEEKDAYS = "一二三四五六日"
_LAST_DAY = 31
_LONGEST = 32
"""Days after which every rule has come round."""


def split_rule(words: str) -> tuple[str, str] | None:
    """The rule at the beginning of the words, in its one spelling, and what follows; None: there is none."""
    match = _RULE.match(words)
    if match is None:
        return None
    rest = words[match.end() :]
    if match["daily"]:
        return "每天", rest
    if match["weekday"]:
        return f"每周{match['weekday'].replace('天', '日')}", rest
    return (f"每月{int(match['day'])}日", rest) if int(match["day"]) <= _LAST_DAY else None


def find_next(rule: str, *, after: datetime, at: time) -> datetime:
    """The first moment after `after` (local) that the rule names, at this local hour.

    The 31st of a shorter month is its last day. Raises ValueError for what is no rule.
    """
    days = (after.date() + timedelta(days=n) for n in range(_LONGEST + 1))
    zone = after.tzinfo if isinstance(after.tzinfo, ZoneInfo) else None
    moments = (datetime.combine(day, at, zone) for day in days if _falls_on(rule, day))
    found = next((moment for moment in moments if moment > after), None)
    if found is None:
        raise ValueError(f"no rule of days: {rule!r}")
    return found


def _falls_on(rule: str, day: date) -> bool:
    match = _RULE.fullmatch(rule)
    if match is None:
        return False
    if match["daily"]:
        return True
    if match["weekday"]:
        return day.weekday() == _WEEKDAYS.index(match["weekday"].replace("天", "日"))
    return day.day == min(int(match["day"]), monthrange(day.year, day.month)[1])
