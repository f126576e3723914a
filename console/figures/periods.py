"""The period that an address asks for: `month=2026-11`, or `from` and `to`; else the month of today."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from console.problems import WrongForm
from handlers.insight.periods import Period, previous_month
from handlers.wording import pages as say

PERIOD = frozenset({"month", "from", "to"})
"""The fields of an address that choose a period."""
_MONTHS = 13
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Chooser:
    """The chosen period, the one it is compared with, and the months to choose from."""

    period: Period
    other: Period
    months: list[date]
    """The first day of each, this month first."""

    @property
    def is_beside_previous(self) -> bool:
        """Whether the other period is the one right before."""
        return self.other == self.period.previous()


def read_chooser(asked: Mapping[str, str], *, today: date) -> Chooser:
    """As `read_period`, and what to compare with: `from2` and `to2`, else the period before."""
    chosen = read_period(
        month=asked.get("month", ""), first=asked.get("from", ""), last=asked.get("to", ""), today=today
    )
    first, last = asked.get("from2", ""), asked.get("to2", "")
    if not (first or last):
        return chosen
    return replace(chosen, other=read_period(month="", first=first, last=last, today=today).period)


def read_period(*, month: str, first: str, last: str, today: date) -> Chooser:
    """The period of these fields of an address; `today` is local. Raises WrongForm for what is none."""
    this = today.replace(day=1)
    try:
        if first or last:
            period = Period(date.fromisoformat(first or last), date.fromisoformat(last or first))
        else:
            period = Period.of_month(date.fromisoformat(f"{month}-01") if month else this)
    except (ValueError, OverflowError) as error:
        raise WrongForm(say.unreadable_period()) from error
    if period.last < period.first or not {period.first.year, period.last.year} <= set(_YEARS):
        raise WrongForm(say.unreadable_period())
    return Chooser(period, period.previous(), _list_months(this))


def _list_months(this: date) -> list[date]:
    months = [this]
    while len(months) < _MONTHS:
        months.append(previous_month(months[-1]))
    return months
