"""What happened to a case, as far as whoever asks may read it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import permissions
from handlers.cases.queries import Asker
from handlers.cases.readers import Reading
from handlers.cases.secrecy.redaction import is_of_unit
from models.cases import Case, Event


def list_readable_events(session: Session, asker: Asker, case: Case, reading: Reading) -> list[Event]:
    """The events of the case that the asker may read where they ask, oldest first.

    `reading`: how much of the case is theirs.
    """
    events = select(Event).where(Event.case_id == case.id).order_by(Event.number)
    if reading.until is not None:
        events = events.where(Event.at <= reading.until)
    redacted = asker.must_redact(session, case)
    return [
        event
        for event in session.scalars(events)
        if (not redacted or is_of_unit(event))
        and permissions.may_read_event(session, asker.actor, case, event)
    ]
