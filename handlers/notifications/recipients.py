"""From an audience to its chats, and to the people to @-mention there.

A restricted case (作风、打击报复) is told to its readers in their direct conversations, never to a group;
but where it is urgent, the groups of the units that were called hear of the danger.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.cases import open_items, permissions, site_checks
from handlers.cases.assignments import live_shares as live
from handlers.cases.context import ActContext
from handlers.cases.ending import sign_offs
from handlers.cases.secrecy import accused
from handlers.environment import unit_chats
from handlers.environment.levels.heads import find_leaders
from handlers.environment.people import doors, shifts, staffing
from handlers.environment.session_cache import cached_in_session, get_cache
from handlers.environment.snapshot import Environment
from handlers.wording.labels import direct_conversations
from models.account_ids import WECOM
from models.cases import ASSIST, LEAD, Assignment, Case
from models.organisation import Account, Chat, ChatUse, Person, Unit
from models.workflow import Audience


def audience_chats(context: ActContext, audience: Audience) -> list[Chat]:
    """The chats in which this audience of the case is notified, each once.

    Of a restricted case: the direct conversations of its readers, whatever the audience but its reporter,
    the leader who took it and whoever signs its answer.
    """
    if context.case.restricted and audience not in _OF_THEIR_OWN:
        if context.case.urgent and audience in CALLED:
            # Whoever can save somebody is called in their own group, with the danger and no more.
            return _CHATS[audience](context)
        # The readers heard where it went; no unit had it before.
        return [] if audience is Audience.FORMER else reader_chats(context.session, context.case, context.env)
    return _CHATS[audience](context)


def reader_chats(session: Session, case: Case, env: Environment) -> list[Chat]:
    """The direct conversations of whoever may read this restricted case."""
    return staff_chats(session, accused.find_reader_codes(session, case, env))


def is_unit_called(context: ActContext) -> bool:
    """Whether somebody of the lead unit is told in their own group, or in that of the office above it.

    A group of the whole district is nobody of theirs, and neither is one that the bot is no longer in.
    """
    return any(
        chat.gone_at is None and unit_chats.is_group_of(context.session, chat, context.case.unit_id)
        for chat in audience_chats(context, Audience.HANDLING)
    )


def staff_chats(session: Session, codes: Collection[str]) -> list[Chat]:
    """A conversation with each of the staff, none where nobody has checked who they are."""
    people = session.scalars(select(Person).where(Person.code.in_(codes)).order_by(Person.id)).all()
    found = (doors.find_own_door(session, person) for person in people)
    return sorted((chat for chat in found if chat is not None), key=lambda chat: chat.id)


def direct_chats(session: Session, codes: Collection[str]) -> list[Chat]:
    """The direct conversations with the bot of people with these codes, as far as they exist."""
    found = session.scalars(
        select(Chat).join(Person, Chat.person_id == Person.id).where(Person.code.in_(codes)).order_by(Chat.id)
    )
    return list(found)


def name_chats(chats: Sequence[Chat]) -> tuple[str, ...]:
    """The groups by name, each once; of direct conversations only how many, since nobody else knows them."""
    groups = {chat.id: chat.name or chat.code for chat in chats if chat.use != ChatUse.DIRECT}
    alone = len({chat.id for chat in chats if chat.use == ChatUse.DIRECT})
    return (*groups.values(), *((direct_conversations(alone),) if alone else ()))


def _reporter_chats(context: ActContext) -> list[Chat]:
    """Where it was reported; in private, where it is restricted or came without a chat."""
    alone = context.case.restricted or context.case.chat_id is None
    if alone and not context.act.opens_case and context.case.reporter_id:
        reporter = context.session.get_one(Person, context.case.reporter_id)
        # Where none stands any more, what is written there comes once they are back.
        if (
            private := doors.list_doors(context.session, reporter)[:1]
            or direct_chats(context.session, [reporter.code])[:1]
        ):
            return private
    if context.case.chat_id is None:
        return []
    # The receipt answers where it was reported; so does what is said on the spot.
    here = context.case.chat_id if context.act.opens_case else context.said_in_chat_id
    chat = context.session.get_one(Chat, context.case.chat_id)
    return doors.reach_once(context.session, [chat], keep=(here,))


def _handling_chats(context: ActContext) -> list[Chat]:
    return unit_chats.handling_chats(context.session, context.case.unit_id)


def _partner_chats(context: ActContext) -> list[Chat]:
    """Groups of the units called to help by this very act."""
    found: dict[int, Chat] = {}
    for share in live(context.session, context.case, ASSIST):
        if share.event_number == context.event_number:
            found |= {chat.id: chat for chat in unit_chats.handling_chats(context.session, share.unit_id)}
    return list(found.values())


def _joint_chats(context: ActContext) -> list[Chat]:
    """Groups of the lead and of each unit called that is not done; not of who acts, or hears it anyway."""
    session, case = context.session, context.case
    called = [share.unit_id for share in live(session, case, ASSIST)]
    if not called:
        return []
    told_anyway = Audience.HANDLING in context.act.audiences
    units = called if told_anyway else [case.unit_id, *called]
    found = {chat.id: chat for unit_id in units for chat in unit_chats.handling_chats(session, unit_id)}
    own_id = permissions.find_unit_at_work(session, context.actor, case)
    own = {chat.id for chat in unit_chats.handling_chats(session, own_id)}
    lead = {chat.id for chat in _handling_chats(context)} if told_anyway else set()
    return [chat for chat in found.values() if chat.id not in own | lead | {context.said_in_chat_id}]


def _former_chats(context: ActContext) -> list[Chat]:
    """Groups of the unit that led the case last, without the groups of the unit that has it now."""
    ended = context.session.scalar(
        select(Assignment.unit_id)
        .where(
            Assignment.case_id == context.case.id, Assignment.role == LEAD, Assignment.ended_at.is_not(None)
        )
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    here = {chat.id for chat in _handling_chats(context)}
    return [chat for chat in unit_chats.handling_chats(context.session, ended) if chat.id not in here]


def _duty_chats(context: ActContext) -> list[Chat]:
    return unit_chats.duty_chats(context.session, context.case.area_id)


def _leader_chats(context: ActContext) -> list[Chat]:
    """Direct conversations of the leaders above the case; where they have none, the duty desk."""
    codes = [person.code for person in find_leaders(context.session, context.case)]
    codes = staffing.replace_absent(context.session, codes, context.env.local(context.now).date())
    return staff_chats(context.session, codes) or _duty_chats(context)


def _charge_chats(context: ActContext) -> list[Chat]:
    """The direct conversation of the leader who has the case, or had it until this act.

    Who stands in for them hears it in their place, of a restricted case nobody does.
    """
    leader = open_items.find_leader(context.session, context.case, ended_by=context.event_number)
    if leader is None:
        return []
    if context.case.restricted:
        readers = accused.find_reader_codes(context.session, context.case, context.env)
        return staff_chats(context.session, {leader.code} & set(readers))
    today = context.env.local(context.now).date()
    return staff_chats(context.session, staffing.replace_absent(context.session, [leader.code], today))


def _surveyor_chats(context: ActContext) -> list[Chat]:
    """Where those asked by this very act can be told."""
    asked = site_checks.list_contacts(context.session, context.case, context.event_number, context.env)
    return list({contact.chat.id: contact.chat for contact in asked if contact.chat is not None}.values())


_OF_THEIR_OWN = frozenset({Audience.REPORTER, Audience.CHARGE, Audience.SIGNER})
"""Audiences of a restricted case that are people whom its rules name one by one."""
CALLED = frozenset({Audience.HANDLING, Audience.PARTNERS, Audience.FORMER})
"""Audiences that are the groups of units."""
_CHATS: Mapping[Audience, Callable[[ActContext], list[Chat]]] = {
    Audience.REPORTER: _reporter_chats,
    Audience.HANDLING: _handling_chats,
    Audience.PARTNERS: _partner_chats,
    Audience.JOINT: _joint_chats,
    Audience.DUTY: _duty_chats,
    Audience.LEADER: _leader_chats,
    Audience.FORMER: _former_chats,
    Audience.CHARGE: _charge_chats,
    Audience.SURVEYORS: _surveyor_chats,
    # Only who may read the case is asked to sign.
    Audience.SIGNER: lambda context: sign_offs.find_chats(
        context.session, sign_offs.list_signers(context.session, context.case)
    ),
}


def mentions_for(session: Session, chat: Chat, env: Environment, *, now: datetime) -> tuple[str, ...]:
    """User ids to @-mention in a chat: who is on duty today; without a roster lead and deputy of a unit.

    Whoever is away is replaced by who stands in for them.
    """
    unit = session.get(Unit, chat.unit_id) if chat.unit_id else None
    if unit is None or chat.use not in (ChatUse.HANDLING, ChatUse.DUTY):
        return ()
    today = env.local(now).date()
    codes = shifts.list_called(session, unit, today, at_desk=chat.use == ChatUse.DUTY)
    return find_accounts(session, staffing.replace_absent(session, codes, today))


_ACCOUNTS = (
    select(Person.code, Account.user_id)
    .join(Account)
    .where(Person.code.in_(bindparam("codes", expanding=True)), Account.provider == WECOM)
)


def find_accounts(session: Session, codes: Sequence[str]) -> tuple[str, ...]:
    """User ids of these people, in this order."""
    return (
        cached_in_session(session, ("accounts", *codes), lambda: _load_accounts(session, codes))
        if codes
        else ()
    )


def load_accounts(session: Session, codes: Collection[str]) -> None:
    """Learn with one query the user ids of these people, each of whom is mentioned alone next."""
    found = _load_user_ids(session, codes)
    known = get_cache(session).answers
    known.update({("accounts", code): (found[code],) if code in found else () for code in codes})


def _load_accounts(session: Session, codes: Sequence[str]) -> tuple[str, ...]:
    found = _load_user_ids(session, codes)
    return tuple(found[code] for code in codes if code in found)


def _load_user_ids(session: Session, codes: Collection[str]) -> dict[str, str]:
    found = session.connection().execute(_ACCOUNTS, {"codes": list(codes)})
    return {row.code: row.user_id for row in found}
