"""Days up to which something is put off, as people say them: 到 12月1日, 到明天, 到下周五, 挂三天; pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.triage.text.numbers import parse_numeral

_UNTIL = r"[，,]?\s{0,3}(?:到|至|等到)\s{0,3}"
_DATE = re.compile(_UNTIL + r"(?:(\d{4})[-年/.])?(\d{1,2})[-月/.](\d{1,2})[日号]?")
_NEAR = re.compile(_UNTIL + r"(大后天|后天|明天|明日|明早|明晚)")
_WEEKDAY = re.compile(_UNTIL + r"(下)?个?(?:周|星期|礼拜)([一二三四五六日天])")
_DAY_OF_MONTH = re.compile(_UNTIL + r"(\d{1,2})[日号]")
_COUNT = re.compile(r"(?:挂|挂起|挂账|暂停|停|缓)\s{0,2}([一二两三四五六七八九十]|\d{1,2})\s{0,2}(?:天|日)")
_AWAY = {"大后天": 3, "后天": 2}
_WEEKDAYS = "一二三四五六日"
_MORNING = time(8, 30)
"""When people are at their desks again."""


@dataclass(frozen=True, slots=True)
class SpokenDay:
    """A day that was said, and where in the words."""

    day: date
    start: int
    end: int

    def begin(self, zone: ZoneInfo) -> datetime:
        """The moment of that day at which work goes on, in UTC."""
        return datetime.combine(self.day, _MORNING, zone).astimezone(UTC)


def find_day(text: str, today: date) -> SpokenDay | None:
    """The day up to which something is put off; None: the words name none, or one no calendar has."""
    for pattern, read in _READERS:
        if (said := pattern.search(text)) is not None:
            day = read(said, today)
            return SpokenDay(day, said.start(), said.end()) if day is not None else None
    return None


def _read_date(said: re.Match[str], today: date) -> date | None:
    """Without a year the next such day of this year or the next."""
    years = [int(said[1])] if said[1] else [today.year, today.year + 1]
    days = [found for year in years if (found := _find_date(year, int(said[2]), int(said[3]))) is not None]
    return next((found for found in days if said[1] or found >= today), None)


def _read_day_of_month(said: re.Match[str], today: date) -> date | None:
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    days = (_find_date(each.year, each.month, int(said[1])) for each in (today, following))
    return next((found for found in days if found is not None and found > today), None)


def _read_weekday(said: re.Match[str], today: date) -> date:
    """下周五 is of the week after this one; 周五 the next there is."""
    wanted = _WEEKDAYS.index(said[2].replace("天", "日"))
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=wanted + 7 * bool(said[1]))
    return day if day > today else day + timedelta(days=7)


def _read_near(said: re.Match[str], today: date) -> date:
    return today + timedelta(days=_AWAY.get(said[1], 1))


def _read_count(said: re.Match[str], today: date) -> date:
    return today + timedelta(days=int(said[1]) if said[1].isdecimal() else parse_numeral(said[1]))


_READERS = (
    (_DATE, _read_date),
    (_NEAR, _read_near),
    (_WEEKDAY, _read_weekday),
    (_DAY_OF_MONTH, _read_day_of_month),
    (_COUNT, _read_count),
)


def _find_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
