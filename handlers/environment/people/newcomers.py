"""Who never reported anything, nor began a command, nor wrote to the bot alone: most who chat. Learned once a
batch, not once a message.

Only the absence is kept, and no longer than the transaction: whoever is not known to have nothing is asked
about as ever. It is looked up after the batch was claimed. What another process commits later, the sender of
a message of this batch could not have known as they wrote it; what this transaction does is noted here.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from handlers.environment.session_cache import get_cache
from models.cases import Case
from models.organisation import Chat, Person
from models.pending_commands import PendingCommand

_RECORDS = select(
    Person.id,
    exists().where(Case.reporter_id == Person.id),
    exists().where(PendingCommand.person_id == Person.id),
    exists().where(Chat.person_id == Person.id),
).where(Person.id.in_(bindparam("people", expanding=True)))


def load_newcomers(session: Session, people: Iterable[Person]) -> None:
    """Learn with one query what these people lack: a case, a command that waits, a direct conversation."""
    known = get_cache(session)
    ids = sorted({person.id for person in people})
    found = session.connection().execute(_RECORDS, {"people": ids})
    for person_id, has_case, has_command, has_door in found:
        if not has_case:
            known.cases_of_newcomers[person_id] = []
        if not has_command:
            known.without_commands.add(person_id)
        if not has_door:
            known.without_doors.add(person_id)


def has_no_case(session: Session, person_id: int) -> bool:
    """Whether this person is known to have reported no case yet; False where that is not known."""
    return list_cases(session, person_id) == []


def list_cases(session: Session, person_id: int) -> Sequence[Case] | None:
    """All cases of this person, where all were opened in this transaction; None where that is not known."""
    return get_cache(session).cases_of_newcomers.get(person_id)


def has_no_command(session: Session, person_id: int) -> bool:
    """Whether no command is known to wait for this person; False where that is not known."""
    return person_id in get_cache(session).without_commands


def has_no_door(session: Session, person_id: int) -> bool:
    """Whether this person is known never to have written to the bot alone; False where that is not known."""
    return person_id in get_cache(session).without_doors


def note_case(session: Session, case: Case) -> None:
    """The case was opened in this transaction."""
    if case.reporter_id is not None and (known := list_cases(session, case.reporter_id)) is not None:
        get_cache(session).cases_of_newcomers[case.reporter_id] = [*known, case]


def note_command(session: Session, person_id: int) -> None:
    """A command that waits for this person was stored in this transaction."""
    get_cache(session).without_commands.discard(person_id)


def note_door(session: Session, person_id: int) -> None:
    """A conversation of this person alone with the bot was met in this transaction."""
    get_cache(session).without_doors.discard(person_id)
