"""/月报: the month's table of whatever lies beneath one's own unit."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.errors import MissingNeed, NotAllowed, WrongState
from handlers.insight import monthly_report
from handlers.insight.periods import Period, name_period, previous_month
from handlers.insight.pictures import posting
from handlers.insight.standing import snapshots
from handlers.wording import papers, standing
from handlers.wording import reports as say
from models.figures import MonthlyReport
from models.messages import FilePush, PhotoPush, PushBody
from models.organisation import OUTSIDERS, Unit

FILE_WORDS = frozenset({"文件", "文档", "word"})
"""What people say who want a paper as a file."""
_LAST_DAYS = 30
"""From this day of the month on people want the month that ends."""
_MONTH = re.compile(r"(?:(\d{4})\s*[-年/.]\s*)?(\d{1,2})\s*月?")


def show_month(inbound: InboundMessage, command: Command) -> str:
    """`/月报`: a month's table for the sender's unit and all beneath it, in words, as a file or as a picture.

    Returns a slug. Raises NotAllowed for people without a unit to look after, MissingNeed for a month that
    cannot be read, WrongState for one that has not begun, or where nothing can be drawn.
    """
    if inbound.person.role in OUTSIDERS or inbound.person.unit_id is None:
        raise NotAllowed(say.may_not_ask())
    today = inbound.env.local(inbound.now).date()
    this = today.replace(day=1)
    form, tail = _split_form(command.tail)
    first = parse_month(tail, this) if tail else previous_month(this)
    if first is None:
        raise MissingNeed(say.month_usage())
    if first > this:
        raise WrongState(say.not_yet())
    unit = inbound.session.get_one(Unit, inbound.person.unit_id)
    if form is not None:
        inbound.reply(form(inbound, unit, Period.of_month(first)))
        return "command.month"
    report = monthly_report.build_report(inbound.session, inbound.env, first, unit, now=inbound.now)
    ends = today.day >= _LAST_DAYS or (today + timedelta(days=1)).month != today.month
    offers_this = not tail and ends
    also = [
        _compare_published(inbound, unit, Period.of_month(first), report),
        say.this_month_too(f"{this:%Y-%m}") if offers_this else "",
    ]
    inbound.reply(say.monthly_report(report, also="\n".join(filter(None, also))))
    return "command.month"


def _compare_published(inbound: InboundMessage, unit: Unit, period: Period, report: MonthlyReport) -> str:
    """How the published figures of this table differ from those of now; "" where none were published."""
    published = snapshots.find_newest(inbound.session, unit, period)
    if published is None:
        return ""
    day = inbound.env.local(published.published_at)
    differences = snapshots.compare_totals(published, report)
    return standing.beside_published(day, published.edition, published.note, differences)


Form = Callable[[InboundMessage, Unit, Period], PushBody]


def _write_paper(inbound: InboundMessage, unit: Unit, period: Period) -> PushBody:
    report = _rank_month(inbound, unit, period)
    paper = papers.month_paper(report, name_period(period), today=inbound.env.local(inbound.now))
    return FilePush(0, f"{paper.title}.docx", paper.to_plain())


def _rank_month(inbound: InboundMessage, unit: Unit, period: Period) -> MonthlyReport:
    """The month as pages have it: units that received little are not ranked."""
    return monthly_report.compare_periods(
        inbound.session, inbound.env, period, unit, now=inbound.now, least=monthly_report.LEAST_RANKED
    )


def _draw_month(inbound: InboundMessage, unit: Unit, period: Period) -> PushBody:
    return PhotoPush(0, drawing=_draw(inbound, "month", unit, period))


def _draw_ranking(inbound: InboundMessage, unit: Unit, period: Period) -> PushBody:
    return PhotoPush(0, drawing=_draw(inbound, "ranking", unit, period))


def _draw_trend(inbound: InboundMessage, unit: Unit, period: Period) -> PushBody:
    return PhotoPush(0, drawing=_draw(inbound, "trend", unit, period))


def _draw(inbound: InboundMessage, kind: str, unit: Unit, period: Period) -> str:
    return posting.draw_chart(inbound.session, inbound.env, kind, period, unit, now=inbound.now)[1]


_FORMS: Mapping[str, Form] = {
    **dict.fromkeys(FILE_WORDS, _write_paper),
    **dict.fromkeys(("图", "图片", "月报图"), _draw_month),
    "排名图": _draw_ranking,
    "趋势图": _draw_trend,
}
"""What may be asked for besides the words."""


def _split_form(tail: str) -> tuple[Form | None, str]:
    """The form that somebody asks for, and the month without it."""
    words = tail.split()
    named = next((word for word in words if word.lower() in _FORMS), None)
    if named is None:
        return None, tail
    words.remove(named)
    return _FORMS[named.lower()], " ".join(words)


def parse_month(text: str, this: date) -> date | None:
    """`2026-03`, `2026年3月`, `3月` as the first day of that month; None: no month.

    Without a year the newest month of that name; `this`: the local date of today.
    """
    match = _MONTH.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 12 or match[1] == "0000":
        return None
    if match[1]:
        return date(int(match[1]), int(match[2]), 1)
    found = this.replace(month=int(match[2]))
    return found if found <= this else found.replace(year=this.year - 1)
