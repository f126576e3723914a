"""How many cases were opened and closed within a period, of what concerns whoever asks."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists.scope import is_at_top
from handlers.cases.queries import Asker
from handlers.environment.units import find_subtree_ids
from handlers.insight.counts import kept
from handlers.insight.counts.cuts import LATE, OPEN, Cut
from models.cases import IS_OPEN, IS_RESTRICTED, Case
from models.database import keep_from_indexes
from models.organisation import Unit
from models.workflow import UNASSIGNED

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
    zone: ZoneInfo,
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
    came, went = (
        queries.count_cases(session, asker, and_(moment >= since, moment < until, concern))
        for moment in (Case.opened_at, Case.closed_at)
    )
    if unit is None and is_at_top(session, asker):
        return PeriodFigures(came, went, *_count_everywhere(session, asker, zone, now=now))
    return PeriodFigures(
        came,
        went,
        open=queries.count_cases(session, asker, and_(IS_OPEN, concern)),
        overdue=queries.count_cases(session, asker, and_(queries.is_overdue(now), concern)),
        unassigned=queries.count_cases(session, asker, and_(Case.status.in_(UNASSIGNED), concern)),
    )


def _count_everywhere(
    session: Session, asker: Asker, zone: ZoneInfo, *, now: datetime
) -> tuple[int, int, int]:
    """Open, overdue and unassigned cases, wherever they lie: the public ones as they are kept, the few others
    counted.
    """
    public = kept.load_open(session, zone, Cut.STATUS, (OPEN, LATE), now=now)
    restricted = Case.id.in_(select(Case.id).where(IS_OPEN, IS_RESTRICTED))
    late = func.sum(case((queries.is_overdue(now), 1), else_=0))
    others = select(Case.status, func.count(), late).where(restricted, queries.is_visible(asker))
    found = [(status, *numbers) for (status,), numbers in public.items()]
    found += session.execute(others.group_by(Case.status)).all()
    return (
        sum(number for _, number, _ in found),
        sum(number for _, _, number in found),
        sum(number for status, number, _ in found if status in UNASSIGNED),
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
    everywhere = is_at_top(session, asker)
    concern = true() if everywhere else keep_from_indexes(queries.is_concern(session, asker))
    return concern if unit is None else and_(concern, queries.lies_within(find_subtree_ids(session, unit)))
