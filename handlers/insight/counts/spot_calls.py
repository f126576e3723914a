"""What came of the spot checks (B09) of the days of a period: counted apart from ratings.

A case that was closed and drawn twice in the period counts once, by the later draw.
"""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, select, true
from sqlalchemy.orm import Session, aliased

from handlers.insight.periods import Period
from models.cases import Case
from models.database import keep_from_indexes
from models.figures import CallFigures
from models.spot_checks import IS_UNCALLED, REACHED, UNREACHED, SpotCheck, SpotDraw


class CallKind(StrEnum):
    """What came of a call."""

    DRAWN = "drawn"
    REACHED = "reached"
    UNREACHED = "unreached"
    SOLVED = "solved"
    JUDGED = "judged"
    SATISFIED = "satisfied"
    WAITING = "waiting"


_KINDS: Mapping[CallKind, ColumnElement[bool]] = {
    CallKind.DRAWN: true(),
    CallKind.REACHED: SpotCheck.outcome == REACHED,
    CallKind.UNREACHED: SpotCheck.outcome == UNREACHED,
    CallKind.SOLVED: SpotCheck.solved.is_(True),
    CallKind.JUDGED: SpotCheck.satisfied.is_not(None),
    CallKind.SATISFIED: SpotCheck.satisfied.is_(True),
    CallKind.WAITING: IS_UNCALLED,
}


def _find_newest(period: Period) -> ScalarSelect[int]:
    """Of the case of each check the id of its last one that was drawn of a day of the period."""
    check, draw = aliased(SpotCheck), aliased(SpotDraw)
    drawn = select(func.max(check.id)).join(draw, draw.id == check.draw_id)
    drawn = drawn.where(check.case_id == SpotCheck.case_id, draw.day.between(period.first, period.last))
    return drawn.correlate(SpotCheck).scalar_subquery()


def was_drawn(kind: CallKind, period: Period) -> ColumnElement[bool]:
    """Condition for the cases that were drawn of the days of the period, of whose call this is so."""
    checks = select(SpotCheck.case_id).where(SpotCheck.id == _find_newest(period), _KINDS[kind])
    return Case.id.in_(checks)


def count_calls(session: Session, scope: ColumnElement[bool], period: Period) -> CallFigures:
    """The spot checks of cases in `scope` that were closed on the days of the period."""
    sums = [
        func.coalesce(func.sum(case((_KINDS[kind], 1), else_=0)), 0)
        for kind in CallKind
        if kind is not CallKind.WAITING
    ]
    row = session.execute(
        select(*sums)
        .select_from(SpotCheck)
        .join(SpotDraw, SpotDraw.id == SpotCheck.draw_id)
        .join(Case, Case.id == SpotCheck.case_id)
        .where(
            and_(SpotDraw.day.between(period.first, period.last), SpotCheck.id == _find_newest(period)),
            keep_from_indexes(scope),
        )
    ).one()
    return CallFigures(*row)
