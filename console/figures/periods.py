"""The period that an address asks for: `month=2026-11`, or `from` and `to`; else the month of today."""

from dataclasses import dataclass
from datetime import date

from console.problems import WrongForm
from handlers.insight.periods import Period, previous_month
from handlers.wording import pages as say

_MONTHS = 13
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Chooser:
    """The chosen period, the one it is compared with, and the months to choose from."""

    period: Period
    previous: Period
    months: list[date]
    """The first day of each, this month first."""


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
