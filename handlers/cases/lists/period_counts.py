"""How many cases were opened and closed within a period, of what concerns whoever asks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_
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
    return PeriodFigures(
        opened=queries.count_cases(
            session, asker, and_(Case.opened_at >= since, Case.opened_at < until, concern)
        ),
        closed=queries.count_cases(
            session, asker, and_(Case.closed_at >= since, Case.closed_at < until, concern)
        ),
        open=queries.count_cases(session, asker, and_(IS_OPEN, concern)),
        overdue=queries.count_cases(session, asker, and_(queries.is_overdue(now), concern)),
        unassigned=queries.count_cases(
            session, asker, and_(Case.status.in_((Status.NEW, Status.ACCEPTED)), concern)
        ),
    )
