"""The monthly report: what each unit received, answered and solved, and how the reporters rated it.

What counts for which figure stands in `cohort`; beside it, by assignments:

    returned   orders the unit sent back in the month; reworked: times its work did not pass
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.insight.cohort import lies_in_table
from handlers.insight.counts import kept, signatures
from handlers.insight.counts.responsibility import count_charges, list_first_receipts
from handlers.insight.counts.spot_calls import count_calls
from handlers.insight.periods import Period
from handlers.insight.standing.shares import WHOLE, count_shares
from models.cases import Assignment, Case
from models.database import keep_from_indexes
from models.figures import Figures, MonthlyReport, ShareFigures, UnitFigures
from models.organisation import Unit

LEAST_RANKED = 5
"""A unit that received fewer cases is not ranked on pages and papers: one rating would decide."""


def build_report(
    session: Session, env: Environment, first: date, unit: Unit | None, *, now: datetime
) -> MonthlyReport:
    """The table of the month that begins with the local date `first`, beside the month before.

    `unit` limits it to a subtree; None means everything.
    """
    return compare_periods(session, env, Period.of_month(first), unit, now=now)


def compare_periods(
    session: Session,
    env: Environment,
    period: Period,
    unit: Unit | None,
    *,
    now: datetime,
    least: int = 1,
    other: Period | None = None,
) -> MonthlyReport:
    """The same table of any period, beside the `other`; None: the period before it.

    `least`: a unit that received fewer cases is not ranked.
    """
    other = other or period.previous()
    scope = lies_in_table(unit)
    current = _load_figures(session, env, unit, period, now=now)
    previous = _load_figures(session, env, unit, other, now=now)
    late = kept.load_overdue(session, env.zone, unit, now=now)
    receipts = kept.load_receipts(session, env.zone, period, unit, now=now)
    shares = count_shares(session, scope, *period.bounds(env.zone), now=now)
    names = {one.id: one for one in session.scalars(select(Unit))}
    lines = [
        UnitFigures(
            code=names[unit_id].code if unit_id else "",
            name=names[unit_id].display_name if unit_id else "",
            figures=current.get(unit_id, Figures()),
            before=previous.get(unit_id, Figures()),
            overdue=late.get(unit_id, 0),
            shares=shares.get(unit_id, ShareFigures()),
        )
        for unit_id in {*current, *late, *shares} - {WHOLE}
    ]
    return MonthlyReport(
        first=period.first,
        scope=unit.display_name if unit else "",
        lines=_rank_units(lines, least),
        total=sum(current.values(), Figures()),
        before=sum(previous.values(), Figures()),
        overdue=sum(late.values()),
        shares=shares[WHOLE],
        targets=env.limits.targets.to_figures(),
        calls=count_calls(session, scope, period),
        charges=count_charges(session, scope, *period.bounds(env.zone), now=now),
        first_receipts=list_first_receipts(session, receipts),
        signatures=signatures.count_signatures(session, scope, *period.bounds(env.zone)),
    )


def load_total(
    session: Session, env: Environment, period: Period, unit: Unit | None, *, now: datetime
) -> Figures:
    """The figures of a whole subtree in a period; None means everything."""
    found = _load_figures(session, env, unit, period, now=now)
    return sum(found.values(), Figures())


def _load_figures(
    session: Session, env: Environment, unit: Unit | None, period: Period, *, now: datetime
) -> dict[int | None, Figures]:
    begins, ends = period.bounds(env.zone)
    scope = keep_from_indexes(lies_in_table(unit))
    figures: dict[int | None, Figures] = defaultdict(Figures)
    figures |= kept.load_table(session, env.zone, period, unit, now=now)
    for unit_id, returned in session.execute(
        select(Assignment.unit_id, func.count())
        .join(Case, Case.id == Assignment.case_id)
        .where(scope, Assignment.returned_at >= begins, Assignment.returned_at < ends)
        .group_by(Assignment.unit_id)
    ):
        figures[unit_id] += Figures(returned=returned)
    return dict(figures)


def _rank_units(lines: Sequence[UnitFigures], least: int) -> tuple[UnitFigures, ...]:
    """Rank the units by score: equal scores share a rank, and the next rank is skipped; nobody is no unit."""
    counted = [line for line in lines if line.code and line.figures.received >= least]
    scores = {line.code: line.figures.score for line in counted}
    order = sorted((score for score in scores.values() if score is not None), reverse=True)
    ranked = [replace(line, rank=_rank_of(scores.get(line.code), order)) for line in lines]
    last = len(lines) + 1
    return tuple(sorted(ranked, key=lambda line: (line.rank or last, -line.figures.received, line.code)))


def _rank_of(score: float | None, scores: Sequence[float]) -> int | None:
    return None if score is None else scores.index(score) + 1
