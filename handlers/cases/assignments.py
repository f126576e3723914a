"""A unit's share of a case: lead or assist, begun, signed, arrived, returned, ended."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers.cases.context import ActContext
from handlers.environment.units import covers
from models.cases import ASSIST, LEAD, Assignment, Case, is_live_share
from models.organisation import Unit


def begin_share(context: ActContext, unit: Unit, *, role: str = LEAD) -> None:
    """A unit's share of the case begins."""
    context.session.add(
        Assignment(
            case_id=context.case.id,
            unit_id=unit.id,
            role=role,
            event_number=context.event_number,
            dispatched_at=context.now,
            due_at=context.case.due_at,
        )
    )


def update_lead(context: ActContext, **values: Any) -> None:
    """Set columns of the leading unit's live assignment."""
    context.session.execute(
        update(Assignment).where(Assignment.case_id == context.case.id, is_live_share(LEAD)).values(**values)
    )


def end_lead(context: ActContext, **values: Any) -> None:
    """The leading unit's share is over."""
    if context.case.unit_id is not None:
        update_lead(context, ended_at=context.now, **values)


def end_all(context: ActContext) -> None:
    """Nobody has a share any more."""
    context.session.execute(
        update(Assignment)
        .where(Assignment.case_id == context.case.id, Assignment.ended_at.is_(None))
        .values(ended_at=context.now)
    )


def live_shares(session: Session, case: Case, role: str) -> list[Assignment]:
    """The shares of this kind that go on, oldest first."""
    session.flush()
    found = session.scalars(
        select(Assignment).where(Assignment.case_id == case.id, is_live_share(role)).order_by(Assignment.id)
    )
    return list(found)


def share_of_unit(session: Session, case: Case, unit_id: int | None) -> Assignment | None:
    """The helping share of this unit, or of one above it."""
    own = session.get(Unit, unit_id) if unit_id is not None else None
    if own is None:
        return None
    shares = live_shares(session, case, ASSIST)
    return next((one for one in shares if covers(session.get_one(Unit, one.unit_id), own)), None)


def has_arrived(session: Session, case: Case, unit_ids: Iterable[int | None]) -> bool:
    """Whether one of these units was called to help and is on the spot."""
    shares = (share_of_unit(session, case, unit_id) for unit_id in unit_ids)
    return any(share is not None and share.arrived_at is not None for share in shares)


def lead_has_arrived(session: Session, case: Case) -> bool:
    return any(share.arrived_at is not None for share in live_shares(session, case, LEAD))


def has_returned(session: Session, case: Case) -> bool:
    """The same unit may return a case once."""
    if case.returns == 0:
        return False
    earlier = select(Assignment.id).where(
        Assignment.case_id == case.id,
        Assignment.unit_id == case.unit_id,
        Assignment.returned_at.is_not(None),
    )
    return session.scalar(earlier.limit(1)) is not None


def may_return(session: Session, case: Case) -> bool:
    """Whether its unit may still say that it is not theirs."""
    return not case.final and not has_returned(session, case)
