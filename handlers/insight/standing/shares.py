"""What units did with their shares of the cases of a period: orders sent back, calls answered on the spot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, extract, func, select
from sqlalchemy.orm import Session

from handlers.insight.cohort import SHARES, ShareKind, define_figures
from models.cases import IS_SPECIAL_SHARE, Assignment, Case
from models.database import keep_from_indexes
from models.figures import ShareFigures

WHOLE = -1
"""Instead of the id of a unit: the figures of all units, in which each case counts once."""
_MINUTE = 60


def count_shares(
    session: Session, scope: ColumnElement[bool], begins: datetime, ends: datetime, *, now: datetime
) -> Mapping[int | None, ShareFigures]:
    """By id of the unit, and WHOLE; of the cases in `scope` opened between two moments."""
    spans = Case.opened_at >= begins, Case.opened_at < ends
    counted = keep_from_indexes(and_(scope, define_figures(now)["received"], *spans))
    # No share is older than its case; the index of the few that count has the times of all.
    few = IS_SPECIAL_SHARE, Assignment.dispatched_at >= begins
    sums = select(*_list_sums()).select_from(Assignment).join(Case, Case.id == Assignment.case_id)
    sums = sums.where(*few, counted)
    # Bare, it would have SQLite read all shares there are, in the order of its index.
    unit = (Assignment.unit_id + 0).label("unit")
    units = session.execute(sums.add_columns(unit).group_by(unit.name)).all()
    found = {unit_id: _build_figures(*numbers) for *numbers, unit_id in units}
    found = {unit_id: figures for unit_id, figures in found.items() if figures != ShareFigures()}
    return {**found, WHOLE: _build_figures(*session.execute(sums).one())}


def _list_sums() -> list[ColumnElement[Any]]:
    moments = Assignment.arrived_at, Assignment.dispatched_at
    arrived, called = (cast(extract("epoch", moment), BigInteger) for moment in moments)
    counts = [func.count(func.distinct(case((SHARES[kind], Assignment.case_id)))) for kind in ShareKind]
    return [*counts, func.avg(case((SHARES[ShareKind.ARRIVED], arrived - called)))]


def _build_figures(sent_back: int, called: int, arrived: int, seconds: float | None) -> ShareFigures:
    minutes = None if seconds is None else round(float(seconds) / _MINUTE)
    return ShareFigures(sent_back, called, arrived, minutes)
