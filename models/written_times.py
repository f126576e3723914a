"""Days and hours in the words of a notice, as who reads it on the day it is written understands them; pure.

明天上午9点停水        31 March 09:00, Tuesday
明天 8 点             in the morning or in the evening? that is asked
3月20日通车           is over: that is asked
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DIGITS = "零一二三四五六七八九"
_NUMBER = r"(?:\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_RELATIVE = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0, "今早": 0, "今晚": 0,
    "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "大后天": 3, "后天": 2, "后日": 2,
}  # fmt: skip
_DAY = (
    rf"(?P<relative>{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})"
    r"|(?P<week>上周|上星期|本周|这周|这个?星期|下周|下星期|下个星期|周|星期|礼拜)(?P<weekday>[一二三四五六日天])(?!到|至)"
    rf"|(?:(?P<year>\d{{4}})\s?[年./-]\s?)?(?P<month>{_NUMBER})\s?月\s?(?P<day>{_NUMBER}|[二三]十[一二三四五六七八九]?)\s?[日号]?"
    r"|(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
)
_PART = r"凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|晚间|夜里|夜间|半夜|晚|早"
_HOUR = (
    rf"(?P<part>{_PART})?\s?(?:(?P<clock>\d{{1,2}})\s?[:：]\s?(?P<clock_minute>\d\d)"
    rf"|(?P<hour>{_NUMBER})\s?(?P<stop>点钟?|时(?![间候段长限效常许]))"
    r"(?:\s?(?P<half>半|整)|\s?(?P<minute>\d{1,2})\s?分)?)"
)
_TIME = re.compile(rf"(?:{_DAY})|(?:{_HOUR})")
_NO_HOUR = re.compile(r"\s?(?:要求|建议|意见|注意|说明|内容|以上|希望|钱|水|事|点)")
_AFTERNOON = ("下午", "傍晚", "晚上", "晚间", "晚")
_OWN_HALF = {"今早": "早", "明早": "早", "昨晚": "晚", "今晚": "晚", "明晚": "晚"}
_FAR = timedelta(days=120)
"""A day without a year that is over for longer is meant for the next year."""


class Doubt(StrEnum):
    """Why a time has to be asked for."""

    HALF = "half"
    """Before noon, or after it?"""
    WEEK = "week"
    """Of this week it is over: is the next one meant?"""
    PAST = "past"
    NO_DAY = "no_day"
    """There is no such day or hour."""


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """One day, or one hour of a day, that the words name."""

    words: str
    day: date | None
    """None where there is no such day."""
    hour: time | None = None
    doubt: Doubt | None = None
    is_relative: bool = False
    """Said tomorrow, it means another day."""


def find_times(text: str, *, now: datetime) -> list[WrittenTime]:
    """The days and hours a text names, in its order; `now`: local time. An hour is of the day before it."""
    found: list[WrittenTime] = []
    day: WrittenTime | None = None
    part = ""
    for match in _TIME.finditer(text):
        if match["hour"] is None and match["clock"] is None:
            day, part = _read_day(match, now), _OWN_HALF.get(match[0], "")
            found.append(day)
        elif _is_hour(match, text, has_day=day is not None):
            part = match["part"] or part
            hour = _read_hour(match, part, day, now)
            if day is not None and found[-1] is day:
                found.pop()
            elif found and not match["part"] and _runs_back(found[-1], hour):
                hour = replace(hour, doubt=Doubt.HALF)  # 上午11点到1点
            found.append(hour)
    return found


def _runs_back(before: WrittenTime, after: WrittenTime) -> bool:
    """Whether the second hour of a span comes before the first."""
    same = before.day == after.day and before.hour is not None and after.hour is not None
    return same and (after.hour or time()) <= (before.hour or time())


def _is_hour(match: re.Match[str], text: str, *, has_day: bool) -> bool:
    """Whether it is an hour: 三点要求 are points, 一点 is a little."""
    spelled = match["hour"] is not None and not match["hour"].isdecimal()
    if spelled and not (match["part"] or has_day):
        return False
    return match["stop"] != "点" or _NO_HOUR.match(text, match.end()) is None


def _read_day(match: re.Match[str], now: datetime) -> WrittenTime:
    today, words = now.date(), match[0].strip()
    if match["relative"]:
        day = today + timedelta(days=_RELATIVE[match["relative"]])
        return WrittenTime(words, day, is_relative=True)  # 昨晚 tells what was, and is no slip
    if match["weekday"]:
        return _read_weekday(
            words, match["week"], "一二三四五六日".find(match["weekday"].replace("天", "日")), today
        )
    try:
        if match["iso"]:
            day = date(*(int(piece) for piece in re.split(r"[-/.]", match["iso"])))
        else:
            day = date(int(match["year"] or today.year), _count(match["month"]), _count(match["day"]))
            if not match["year"] and today - day > _FAR:
                day = day.replace(year=day.year + 1)
    except ValueError:
        return WrittenTime(words, None, None, Doubt.NO_DAY)
    return WrittenTime(words, day, None, Doubt.PAST if day < today else None)


def _read_weekday(words: str, week: str, weekday: int, today: date) -> WrittenTime:
    monday = today - timedelta(days=today.weekday())
    shift = -7 if week.startswith("上") else 7 if week.startswith("下") else 0
    day = monday + timedelta(days=weekday + shift)
    if day >= today:
        return WrittenTime(words, day, None, None, is_relative=True)
    if week.startswith("上"):
        return WrittenTime(words, day, is_relative=True)
    bare = week in ("周", "星期", "礼拜")
    return WrittenTime(words, day, None, Doubt.WEEK if bare else Doubt.PAST, is_relative=True)


def _read_hour(match: re.Match[str], part: str, day: WrittenTime | None, now: datetime) -> WrittenTime:
    words = match[0].strip() if day is None else f"{day.words}{match[0].strip()}"
    on = now.date() if day is None else day.day
    relative = day is None or day.is_relative
    hour = _in_whole_day(int(match["clock"]) if match["clock"] else _count(match["hour"]), part)
    minute = int(match["clock_minute"] or match["minute"] or (30 if match["half"] == "半" else 0))
    if on is not None and hour == _MIDNIGHT:
        on, hour = on + timedelta(days=1), 0
    if on is None or hour >= _MIDNIGHT or minute > 59:
        return WrittenTime(words, on, None, Doubt.NO_DAY, is_relative=relative)
    at = time(hour, minute)
    doubt = day.doubt if day is not None else None
    if doubt is None and _is_either_half(match, part):
        doubt = Doubt.HALF
    tells_of_past = day is not None and day.doubt is None and on < now.date()
    if doubt is None and not tells_of_past and datetime.combine(on, at) <= now.replace(tzinfo=None):
        doubt = Doubt.PAST
    return WrittenTime(words, on, at, doubt, is_relative=relative)


def _in_whole_day(hour: int, part: str) -> int:
    """The hour of the day from 0; 24 is midnight: 晚上12点."""
    if hour == _NOON:
        return _MIDNIGHT if part in _NIGHT or part in ("晚上", "晚间") else hour
    after = (part in _AFTERNOON and hour < _NOON) or (part == "中午" and hour < _EARLY)
    return hour + _NOON if after else hour


def _is_either_half(match: re.Match[str], part: str) -> bool:
    """Whether it may be before noon or after it: 8点, but neither 8:00 nor 8时, which are of 24 hours."""
    if part in _NIGHT:
        return True
    bare = not part and match["clock"] is None and match["stop"] != "时"
    return bare and 1 <= _count(match["hour"]) <= _NOON


_NOON, _MIDNIGHT, _EARLY = 12, 24, 3
_NIGHT = ("夜里", "夜间", "半夜")


def _count(number: str) -> int:
    """`12`, `十二`, `二十`, `两`."""
    if number.isdecimal():
        return int(number)
    tens, ten, ones = number.replace("两", "二").rpartition("十")
    return (_DIGITS.index(tens or "一") * 10 if ten else 0) + (_DIGITS.index(ones) if ones else 0)


def list_doubtful(times: list[WrittenTime]) -> Iterator[WrittenTime]:
    """The times that have to be asked for."""
    return (one for one in times if one.doubt is not None)


_MINUTE = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?"
    r"(?:[ T]{0,3}(\d{1,2})[:：时](\d{1,2})分?(?:[:：](\d{1,2})(?:\.\d{1,6})?)?)?"
)


def parse_minute(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment as lists and forms write it, aware UTC: `2026-11-28 09:30`, `2026/11/28 9:30:05`,
    `2026年11月28日`, which is its midnight. Local to `zone`; None where it is none."""
    match = _MINUTE.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [int(piece or 0) for piece in match.groups()]
    try:
        return datetime(*numbers, tzinfo=zone).astimezone(UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
