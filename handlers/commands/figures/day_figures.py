"""/今日: a few numbers of a day or a week, for whatever the sender looks after."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from handlers.cases import queries
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.wording import talk

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_Span = tuple[date, date]
"""The first day, and the day after the last."""


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_PERIODS: tuple[tuple[re.Pattern[str], str, Callable[[date], _Span]], ...] = (
    (re.compile("昨天|昨日|昨晚"), "昨天", lambda today: (today - _DAY, today)),
    (re.compile("前天"), "前天", lambda today: (today - 2 * _DAY, today - _DAY)),
    (re.compile("上周|上个?星期|上礼拜"), "上周", lambda today: (_monday(today) - _WEEK, _monday(today))),
    (
        re.compile("本周|这周|这个?星期|这礼拜|一周"),
        "本周",
        lambda today: (_monday(today), today + _DAY),
    ),
)
_TODAY = "今日", lambda today: (today, today + _DAY)


def show_day(inbound: InboundMessage, command: Command) -> str:
    """`/今日`, `/今日 昨天`, `/今日 上周`, or said in plain words: what came and what was finished then."""
    said = command.tail or inbound.incoming.text
    name, span = next(((name, span) for word, name, span in _PERIODS if word.search(said)), _TODAY)
    first, end = (_begin(inbound, day) for day in span(inbound.env.local(inbound.now).date()))
    counts = queries.count_period(inbound.session, inbound.asker, since=first, until=end, now=inbound.now)
    inbound.reply(
        talk.day_figures(
            name, opened=counts.opened, closed=counts.closed, open=counts.open, overdue=counts.overdue
        )
    )
    return "command.today"


def _begin(inbound: InboundMessage, day: date) -> datetime:
    return datetime.combine(day, time(), inbound.env.zone).astimezone(inbound.now.tzinfo)
