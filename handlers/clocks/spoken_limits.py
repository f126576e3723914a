"""Time limits as people say them: 今天办完, 三天, 两个工作日, 明天下午; pure."""

import re

from handlers.triage.text.numbers import parse_numeral, to_figures
from models.time_limits import TimeLimit

_LIMIT = re.compile(r"(\d{1,3})\s{0,2}(个?工作日|个?小时|个?钟头|分钟|天|日)(?!前|后)")
_UNITS = {"工作日": "wd", "小时": "h", "钟头": "h", "分钟": "min", "天": "d", "日": "d"}
_TODAY = re.compile(r"今天|今日|当天|今晚|下班前")
_TOMORROW = re.compile(r"明天|明日|明早|明晚")
_DAY_AFTER = re.compile(r"后天")
_COUNT = re.compile(r"([一二两三四五六七八九十])(?=\s?(?:个?工作日|个?小时|个?钟头|分钟|天|日))")


def _to_digit(found: re.Match[str]) -> str:
    return str(parse_numeral(found[1]))


def find_limit(text: str) -> TimeLimit | None:
    """The limit that the words name; None: they name none."""
    if found := _LIMIT.search(to_figures(_COUNT.sub(_to_digit, text.replace("半天", "4小时")))):
        return TimeLimit(int(found[1]), _UNITS[found[2].removeprefix("个")])
    for days, pattern in enumerate((_TODAY, _TOMORROW, _DAY_AFTER), start=1):
        if pattern.search(text):
            return TimeLimit(days, "d")
    return None
