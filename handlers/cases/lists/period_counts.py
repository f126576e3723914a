"""How many cases were opened and closed within a period, of what concerns whoever asks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.queries import Asker
from handlers.environment.units import find_subtree_ids
from models.cases import IS_OPEN, Case
from models.database import keep_from_indexes
from models.organisation import Unit
from models.workflow import Status

_MOST_CLASSES = 3


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

    `unit`: only what lies with this unit and those below it, or in their area.
    """
    concern = _concerns(session, asker, unit)
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


def count_classes(
    session: Session, asker: Asker, *, since: datetime, until: datetime, unit: Unit | None = None
) -> list[tuple[str, int]]:
    """The classes of which most was opened from `since` up to `until`, with how many cases; at most three."""
    came = and_(Case.opened_at >= since, Case.opened_at < until, _concerns(session, asker, unit))
    number = func.count().label("number")
    rows = session.execute(
        select(Case.class_id, number)
        .where(came, queries.is_visible(asker))
        .group_by(Case.class_id)
        .order_by(number.desc(), Case.class_id)
        .limit(_MOST_CLASSES)
    )
    return [(row.class_id, row.number) for row in rows]


def _concerns(session: Session, asker: Asker, unit: Unit | None) -> ColumnElement[bool]:
    concern = keep_from_indexes(queries.is_concern(session, asker))
    return concern if unit is None else and_(concern, queries.lies_within(find_subtree_ids(session, unit)))
