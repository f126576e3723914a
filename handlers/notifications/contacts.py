"""Says loudly to the desk whose rights the list of members ended, and which units have nobody then."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from handlers.environment import unit_chats
from handlers.environment.people import contacts
from handlers.environment.people.contacts import EndedRights
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes, recipients
from handlers.wording import contacts as say
from handlers.wording.markup import escape_words
from models.contacts import ContactChange
from models.messages import TextPush
from models.organisation import OUTSIDERS, Account, Person, Unit
from models.pushes import PushPurpose


def receive_changes(
    session: Session,
    provider: str,
    changes: Sequence[ContactChange],
    *,
    inbox_id: int,
    env: Environment,
    now: datetime,
) -> str:
    """Take over what changed in the list of members, and tell the desks concerned. Returns a slug."""
    # Asked before the change, when those who leave still lead.
    led_before = _list_led_units(session)
    ended = contacts.apply_changes(session, provider, changes, now=now)
    led = {unit.id for unit in _list_led_units(session)}
    headless = [unit for unit in led_before if unit.id not in led]
    for number, (unit, words) in enumerate(_list_findings(session, ended, headless)):
        for chat in unit_chats.duty_chats(session, unit.id):
            row = pushes.push_row(
                chat, TextPush(words, recipients.mentions_for(session, chat, env, now=now)),
                key=f"inbox:{inbox_id}:contacts:{number}:{chat.id}", env=env, now=now,
                purpose=PushPurpose.ORDER,
            )  # fmt: skip
            pushes.enqueue(session, row)
    return "contacts.changed"


def _list_findings(
    session: Session, ended: Sequence[EndedRights], headless: Sequence[Unit]
) -> list[tuple[Unit, str]]:
    found = []
    for one in ended:
        name, there = escape_words(one.name), escape_words(one.moved_to)
        found.append((one.unit, say.rights_ended(name, one.unit.display_name, there)))
    empty = {one.unit.id: one.unit for one in ended if not contacts.has_staff(session, one.unit)}
    found += [(unit, say.nobody_left(unit.display_name)) for unit in empty.values()]
    found += [(unit, say.no_lead_left(unit.display_name)) for unit in headless if unit.id not in empty]
    return found


def _list_led_units(session: Session) -> list[Unit]:
    """Units whose lead or deputy works for the office and can be reached."""
    staff = select(Person.code).join(Account).where(Person.role.not_in(OUTSIDERS))
    led = select(Unit).where(or_(Unit.lead.in_(staff), Unit.deputy.in_(staff)))
    return list(session.scalars(led.order_by(Unit.id)))
