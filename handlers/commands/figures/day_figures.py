"""/今日: a few numbers of a day or a week, for whatever the sender looks after."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.spoken_units import find_spoken_unit
from handlers.insight import filtered_lists
from handlers.insight.counts import period_counts
from handlers.insight.periods import Period
from handlers.triage.text.numbers import parse_numeral
from handlers.wording import talk
from models.organisation import Unit

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_PERIODS: tuple[tuple[re.Pattern[str], str, Callable[[date], Period]], ...] = (
    (re.compile("昨天|昨日|昨晚"), "昨天", lambda today: Period(today - _DAY, today - _DAY)),
    (re.compile("前天"), "前天", lambda today: Period(today - 2 * _DAY, today - 2 * _DAY)),
    (
        re.compile("上周|上个?星期|上礼拜"),
        "上周",
        lambda today: Period(_monday(today) - _WEEK, _monday(today) - _DAY),
    ),
    (
        re.compile("本周|这周|这个?星期|这礼拜|一周"),
        "本周",
        lambda today: Period(_monday(today), today),
    ),
)
_FEW_DAYS = re.compile(
    r"(?:(?:这|近|最近|过去)|(?<![前后第隔过十]))([两二三四五六七八九几])天(?!前|后|内|没|就)"
)
_SOME = 3
"""Days that 几天 is taken for."""
_ASKS_CLASSES = re.compile("哪几类|哪些类|哪类|哪一类|什么类|主要是什么|主要问题|哪些问题|什么事情?最多")
_ASKS_URGENT = re.compile("紧急|险情|急的|急件")
_ASKS_DISSATISFIED = re.compile("不满意|没解决|不认可|差评|未解决|没有解决")
_MONTH = "近30天", lambda today: Period(today - 29 * _DAY, today)
_TODAY = "今日", lambda today: Period(today, today)


def show_day(inbound: InboundMessage, command: Command) -> str:
    """`/今日`, `/今日 昨天`, `/今日 城管局`, or said in plain words: what came and what was finished then."""
    said = command.tail or inbound.incoming.text
    unit = find_spoken_unit(inbound.session, command.tail) if command.tail else None
    name, find = _find_period(said) or _TODAY
    first, end = find(inbound.env.local(inbound.now).date()).bounds(inbound.env.zone)
    counts = period_counts.count_period(
        inbound.session,
        inbound.asker,
        inbound.env.zone,
        since=first,
        until=end,
        now=inbound.now,
        unit=unit,
    )
    inbound.reply(
        talk.day_figures(
            name,
            opened=counts.opened,
            closed=counts.closed,
            open=counts.open,
            overdue=counts.overdue,
            unassigned=counts.unassigned,
            unit=unit.display_name if unit is not None else "",
        )
        + (_name_classes(inbound, first, end, unit) if _ASKS_CLASSES.search(said) else "")
        + (_count_urgent(inbound, first, end) if _ASKS_URGENT.search(said) else "")
    )
    if _ASKS_DISSATISFIED.search(said):
        _list_dissatisfied(inbound, name, first, end)
    return "command.today"


def show_dissatisfied(inbound: InboundMessage, command: Command) -> str:
    """What reporters were not satisfied with in the period that is said, else of the last month. A slug."""
    name, find = _find_period(command.tail) or _MONTH
    first, end = find(inbound.env.local(inbound.now).date()).bounds(inbound.env.zone)
    _list_dissatisfied(inbound, name, first, end)
    return "command.dissatisfied"


def _find_period(said: str) -> tuple[str, Callable[[date], Period]] | None:
    """The period that the words name; None: they name none."""
    if few := _find_few_days(said):
        return few
    return next(((name, find) for word, name, find in _PERIODS if word.search(said)), None)


def _count_urgent(inbound: InboundMessage, since: datetime, until: datetime) -> str:
    return talk.urgent_figures(
        filtered_lists.count_urgent(inbound.session, inbound.asker, since=since, until=until)
    )


def _list_dissatisfied(inbound: InboundMessage, period: str, since: datetime, until: datetime) -> None:
    """What reporters were not satisfied with in the period, in an answer of its own."""
    found = filtered_lists.list_dissatisfied(
        inbound.session, inbound.asker, since=since, until=until, size=talk.A_PAGE
    )
    views = [
        view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now) for case in found.cases
    ]
    title = talk.dissatisfied_title(period)
    listed = talk.listing(title, views, total=found.total, page=1, more=talk.IN_CONSOLE)
    shown = listed if views else talk.empty_list(title, in_private=inbound.asker.in_private)
    inbound.reply(shown, part="dissatisfied")


def _name_classes(inbound: InboundMessage, since: datetime, until: datetime, unit: Unit | None) -> str:
    counted = period_counts.count_classes(inbound.session, inbound.asker, since=since, until=until, unit=unit)
    named = [(inbound.env.class_info(class_id).name, count) for class_id, count in counted]
    return talk.most_frequent(named) if named else ""


def _find_few_days(said: str) -> tuple[str, Callable[[date], Period]] | None:
    """近三天: today and the two days before."""
    found = _FEW_DAYS.search(said)
    if found is None:
        return None
    before = timedelta(days=(_SOME if found[1] == "几" else parse_numeral(found[1])) - 1)
    return f"近{found[1]}天", lambda today: Period(today - before, today)
