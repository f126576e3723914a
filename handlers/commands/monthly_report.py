"""/月报: the month's table of whatever lies beneath one's own unit."""

import re
from datetime import date

from handlers.chat.inbound import Arrival
from handlers.commands.parser import Command
from handlers.errors import MissingNeed, NotAllowed, WrongState
from handlers.insight import monthly_report
from handlers.wording import reports as say
from models.organisation import Role, Unit

_MONTH = re.compile(r"(?:(\d{4})\s*[-年/.]\s*)?(\d{1,2})\s*月?")
_OUTSIDE = frozenset({Role.INFORMANT, Role.RESIDENT})


def month(arrival: Arrival, command: Command) -> str:
    if arrival.person.role in _OUTSIDE or arrival.person.unit_id is None:
        raise NotAllowed(say.may_not_ask())
    this = arrival.office.local(arrival.now).date().replace(day=1)
    first = read_month(command.tail, this) if command.tail else monthly_report.previous(this)
    if first is None:
        raise MissingNeed(say.month_usage())
    if first > this:
        raise WrongState(say.not_yet())
    unit = arrival.session.get_one(Unit, arrival.person.unit_id)
    arrival.answer(
        say.month(monthly_report.month(arrival.session, arrival.office, first, unit, now=arrival.now))
    )
    return "command.month"


def read_month(text: str, this: date) -> date | None:
    """`2026-03`, `2026年3月`, `3月`; without a year the newest one of that name."""
    match = _MONTH.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 12 or match[1] == "0000":
        return None
    if match[1]:
        return date(int(match[1]), int(match[2]), 1)
    found = this.replace(month=int(match[2]))
    return found if found <= this else found.replace(year=this.year - 1)
