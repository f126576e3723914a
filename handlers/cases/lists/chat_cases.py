"""The cases that a chat has to do with, and those of them that an act can mean."""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from handlers.cases import permissions, possible_acts, queries
from handlers.cases.ending import sign_offs
from handlers.cases.queries import Asker
from handlers.environment.units import select_subtree
from models.cases import IS_OPEN, IS_URGENT, Case
from models.organisation import NON_HANDLERS, Chat, ChatUse, Role, Unit
from models.workflow import Act

_HANDLERS = frozenset(Role) - NON_HANDLERS
_LOOK_AT = 60
"""Newest cases that are looked through where no whole number was given."""


def list_of_chat(session: Session, asker: Asker, chat: Chat) -> list[Case]:
    """The newest cases that a chat has to do with and the asker may read; directly, the asker's.

    In a unit's chat also the urgent restricted ones it was called to.
    """
    shown = queries.is_visible(asker)
    if chat.use == ChatUse.HANDLING and asker.person is not None and asker.person.find_post(_HANDLERS):
        shown = or_(shown, and_(Case.restricted.is_(True), IS_URGENT))
    query = select(Case).where(shown).order_by(Case.id.desc()).limit(_LOOK_AT)
    if asker.is_outsider:
        query = query.where(or_(queries.is_own(asker), queries.is_to_survey(asker)))
    found = session.scalars(query.where(_belongs_to_chat(session, asker, chat)))
    return [case for case in found if _is_listed(session, asker, case)]


def _is_listed(session: Session, asker: Asker, case: Case) -> bool:
    """Whether the asker may read the case here: of a restricted one groups hear only if they were called."""
    if case.restricted and not asker.in_private:
        return permissions.is_rescuer(session, asker.actor, case)
    return asker.reading(session, case) is not None


def _belongs_to_chat(session: Session, asker: Asker, chat: Chat) -> ColumnElement[bool]:
    if chat.use == ChatUse.HANDLING and chat.unit_id is not None:
        beneath = select_subtree(session.get_one(Unit, chat.unit_id))
        return or_(Case.unit_id.in_(beneath), queries.is_helped_by(beneath))
    if chat.use == ChatUse.DUTY:
        desk = session.get(Unit, chat.unit_id) if chat.unit_id is not None else None
        # At the top desk that is every case: the database need not look where each lies.
        everywhere = desk is None or desk.parent_id is None
        return IS_OPEN if everywhere else and_(IS_OPEN, queries.lies_in(session, desk))
    if chat.use == ChatUse.DIRECT:
        to_sign = sign_offs.is_to_sign(*(one.person for one in asker.capacities))
        theirs = queries.is_own(asker), queries.is_handled_by(asker), queries.is_to_survey(asker), to_sign
        # They ask of the cases of their area there, too.
        if any(one.oversees_area for one in asker.in_each_post):
            return or_(*theirs, and_(IS_OPEN, queries.is_concern(session, asker)))
        return or_(*theirs)
    return Case.chat_id == chat.id


def list_fitting(session: Session, asker: Asker, chat: Chat, act: Act) -> list[Case]:
    """Of the chat's cases, newest first, those of which the asker may say the act now."""
    return [
        case
        for case in list_of_chat(session, asker, chat)
        if possible_acts.can_mean(session, act, asker.actor, case)
    ]
