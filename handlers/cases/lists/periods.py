"""How much came and went within a period, of what concerns whoever asks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.queries import Asker
from handlers.environment.units import find_subtree_ids
from models.cases import IS_OPEN, Case
from models.database import keep_from_indexes
from models.organisation import Unit
from models.workflow import Status


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """How many cases were opened and closed within a period, are open now, and are overdue now."""

    opened: int
    closed: int
    open: int
    overdue: int
    unassigned: int
    """Open and not yet with a unit."""


def count_period(
    session: Session,
    asker: Asker,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    unit: Unit | None = None,
) -> PeriodFigures:
    """The numbers from `since` up to `until` of what concerns the asker; all times aware.

    `unit`: only what this unit and those below it have.
    """
    concern = keep_from_indexes(queries.is_concern(session, asker))
    if unit is not None:
        concern = and_(concern, Case.unit_id.in_(find_subtree_ids(session, unit)))

    def count(condition: ColumnElement[bool]) -> int:
        return queries.count_cases(session, asker, and_(condition, concern))

    return PeriodFigures(
        opened=count(and_(Case.opened_at >= since, Case.opened_at < until)),
        closed=count(and_(Case.closed_at >= since, Case.closed_at < until)),
        open=count(IS_OPEN),
        overdue=count(queries.is_overdue(now)),
        unassigned=count(Case.status.in_((Status.NEW, Status.ACCEPTED))),
    )
