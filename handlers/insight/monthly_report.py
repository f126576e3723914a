"""The monthly report: what each unit received, answered and solved, and how the reporters rated it.

All figures are of one cohort, the cases opened in the month, in the state they have now; so a rate
never mixes one month's cases with another's answers. Definitions follow domain standards §9:

    excluded   void, rejected, merged: left out of everything else, and shown beside it
    withdrawn  its reporter took it back, whatever became of it: likewise, and not among the excluded
    answered   the result was sent to the reporter; 回应率 = answered ÷ received
    solved     by the reporter's own last rating; 解决率 = solved ÷ rated
    satisfied  likewise; 满意率 = satisfied ÷ judged. 「没有解决」 counts as not satisfied
    unrated    closed without a rating: automatic closing is neither solved nor satisfied
    on time    fed back (or closed) by its limit; 按时率 = on time ÷ due, suspended cases deferred
    returned   orders the unit sent back in the month; reworked: times its work did not pass

Restricted cases (举报、作风) are in no table: one case of one unit would be as good as its name.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.environment.snapshot import Environment
from handlers.environment.units import select_subtree
from models.cases import Assignment, Case, Rating
from models.database import keep_from_indexes
from models.figures import Figures, MonthlyReport, UnitFigures
from models.organisation import Unit
from models.workflow import Status, Withdrawal

EXCLUDED = frozenset({Status.VOID, Status.REJECTED, Status.DUPLICATE})


def build_report(
    session: Session, env: Environment, first: date, unit: Unit | None, *, now: datetime
) -> MonthlyReport:
    """The table of the month that begins with the local date `first`, beside the month before.

    `unit` limits it to a subtree; None means everything.
    """
    scope = _scope_of(unit)
    current = _load_figures(session, scope, *_month_bounds(env, first), now=now)
    previous = _load_figures(session, scope, *_month_bounds(env, previous_month(first)), now=now)
    late = _count_overdue(session, scope, now=now)
    names = {one.id: one for one in session.scalars(select(Unit))}
    lines = [
        UnitFigures(
            code=names[unit_id].code if unit_id else "",
            name=names[unit_id].display_name if unit_id else "",
            figures=current.get(unit_id, Figures()),
            before=previous.get(unit_id, Figures()),
            overdue=late.get(unit_id, 0),
        )
        for unit_id in {*current, *late}
    ]
    return MonthlyReport(
        first=first,
        scope=unit.display_name if unit else "",
        lines=_rank_units(lines),
        total=sum(current.values(), Figures()),
        before=sum(previous.values(), Figures()),
        overdue=sum(late.values()),
    )


def previous_month(first: date) -> date:
    """The first day of the month before; `first` is the first day of a month."""
    return (
        first.replace(year=first.year - 1, month=12)
        if first.month == 1
        else first.replace(month=first.month - 1)
    )


def next_month(first: date) -> date:
    """The first day of the month after; `first` is the first day of a month."""
    return (
        first.replace(year=first.year + 1, month=1)
        if first.month == 12
        else first.replace(month=first.month + 1)
    )


def _month_bounds(env: Environment, first: date) -> tuple[datetime, datetime]:
    begins, ends = (
        datetime.combine(day, time(), env.zone).astimezone(UTC) for day in (first, next_month(first))
    )
    return begins, ends


def _scope_of(unit: Unit | None) -> ColumnElement[bool]:
    public = queries.is_visible(queries.PUBLIC)
    if unit is None:
        return public
    units = select_subtree(unit)
    # What nobody has placed yet belongs to the table of the whole district only.
    nowhere = and_(Case.area_id.is_(None), Case.unit_id.is_(None)) if unit.parent_id is None else ~true()
    return and_(public, or_(Case.area_id.in_(units), Case.unit_id.in_(units), nowhere))


def _load_figures(
    session: Session, scope: ColumnElement[bool], begins: datetime, ends: datetime, *, now: datetime
) -> dict[int | None, Figures]:
    scope = keep_from_indexes(scope)
    opened = and_(scope, Case.opened_at >= begins, Case.opened_at < ends)
    cases = session.execute(
        select(
            Case.id,
            Case.unit_id,
            Case.status,
            Case.replied_at,
            Case.submitted_at,
            Case.closed_at,
            Case.due_at,
            Case.reworks,
            Case.withdrawal,
        ).where(opened)
    ).all()
    ratings = session.execute(
        select(Rating.case_id, Rating.solved, Rating.satisfied)
        .join(Case, Case.id == Rating.case_id)
        .where(opened)
        .order_by(Rating.id)
    )
    last = {rating.case_id: rating for rating in ratings}
    # Most cases of a unit are alike: adding up is slow, counting is not.
    alike = Counter((case.unit_id, _figures_of_case(case, last.get(case.id), now=now)) for case in cases)
    found: dict[int | None, Figures] = defaultdict(Figures)
    for (unit, figures), number in alike.items():
        found[unit] += figures * number
    for unit_id, returned in session.execute(
        select(Assignment.unit_id, func.count())
        .join(Case, Case.id == Assignment.case_id)
        .where(scope, Assignment.returned_at >= begins, Assignment.returned_at < ends)
        .group_by(Assignment.unit_id)
    ):
        found[unit_id] += Figures(returned=returned)
    return dict(found)


def _figures_of_case(case: Any, rating: Any, *, now: datetime) -> Figures:
    if case.withdrawal == Withdrawal.STOPS:
        return Figures(withdrawn=1)
    if case.status in EXCLUDED:
        return Figures(excluded=1)
    finished = case.submitted_at or case.closed_at
    counts = case.due_at is not None and case.status != Status.SUSPENDED
    owed = counts and (finished is not None or case.due_at < now)
    return Figures(
        received=1,
        answered=case.replied_at is not None,
        rated=rating is not None,
        solved=rating is not None and rating.solved,
        judged=rating is not None and (rating.satisfied is not None or not rating.solved),
        satisfied=rating is not None and rating.solved and bool(rating.satisfied),
        unrated=rating is None and case.status == Status.CLOSED,
        due=owed,
        on_time=owed and finished is not None and finished <= case.due_at,
        reworked=case.reworks,
    )


def _count_overdue(session: Session, scope: ColumnElement[bool], *, now: datetime) -> dict[int | None, int]:
    late = session.execute(
        select(Case.unit_id, func.count().label("number"))
        .where(keep_from_indexes(scope), queries.is_overdue(now))
        .group_by(Case.unit_id)
    )
    return {row.unit_id: row.number for row in late}


def _rank_units(lines: Sequence[UnitFigures]) -> tuple[UnitFigures, ...]:
    """Rank the units by score: equal scores share a rank, and the next rank is skipped."""
    scores = sorted((line.figures.score for line in lines if line.figures.score is not None), reverse=True)
    ranked = [
        UnitFigures(
            line.code,
            line.name,
            line.figures,
            line.before,
            line.overdue,
            _rank_of(line.figures.score, scores),
        )
        for line in lines
    ]
    last = len(lines) + 1
    return tuple(sorted(ranked, key=lambda line: (line.rank or last, -line.figures.received, line.code)))


def _rank_of(score: float | None, scores: Sequence[float]) -> int | None:
    return None if score is None else scores.index(score) + 1
