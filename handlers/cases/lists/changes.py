"""What has changed since some time, for another system that keeps a copy: the oldest change first.

t1 ──────── t2 ──────────── t3 ─────────>     each case stands once, at its last event; one that changes
A changed   B changed       A changed         while pages are read comes again on a later one
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker, CaseFilter, ordered_conditions, walked_conditions
from handlers.environment.units import find_subtree_ids
from models.cases import Case, Event


@dataclass(frozen=True, slots=True)
class TimedRow:
    """A row of a list in the order of time: where a page ends."""

    at: datetime
    row_id: int


def list_changed(
    session: Session,
    asker: Asker,
    case_filter: CaseFilter,
    *,
    since: datetime,
    limit: int,
    after: TimedRow | None = None,
) -> tuple[Sequence[Case], TimedRow | None]:
    """A page of the cases that fit and were changed since then (aware), and the `after` of the next page."""
    units = find_subtree_ids(session, case_filter.unit) if case_filter.unit is not None else None
    query = (
        select(Case, Event.at, Event.id)
        .join(Event, Event.case_id == Case.id)
        .where(Event.number == Case.version, Event.at >= since)
        .where(*ordered_conditions(asker, case_filter, None), *walked_conditions(case_filter, units))
        .order_by(Event.at, Event.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(Event.at, Event.id) > tuple_(after.at, after.row_id))
    found = session.execute(query).all()
    shown = found[:limit]
    following = TimedRow(shown[-1].at, shown[-1].id) if len(found) > len(shown) else None
    return [case for case, *_ in shown], following
