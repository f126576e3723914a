"""Where somebody who is asked to go and see can be told so: their own chat, else a group with a mention."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from handlers.cases import permissions
from handlers.cases.actors import Actor
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.environment.units import covers, split_path
from models.cases import Case
from models.organisation import REPORTING, SURVEYORS, Account, Chat, Person, Unit
from models.site_checks import SiteCheck

_IS_LIVE: ColumnElement[bool] = or_(Chat.gone_at.is_(None), Chat.webhook_channel.is_not(None))


@dataclass(frozen=True, slots=True)
class SurveyContact:
    """Somebody asked to go and see, and the chat to tell them in; None where there is none."""

    person: Person
    chat: Chat | None


def list_contacts(
    session: Session, case: Case, event_number: int | None, env: Environment
) -> list[SurveyContact]:
    """Those whom this event asked to go and see, in the order they were asked."""
    asked = session.scalars(
        select(Person)
        .join(SiteCheck)
        .where(SiteCheck.case_id == case.id, SiteCheck.event_number == event_number)
        .order_by(SiteCheck.id)
    )
    return [SurveyContact(person, find_contact_chat(session, case, person, env)) for person in asked]


def find_contact_chat(session: Session, case: Case, person: Person, env: Environment) -> Chat | None:
    """The person's own chat with the bot, else the group of informants they can be mentioned in.

    A restricted case is spoken of in private only, and to its readers only.
    """
    if not permissions.may_see(session, env.restricted_to, Actor(person), case):
        return None
    found = doors.find_own_door(session, person)
    if found is not None or case.restricted:
        return found
    has_account = session.scalar(select(Account.user_id).where(Account.person_id == person.id).limit(1))
    return _find_group(session, case, person) if has_account is not None else None


def _find_group(session: Session, case: Case, person: Person) -> Chat | None:
    """A group of the post by which they look at places, the first that has any."""
    posts = [one for one in person.in_each_post if one.role in SURVEYORS] or [person]
    found = (_find_group_of_post(session, case, one) for one in posts)
    return next((chat for chat in found if chat is not None), None)


def _find_group_of_post(session: Session, case: Case, person: Person) -> Chat | None:
    """Where it was reported, if the person belongs there; else the group nearest to their own unit."""
    unit = session.get(Unit, person.unit_id) if person.unit_id else None
    if unit is None:
        return None
    here = session.get(Chat, case.chat_id) if case.chat_id else None
    if here is not None and here.use in REPORTING and here.gone_at is None and here.unit_id is not None:
        place = session.get_one(Unit, here.unit_id)
        if covers(place, unit) or (unit.parent_id and covers(unit, place)):
            return here
    is_above = Unit.code.in_(split_path(unit.path))
    is_beneath = Unit.path.startswith(unit.path, autoescape=True) if unit.parent_id else false()
    groups = select(Chat).join(Unit).where(or_(is_above, is_beneath), Chat.use.in_(REPORTING), _IS_LIVE)
    # Their own unit's first, then those above, then those beneath it.
    order = (is_above.desc(), func.length(Unit.path).desc(), Chat.id)
    return session.scalar(groups.order_by(*order).limit(1))
