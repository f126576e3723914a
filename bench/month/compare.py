"""The program's figures of the month, by the same keys as the recount, and where the two differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.month.county import TOP
from bench.month.recount import Key
from handlers.environment.snapshot import Environment
from handlers.insight import comparison, monthly_report
from handlers.insight.comparison import Scope
from handlers.insight.counts import responsibility
from handlers.insight.maps import outlines
from handlers.insight.periods import Period
from handlers.insight.standing import boards, breakdown
from handlers.insight.standing.breakdown import Dimension
from models.organisation import Unit

Difference = tuple[Key, int, int]
"""Key, the program's figure, the recount's."""
_FIRST = ("first", "received")


def count_figures(session: Session, env: Environment, period: Period, *, now: datetime) -> Mapping[Key, int]:
    """Every figure that pages, chat and papers show of the whole county; zeros are left out."""
    top = session.scalars(select(Unit).where(Unit.code == TOP)).one()
    report = monthly_report.compare_periods(session, env, period, top, now=now)
    found: dict[Key, int] = {}
    for line in report.lines:
        _add(
            found, "unit", line.code, {**asdict(line.figures), "overdue": line.overdue, **asdict(line.shares)}
        )
    _add(found, "total", "", {**asdict(report.total), "overdue": report.overdue, **asdict(report.shares)})
    for charge in report.charges:
        _add(found, "charge", charge.code, asdict(charge))
    for first in report.first_receipts:
        _add(found, "first", f"{first.unit_code}:{first.person_code}", asdict(first))
    _add(found, "signature", "", asdict(report.signatures))
    _add(found, "calls", "", asdict(report.calls))
    for board in boards.rank_areas(session, env, top, period, now=now, least=1):
        _add(found, "area", board.code, asdict(board.figures))
    scope = Scope(top, top, tuple(outlines.find_parts(session, top)))
    rows = breakdown.count_rows(session, env, scope, Dimension.SOURCE, period, period.previous(), now=now)
    _add_received(found, "source", ((row.key, row.received) for row in rows))
    for row in comparison.build_cube(session, env, scope, [period], period.previous(), now=now):
        found["class", row.class_id, "received"] = (
            found.get(("class", row.class_id, "received"), 0) + row.count
        )
    hours = comparison.count_hours(session, env, scope, period, now=now)
    _add_received(found, "hour", ((str(hour), number) for hour, number in enumerate(hours)))
    return {key: number for key, number in found.items() if number}


def _add(found: dict[Key, int], table: str, line: str, figures: Mapping[str, object]) -> None:
    for name, number in figures.items():
        if isinstance(number, int) and name != "minutes":
            found[table, line, name] = number


def _add_received(found: dict[Key, int], table: str, rows: Iterable[tuple[str, int]]) -> None:
    for line, number in rows:
        _add(found, table, line, {"received": number})


def list_differences(program: Mapping[Key, int], recounted: Mapping[Key, int]) -> Sequence[Difference]:
    """Where the two do not say the same."""
    keys = sorted({*program, *recounted} - _find_cut(program, recounted))
    pairs = ((key, program.get(key, 0), recounted.get(key, 0)) for key in keys)
    return [(key, ours, theirs) for key, ours, theirs in pairs if ours != theirs]


def _find_cut(program: Mapping[Key, int], recounted: Mapping[Key, int]) -> set[Key]:
    """Of the table of first receipts, which ends after so many lines, the keys of those beneath its last."""
    shown = {line: number for (table, line, name), number in program.items() if (table, name) == _FIRST}
    if len(shown) < responsibility.MOST:
        return set()
    least = min(shown.values())
    small = {
        line
        for (table, line, name), number in recounted.items()
        if (table, name) == _FIRST and number <= least
    }
    return {key for key in recounted if key[0] == _FIRST[0] and key[1] in small - {*shown}}
