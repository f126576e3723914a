"""A unit's share of a case: lead or assist, begun, signed, arrived, returned, ended."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from handlers.cases.context import ActContext
from handlers.environment.session_cache import get_cache
from handlers.environment.units import covers
from models.cases import ASSIST, LEAD, Assignment, Case, Event, is_live_share
from models.clocks import ClockRow
from models.organisation import Unit
from models.workflow import ACTS

_LIVE = {
    role: select(Assignment)
    .where(Assignment.case_id == bindparam("case_id"), is_live_share(role))
    .order_by(Assignment.id)
    for role in (LEAD, ASSIST)
}
"""By role: asked several times a case, so that the question is put together once."""


def begin_share(context: ActContext, unit: Unit, *, role: str = LEAD) -> None:
    """Begin a share of the case now for this unit, as the leading (LEAD) or a helping (ASSIST) unit."""
    share = Assignment(
        case_id=context.case.id,
        unit_id=unit.id,
        role=role,
        event_number=context.event_number,
        dispatched_at=context.now,
        due_at=context.case.due_at,
    )
    context.session.add(share)
    if (known := _list_known(context.session, context.case)) is not None:
        known.append(share)


def _list_known(session: Session, case: Case) -> list[Assignment] | None:
    """All shares of a case opened in this transaction, oldest first; None: ask the database."""
    return get_cache(session).shares.get(case.id)


def update_lead(context: ActContext, **values: Any) -> None:
    """Set columns of the leading unit's live assignment; `values`: column to new value."""
    context.session.execute(
        update(Assignment).where(Assignment.case_id == context.case.id, is_live_share(LEAD)).values(**values)
    )


def end_lead(context: ActContext, **values: Any) -> None:
    """End the leading unit's share now, if a unit leads; `values`: further columns of the share to set."""
    if context.case.unit_id is not None:
        update_lead(context, ended_at=context.now, **values)


def find_last_lead(session: Session, case: Case) -> Unit | None:
    """The unit that led the case last, or leads it now; None: none ever did."""
    last = select(Assignment.unit_id).where(Assignment.case_id == case.id, Assignment.role == LEAD)
    unit_id = session.scalar(last.order_by(Assignment.id.desc()).limit(1))
    return session.get(Unit, unit_id) if unit_id is not None else None


def end_all(context: ActContext) -> None:
    """End every share of the case now, the leading and the helping ones."""
    context.session.execute(
        update(Assignment)
        .where(Assignment.case_id == context.case.id, Assignment.ended_at.is_(None))
        .values(ended_at=context.now)
    )


def live_shares(session: Session, case: Case, role: str) -> list[Assignment]:
    """The shares of this role (LEAD or ASSIST) that have not ended, oldest first."""
    if (known := _list_known(session, case)) is not None:
        return [share for share in known if share.role == role and share.ended_at is None]
    session.flush()
    return list(session.scalars(_LIVE[role], {"case_id": case.id}))


def list_called(session: Session, case: Case, event: Event) -> list[int]:
    """Ids of the units that were called to help by this event, in that order."""
    if (known := _list_known(session, case)) is not None:
        return [one.unit_id for one in known if one.role == ASSIST and one.event_number == event.number]
    by_event = Assignment.case_id == case.id, Assignment.event_number == event.number
    called = select(Assignment.unit_id).where(*by_event, Assignment.role == ASSIST)
    return list(session.scalars(called.order_by(Assignment.id)))


def find_first_receipt(session: Session, case: Case) -> Assignment | None:
    """首接: the first leading share that its unit signed for or answered by a return; None: there is none."""
    received = or_(Assignment.signed_at.is_not(None), Assignment.returned_at.is_not(None))
    leading = Assignment.case_id == case.id, Assignment.role == LEAD
    return session.scalar(select(Assignment).where(*leading, received).order_by(Assignment.id).limit(1))


def share_of_unit(session: Session, case: Case, unit_id: int | None) -> Assignment | None:
    """The live helping share of the unit with this id, or of a unit above it; None where there is none."""
    own = session.get(Unit, unit_id) if unit_id is not None else None
    if own is None:
        return None
    shares = live_shares(session, case, ASSIST)
    return next((one for one in shares if covers(session.get_one(Unit, one.unit_id), own)), None)


def has_arrived(session: Session, case: Case, unit_ids: Iterable[int | None]) -> bool:
    """Whether one of the units with these ids was called to help and has arrived (报到)."""
    shares = (share_of_unit(session, case, unit_id) for unit_id in unit_ids)
    return any(share is not None and share.arrived_at is not None for share in shares)


def lead_has_arrived(session: Session, case: Case) -> bool:
    """Whether the leading unit has arrived on the spot (报到)."""
    return any(share.arrived_at is not None for share in live_shares(session, case, LEAD))


def find_recallable(session: Session, case: Case) -> Event | None:
    """The event that handed the case out, where that can be taken back as if it had not been; else None.

    Nothing may have come of it: no clock begun or stopped since, no column set; and the case was not
    returned before, for then the time that a unit had it is accounted for.
    """
    events = session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.number.desc()))
    handed_out = next((event for event in events if event.fields), None)
    if handed_out is None or not ACTS[handed_out.act].recallable or case.returns:
        return None
    session.flush()
    since = or_(ClockRow.event_number > handed_out.number, ClockRow.stopped_event_number > handed_out.number)
    moved = session.scalar(select(ClockRow.id).where(ClockRow.case_id == case.id, since).limit(1))
    return handed_out if moved is None else None


def has_returned(session: Session, case: Case) -> bool:
    """Whether the unit that has the case returned it before: the same unit may return a case once."""
    if case.returns == 0:
        return False
    earlier = select(Assignment.id).where(
        Assignment.case_id == case.id,
        Assignment.unit_id == case.unit_id,
        Assignment.returned_at.is_not(None),
    )
    return session.scalar(earlier.limit(1)) is not None


def may_return(session: Session, case: Case) -> bool:
    """Whether the case's unit may still return it: not decided for good, and not returned by it before."""
    return not case.final and not has_returned(session, case)
