"""How the spot checks of a period came out; what reporters said of themselves, `monthly_report` counts."""

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from handlers.insight.periods import Period
from models.cases import Case
from models.database import keep_from_indexes
from models.figures import CallFigures
from models.spot_checks import REACHED, UNREACHED, SpotCheck, SpotDraw


def count_calls(session: Session, scope: ColumnElement[bool], period: Period) -> CallFigures:
    """The spot checks of cases in `scope` that were closed on the days of the period."""
    counted = {
        "reached": SpotCheck.outcome == REACHED,
        "unreached": SpotCheck.outcome == UNREACHED,
        "solved": SpotCheck.solved.is_(True),
        "judged": SpotCheck.satisfied.is_not(None),
        "satisfied": SpotCheck.satisfied.is_(True),
    }
    sums = [
        func.coalesce(func.sum(case((holds, 1), else_=0)), 0).label(key) for key, holds in counted.items()
    ]
    row = session.execute(
        select(func.count().label("drawn"), *sums)
        .select_from(SpotCheck)
        .join(SpotDraw, SpotDraw.id == SpotCheck.draw_id)
        .join(Case, Case.id == SpotCheck.case_id)
        .where(SpotDraw.day.between(period.first, period.last), keep_from_indexes(scope))
    ).one()
    return CallFigures(*row)
