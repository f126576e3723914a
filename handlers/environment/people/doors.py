"""One person, several accounts: whose they are, and by which door somebody is reached.

Accounts that were joined keep their own row of people, with its name, unit and rights: a row's rights are
never another's. What they share is whose reports are whose, and that nothing is said twice.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from handlers.environment.people import newcomers
from handlers.environment.session_cache import cached_in_session
from models.account_ids import WECOM
from models.organisation import IS_JOINED, OUTSIDERS, Chat, ChatUse, Person, Role

_DOORS = (
    select(Chat)
    .where(Chat.use == ChatUse.DIRECT, Chat.person_id.in_(bindparam("people", expanding=True)))
    .where(Chat.gone_at.is_(None))
    .order_by(Chat.heard_at.desc().nulls_last(), Chat.id.desc())
)


def list_own_ids(session: Session, person: Person) -> tuple[int, ...]:
    """Ids of all rows of this somebody, their own first."""
    if person.joined_to is None:
        return (person.id,)
    others = select(Person.id).where(Person.joined_to == person.joined_to).order_by(Person.id)
    known = cached_in_session(session, ("doors", person.joined_to), lambda: session.scalars(others).all())
    return (person.id, *(one for one in known if one != person.id))


def is_same(session: Session, person: Person | None, other_id: int | None) -> bool:
    """Whether the row `other_id` is this somebody's, under whichever account."""
    if person is None or other_id is None:
        return False
    return person.id == other_id or (
        person.joined_to is not None and other_id in list_own_ids(session, person)
    )


def is_one_of(
    person: Person, column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
) -> ColumnElement[bool]:
    """Condition for rows whose column names this somebody, under whichever account."""
    if person.joined_to is None:
        return column == person.id
    return column.in_(select(Person.id).where(Person.joined_to == person.joined_to))


def load_joined(session: Session) -> Mapping[int, int]:
    """Of every row that was joined, the row that stands for its person: who counts people counts these."""
    joined = session.execute(select(Person.id, Person.joined_to).where(IS_JOINED))
    return {row.id: row.joined_to for row in joined}


def list_rows(session: Session, person: Person) -> list[Person]:
    """All rows of this somebody as the roster has them, with the rights of each."""
    return [session.get_one(Person, one) for one in list_own_ids(session, person)]


def get_speaker(session: Session, chat_id: int, person_id: int) -> Person:
    """The person with this id as they speak in this chat, with the rights they have there."""
    chat, person = session.get_one(Chat, chat_id), session.get_one(Person, person_id)
    return person if chat.provider == WECOM else limit_rights(person, chat.provider, chat)


def limit_rights(person: Person, provider: str, chat: Chat | None) -> Person:
    """Staff on a door where nobody has checked who holds the telephone: residents like others.

    The row stays as it is; what comes back is in no session.
    """
    if person.role in OUTSIDERS:
        return person
    return Person(
        id=person.id,
        # Heads of units are known by their code.
        code=f"{provider}:{person.id}",
        name=person.name,
        role=Role.RESIDENT,
        unit_id=chat.unit_id if chat is not None else None,
        occupation=person.occupation,
        joined_to=person.joined_to,
        is_outside=True,
    )


def list_doors(session: Session, person: Person) -> list[Chat]:
    """The direct conversations of this somebody that still stand, the one they used last first."""
    if person.joined_to is None and newcomers.has_no_door(session, person.id):
        return []
    return list(session.scalars(_DOORS, {"people": list_own_ids(session, person)}))


def find_own_door(session: Session, person: Person) -> Chat | None:
    """By which conversation this row of the roster is told what concerns its work: the one used last of those
    where its rights hold. None where there is none.
    """
    doors = [chat for chat in list_doors(session, person) if chat.person_id == person.id]
    return next((chat for chat in doors if person.role in OUTSIDERS or chat.provider == WECOM), None)


def reach_once(session: Session, chats: Sequence[Chat], *, keep: Collection[int | None] = ()) -> list[Chat]:
    """These chats, each person's direct conversation being the one they used last, whatever its door.

    What is in `keep` (chat ids) stays as it is: what is said there is an answer to what was said there.
    """
    found: dict[int, Chat] = {}
    for chat in chats:
        one = chat if chat.id in keep else find_door(session, chat) or chat
        found.setdefault(one.id, one)
    return list(found.values())


def find_door(session: Session, chat: Chat, *, beside: Collection[int] = ()) -> Chat | None:
    """By which conversation the person of a direct one is reached best: the one used last, not one of these
    ids. None where there is none, and of a group.
    """
    person = session.get(Person, chat.person_id) if chat.person_id is not None else None
    doors = list_doors(session, person) if person is not None else ()
    return next((door for door in doors if door.id not in beside), None)
