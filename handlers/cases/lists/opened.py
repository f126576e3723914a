"""Cases by when they were opened, newest first, for a system that looks for some of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from handlers.cases.lists.changes import TimedRow
from handlers.cases.queries import Asker, is_visible, lies_within
from models.cases import IS_OPEN, Case


@dataclass(frozen=True, slots=True)
class OpenedFilter:
    """Which cases: all conditions must hold."""

    since: datetime
    until: datetime
    """Both inclusive."""
    is_open: bool | None = None
    """Still on their way, or over; None: both."""
    classes: Sequence[str] = ()
    """Ids of the classes; empty: all."""
    within: Sequence[int] | None = None
    """Ids of the units in whose area or hands it must lie; None: anywhere."""


def list_opened(
    session: Session, asker: Asker, wanted: OpenedFilter, *, limit: int, after: TimedRow | None = None
) -> tuple[Sequence[Case], TimedRow | None]:
    """A page of the cases that fit, and the `after` of the next page; None: there is none."""
    query = (
        select(Case)
        .where(Case.opened_at >= wanted.since, Case.opened_at <= wanted.until)
        .where(is_visible(asker), lies_within(wanted.within))
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(limit + 1)
    )
    if wanted.is_open is not None:
        query = query.where(IS_OPEN if wanted.is_open else ~IS_OPEN)
    if wanted.classes:
        query = query.where(Case.class_id.in_(wanted.classes))
    if after is not None:
        query = query.where(tuple_(Case.opened_at, Case.id) < tuple_(after.at, after.row_id))
    found = session.scalars(query).all()
    shown = found[:limit]
    return shown, TimedRow(shown[-1].opened_at, shown[-1].id) if len(found) > len(shown) else None
