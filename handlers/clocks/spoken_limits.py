"""Time limits as people say them: 三天, 两个工作日, 今天下班前, 十点前, 明天下午, 月底前; pure."""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta

from handlers.triage.text.numbers import parse_numeral, to_figures
from models.calendar import WorkCalendar
from models.time_limits import TimeLimit
from models.written_times import Doubt, WrittenTime, find_times

_LENGTH = re.compile(r"(?<![\d过月])(\d{1,3})\s{0,2}(个?工作日|个?小时|个?钟头|分钟|天|日)(?!前|后)")
_UNITS = {"工作日": "wd", "小时": "h", "钟头": "h", "分钟": "min", "天": "d", "日": "d"}
_COUNT = re.compile(r"([一二两三四五六七八九十])(?=\s?(?:个?工作日|个?小时|个?钟头|分钟|天|日))")
_SPELLED_HOUR = re.compile(r"([一二两三四五六七八九]|十[一二]?)(?=点半?(?:钟|之|以)?前)")
_CLAUSE = re.compile(r"[，,。；;！!？?\n]")
_TOLD = re.compile(r"了|过|又|还|已经|刚|开始")
"""What is told of a time is no limit: 今天又有人投诉."""
_BEFORE = re.compile(r"\s?(?:上午|中午|下午|晚上)?\s?(?:下班)?\s?(?:之前|以前|前|之内|以内|内)")
_WANTED = re.compile(
    r"办|完|结|处理|解决|整改|弄|搞|清|修|拆|到位|务必|必须|要|回复|反馈|答复|报|延到|延期|宽限|推到|缓到"
)
_NOTHING_ELSE = re.compile(r"(?:上午|中午|下午|晚上|吧|啊|哈|\s)*")
_PARTS = (
    (re.compile(r"下班"), None),
    (re.compile(r"早|上午|中午|午饭"), time(12)),
    (re.compile(r"下午"), None),
)
"""Until when a part of a day lasts; None: until the office closes."""
_TODAY = re.compile(r"(?:当天|(?<!天)(?<!日)下班前)")
_WEEK = re.compile(r"(?:本|这个?)(?:周|星期)(?:之?内|以内|结束前|末)")
_EARLY = 7
"""Before this hour nothing is asked of an office unless the words say so: 3点前 is 15:00."""
_MOST_HOURS = 999
_MINUTE = timedelta(minutes=1)


def find_limit(
    text: str, *, now: datetime, calendar: WorkCalendar, since: datetime | None = None
) -> TimeLimit | None:
    """The limit that the words name; None: they name none, or one that is over.

    `now`: local time. A moment (今天下班前) is a limit in minutes, counted from `since` where that is later.
    """
    counted = _COUNT.sub(lambda said: str(parse_numeral(said[1])), text.replace("半天", "4小时"))
    if found := _LENGTH.search(to_figures(counted)):
        return TimeLimit(int(found[1]), _UNITS[found[2].removeprefix("个")])
    end = find_end(text, now=now, calendar=calendar)
    minutes = int((end - max(now, since or now)) / _MINUTE) if end is not None else 0
    return _round_down(minutes) if minutes > 0 else None


def _round_down(minutes: int) -> TimeLimit:
    """In whole hours where it is that; far ahead in whole days."""
    hours = minutes // 60
    if hours > _MOST_HOURS:
        return TimeLimit(hours // 24, "d")
    return TimeLimit(minutes, "min") if minutes % 60 else TimeLimit(hours, "h")


def find_end(text: str, *, now: datetime, calendar: WorkCalendar) -> datetime | None:
    """The moment, in the zone of `now`, until which the words give time; it may be over."""
    for clause in _CLAUSE.split(text):
        end = _find_in_clause(_with_days(clause, now), now, calendar)
        if end is not None:
            return end
    return None


def _with_days(clause: str, now: datetime) -> str:
    """The clause with the days spelled out that are named by what ends with them."""
    month_end = monthrange(now.year, now.month)[1]
    sunday = now + timedelta(days=6 - now.weekday())
    clause = clause.replace("年底", "12月31日").replace("月底", f"{now.month}月{month_end}日")
    clause = _WEEK.sub(f"{sunday.month}月{sunday.day}日前", clause)
    clause = _TODAY.sub(lambda found: f"今天{found[0].removeprefix('当天')}", clause)
    return _SPELLED_HOUR.sub(lambda found: str(parse_numeral(found[1])), clause)


def _find_in_clause(clause: str, now: datetime, calendar: WorkCalendar) -> datetime | None:
    for said in find_times(clause, now=now):
        after = clause[clause.find(said.words) + len(said.words) :]
        is_limit = _BEFORE.match(after) is not None or (
            _TOLD.search(clause) is None and (_WANTED.search(clause) is not None or _is_all(clause, said))
        )
        if is_limit and said.day is not None:
            return _end_of(said.day, said, after, now, calendar)
    return None


def _is_all(clause: str, said: WrittenTime) -> bool:
    """Whether the clause says nothing but the time: 明天下午."""
    return _NOTHING_ELSE.fullmatch(clause.replace(said.words, "", 1)) is not None


def _end_of(day: date, said: WrittenTime, after: str, now: datetime, calendar: WorkCalendar) -> datetime:
    if said.hour is None:
        return _end_of_part(day, said.words + after[:4], now, calendar)
    end = datetime.combine(day, said.hour, now.tzinfo)
    is_after_noon = said.doubt is Doubt.HALF and (end <= now or said.hour.hour < _EARLY)
    return end + timedelta(hours=12) if is_after_noon else end


def _end_of_part(day: date, words: str, now: datetime, calendar: WorkCalendar) -> datetime:
    """The end of the day, or of the part of it that is named: 明天上午, 今天下班前."""
    midnight = datetime.combine(day + timedelta(days=1), time(), now.tzinfo)
    for pattern, hour in _PARTS:
        if pattern.search(words):
            end = datetime.combine(day, hour or calendar.hours[-1][1], now.tzinfo)
            return end if end > now else midnight
    return midnight
