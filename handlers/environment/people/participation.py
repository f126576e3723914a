"""Whether an informant takes part: asked at first contact, taken back at any time, each change on record."""

from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from handlers.environment.people import doors
from models import deferred_insert
from models.organisation import Participation, ParticipationChange, Person, Role

log = structlog.get_logger()


def takes_part() -> ColumnElement[bool]:
    """Condition for people who may be asked to go and see: staff, and informants who have agreed."""
    return or_(Person.role != Role.INFORMANT, Person.participation == Participation.AGREED)


def may_be_asked(person: Person) -> bool:
    """As `takes_part`."""
    return person.role != Role.INFORMANT or person.participation == Participation.AGREED


def is_informant(person: Person) -> bool:
    """Whether it is theirs to agree."""
    return person.role == Role.INFORMANT


def is_to_ask(person: Person) -> bool:
    """Whether the person is on the roster and was not asked yet."""
    return is_informant(person) and person.participation == Participation.ENROLLED


def change_participation(
    session: Session, person: Person, to: Participation, *, by: Person | None, now: datetime
) -> None:
    """Keep how somebody takes part from now on, under all accounts of theirs; `by`: None for the program."""
    for row in doors.list_rows(session, person):
        if row.role != Role.INFORMANT or row.participation == to:
            continue
        deferred_insert.defer_update(session, row, participation=to, participation_at=now)
        change = {
            "person_id": row.id,
            "participation": to,
            "changed_by": by.id if by is not None else None,
            "changed_at": now,
        }
        deferred_insert.defer_insert(session, ParticipationChange, change)
        log.info("informant.participation", person=row.id, participation=str(to))
