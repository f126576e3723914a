"""The corporation's list of members, kept in step: who joined is known by name, who left has no right left.

Rights come from the roster alone, never from this list: it only ends them. Whoever leaves the corporation,
or the department that is their unit, keeps nothing of what they might do there, from that moment on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from handlers.environment.session_cache import clear_cache
from models.account_ids import spell_account
from models.cases import increment_counter
from models.contacts import Contact, ContactChange, ContactChangeKind, Department
from models.database import insert_if_absent
from models.organisation import OUTSIDERS, Account, Chat, ChatUse, Person, Role, Unit, has_post

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EndedRights:
    """Somebody who was staff of a unit, and is that no more."""

    name: str
    unit: Unit
    moved_to: str = ""
    """Name of the unit or department they went to; empty: they left the corporation."""


def apply_changes(
    session: Session, provider: str, changes: Sequence[ContactChange], *, now: datetime
) -> list[EndedRights]:
    """Take the changes over, departments first, and tell whose rights ended. `now`: aware UTC."""
    ended: list[EndedRights] = []
    by_kind = sorted(changes, key=lambda change: list(_ORDER).index(change.kind))
    for change in by_kind:
        match change.kind:
            case ContactChangeKind.DEPARTMENT:
                _store_department(session, provider, change)
            case ContactChangeKind.DEPARTMENT_LEFT:
                of_it = Department.provider == provider, Department.number == int(change.id)
                session.execute(delete(Department).where(*of_it))
            case ContactChangeKind.MEMBER:
                ended += _store_member(session, provider, change)
            case ContactChangeKind.MEMBER_LEFT:
                ended += _end_membership(session, provider, change, now=now)
    session.flush()
    # Running processes rebuild their environment, in which everybody stands by name, when the counter moves.
    increment_counter(session, "organisation")
    clear_cache(session)
    log.info("contacts.changed", changes=len(changes), ended=len(ended))
    return ended


_ORDER = (
    ContactChangeKind.DEPARTMENT,
    ContactChangeKind.MEMBER,
    ContactChangeKind.MEMBER_LEFT,
    ContactChangeKind.DEPARTMENT_LEFT,
)


def has_staff(session: Session, unit: Unit) -> bool:
    """Whether anybody is left who works in the unit and can be reached."""
    works = has_post(lambda role, unit_id: and_(role.not_in(OUTSIDERS), unit_id == unit.id))
    staff = select(Person.id).join(Account).where(works)
    return session.scalar(staff.limit(1)) is not None


def _store_department(session: Session, provider: str, change: ContactChange) -> None:
    number = int(change.id)
    insert_if_absent(session, Department, {"provider": provider, "number": number, "name": change.name or ""})
    of_it = Department.provider == provider, Department.number == number
    said = {"name": change.name, "parent": change.parent}
    if values := {column: value for column, value in said.items() if value is not None}:
        session.execute(update(Department).where(*of_it).values(values))


def _store_member(session: Session, provider: str, change: ContactChange) -> list[EndedRights]:
    user_id = spell_account(provider, change.id)
    if change.new_id and (new_id := spell_account(provider, change.new_id)) != user_id:
        _rename(session, provider, user_id, new_id)
        user_id = new_id
    contact = _find_contact(session, provider, user_id)
    is_new = contact is None
    if contact is None:
        contact = Contact(provider=provider, user_id=user_id, name="", departments=[], has_left=False)
        session.add(contact)
    before, contact.has_left = list(contact.departments), False
    contact.name = change.name if change.name is not None else contact.name
    if change.departments is not None:
        contact.departments = list(change.departments)
    person = _find_person(session, provider, user_id)
    if person is None:
        _add_person(session, contact)
        return []
    if not person.name:
        person.name = contact.name
    # What the list said first is no move: the roster may know better.
    if is_new or change.departments is None or before == contact.departments:
        return []
    return _move(session, person, contact, before)


def _move(session: Session, person: Person, contact: Contact, before: Sequence[int]) -> list[EndedRights]:
    """The person follows the list where it brings them out of the department that is their unit."""
    units = _find_units(session, contact.provider, contact.departments)
    left = set(_find_units(session, contact.provider, before)) - set(units)
    unit = session.get(Unit, person.unit_id) if person.unit_id is not None else None
    if unit is None or unit.id not in left:
        return []
    was_staff = person.role not in OUTSIDERS
    person.unit_id = units[0] if len(units) == 1 else None
    if not was_staff:
        return []
    person.role = Role.RESIDENT
    person.further_posts.clear()
    there = session.get(Unit, person.unit_id) if person.unit_id is not None else None
    name = there.display_name if there is not None else _name_departments(session, contact)
    return [EndedRights(person.name or contact.user_id, unit, moved_to=name)]


def _end_membership(
    session: Session, provider: str, change: ContactChange, *, now: datetime
) -> list[EndedRights]:
    user_id = spell_account(provider, change.id)
    contact, person = _find_contact(session, provider, user_id), _find_person(session, provider, user_id)
    if contact is None:
        contact = Contact(provider=provider, user_id=user_id, name="", departments=[])
        session.add(contact)
    contact.has_left = True
    if person is None:
        return []
    # Whoever gets this id next is somebody else.
    session.execute(delete(Account).where(Account.provider == provider, Account.user_id == user_id))
    theirs = Chat.use == ChatUse.DIRECT, Chat.person_id == person.id, Chat.provider == provider
    for chat in session.scalars(select(Chat).where(*theirs)):
        chat.gone_at = now
        chat.chat_id, chat.code = f"{_LEFT}{chat.id}", f"{_LEFT}{chat.id}"
    unit = session.get(Unit, person.unit_id) if person.unit_id is not None else None
    was_staff = person.role not in OUTSIDERS
    person.role, person.unit_id = Role.RESIDENT, None
    person.further_posts.clear()
    return [EndedRights(person.name or user_id, unit)] if was_staff and unit is not None else []


_LEFT = "left:"
"""Begins the ids of direct conversations whose person has left: the next with the same id has none of it."""


def _rename(session: Session, provider: str, old: str, new: str) -> None:
    """A member has another user id: the same person, with the same conversations."""
    taken = _find_person(session, provider, new)
    if taken is None:
        mine = Account.provider == provider, Account.user_id == old
        session.execute(update(Account).where(*mine).values(user_id=new))
        direct = Chat.use == ChatUse.DIRECT, Chat.provider == provider, Chat.chat_id == old
        session.execute(update(Chat).where(*direct).values(chat_id=new))
    if _find_contact(session, provider, new) is None:
        of_them = Contact.provider == provider, Contact.user_id == old
        session.execute(update(Contact).where(*of_them).values(user_id=new))
    session.expire_all()
    clear_cache(session)


def _add_person(session: Session, contact: Contact) -> None:
    """A member nobody met: somebody who reports, as whoever writes to the bot unasked."""
    units = _find_units(session, contact.provider, contact.departments)
    person = Person(
        # As `senders.find_sender` names a stranger, so that the roster takes the row over.
        code=f"{contact.provider}:{contact.user_id}",
        name=contact.name,
        role=Role.RESIDENT,
        unit_id=units[0] if len(units) == 1 else None,
    )
    known = session.scalar(select(Person).where(Person.code == person.code))
    if known is None:
        session.add(person)
        session.flush()
    else:
        person = known
    session.add(Account(person_id=person.id, provider=contact.provider, user_id=contact.user_id))
    session.flush()


def _find_contact(session: Session, provider: str, user_id: str) -> Contact | None:
    return session.scalar(select(Contact).where(Contact.provider == provider, Contact.user_id == user_id))


def _find_person(session: Session, provider: str, user_id: str) -> Person | None:
    of_them = Account.provider == provider, Account.user_id == user_id
    return session.scalar(select(Person).join(Account).where(*of_them))


def _find_units(session: Session, provider: str, numbers: Sequence[int]) -> list[int]:
    """Ids of the units that these departments are, by name; a name that two units have is neither's."""
    of_them = Department.provider == provider, Department.number.in_(numbers)
    names = set(session.scalars(select(Department.name).where(*of_them)))
    if not names:
        return []
    found: dict[str, list[int]] = {name: [] for name in names}
    for unit in session.scalars(select(Unit).order_by(Unit.id)):
        for name in {unit.name, unit.short, *unit.aliases} & names:
            found[name].append(unit.id)
    return sorted({ids[0] for ids in found.values() if len(ids) == 1})


def _name_departments(session: Session, contact: Contact) -> str:
    of_them = Department.provider == contact.provider, Department.number.in_(contact.departments)
    names = session.scalars(select(Department.name).where(*of_them).order_by(Department.number))
    return "、".join(name for name in names if name)
