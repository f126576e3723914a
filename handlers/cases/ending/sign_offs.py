"""Who signs the answer of a case (requirements B06): who is asked, who may, what became of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from handlers.cases import permissions
from handlers.cases.actors import Actor
from handlers.cases.readers import find_reading
from handlers.environment.levels.ending_rules import SignOffRule
from handlers.environment.levels.heads import find_leaders
from handlers.environment.people import doors, staffing
from handlers.environment.snapshot import Environment
from models.cases import Case
from models.organisation import Chat, Person
from models.sign_offs import IS_UNSIGNED, SignOff


def find_waiting(session: Session, case: Case) -> SignOff | None:
    """The signature that this case waits for; None: it waits for none."""
    session.flush()
    return session.scalar(select(SignOff).where(SignOff.case_id == case.id, IS_UNSIGNED))


def list_signers(session: Session, case: Case) -> list[Person]:
    """Who may sign what waits now, in the order in which they are asked."""
    waiting = find_waiting(session, case)
    if waiting is None:
        return []
    asked = (waiting.signer_id, waiting.deputy_id, waiting.above_id)
    return [session.get_one(Person, person_id) for person_id in asked if person_id is not None]


def name_signers(session: Session, case: Case) -> str:
    """Who may sign, as people say it; "" where nothing waits."""
    return "、".join(person.name for person in list_signers(session, case))


def choose_signers(
    session: Session, case: Case, rule: SignOffRule, env: Environment, *, now: datetime
) -> list[Person]:
    """Who is asked to sign by this rule: those who may read the case and are of no unit that handled it.

    Whoever is away today comes last. Where nobody who is named may, the leaders above the case, the nearest
    first.
    """
    named = _load_people(session, rule.codes)
    able = [person for person in named if _may_sign(session, person, case, env)]
    if not able:
        leaders = find_leaders(session, case)
        able = [person for person in leaders if _may_sign(session, person, case, env)][:1]
    today = env.local(now).date()
    return sorted(
        able, key=lambda person: staffing.replace_absent(session, [person.code], today) != [person.code]
    )


def _may_sign(session: Session, person: Person, case: Case, env: Environment) -> bool:
    actor = Actor(person)
    reading = find_reading(session, actor, case, env.restricted_to)
    return reading is not None and reading.is_whole and not permissions.is_party(session, actor, case)


def _load_people(session: Session, codes: Sequence[str]) -> Iterator[Person]:
    found = {person.code: person for person in session.scalars(select(Person).where(Person.code.in_(codes)))}
    return (found[code] for code in codes if code in found)


def find_chats(session: Session, people: Sequence[Person]) -> list[Chat]:
    """The conversation of the first of these people who can be told; none where nobody can."""
    found = (doors.find_own_door(session, person) for person in people)
    return [chat for chat in found if chat is not None][:1]


def is_to_sign(*people: Person | None) -> ColumnElement[bool]:
    """Condition for the cases whose answer waits for the signature of one of these people."""
    ids = [person.id for person in people if person is not None and not person.is_outside]
    if not ids:
        return false()
    asked = or_(*(SignOff.__table__.c[name].in_(ids) for name in ("signer_id", "deputy_id", "above_id")))
    return Case.id.in_(select(SignOff.case_id).where(IS_UNSIGNED, asked))
