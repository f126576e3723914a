"""`/卡片 0031`: a fresh card of a case, with the buttons for whoever reads along here."""

from handlers.cards import keys, layout
from handlers.cards.keys import CardRole, CaseTask
from handlers.cases.permissions import has_relation, looks_after
from handlers.cases.views import with_last_event
from handlers.chat import case_lookup
from handlers.chat.inbound import InboundMessage
from handlers.commands import case_info
from handlers.commands.parser import Command
from models.cases import Case
from models.messages import CardPush
from models.organisation import DESK, OUTSIDERS, ChatUse, Role
from models.workflow import CaseRelation

_CARDS = (
    (CaseRelation.SURVEYOR, CardRole.SURVEYOR),
    (CaseRelation.HANDLER, CardRole.HANDLING),
    (CaseRelation.PARTNER, CardRole.PARTNER),
)
"""Relation to the case, and the card for it, where the chat itself does not decide the role."""


def show_card(inbound: InboundMessage, command: Command) -> str:
    """`/卡片`: the card of the case, drawn as things stand now. Returns a slug.

    Raises NotFound, NotAllowed or Ambiguous where no one case is meant.
    """
    case = (
        case_lookup.find_case(inbound, command.numbers[0])
        if command.numbers
        else case_lookup.the_only_open_case(inbound)
    )
    reading = case_lookup.require_reading(inbound, case)
    if not (reading.is_whole or reading.is_redacted):
        case_info.reply_history(inbound, case)
        return "command.show"
    desk = role_in_chat(inbound, case)
    task_id = CaseTask(case.number, desk, inbound.chat.id, inbox_id=inbound.inbox_id).to_id()
    seen = with_last_event(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
    card = layout.case_card(
        inbound.session, case, seen, desk, task_id=task_id, env=inbound.env, units=inbound.unit_ids
    )
    inbound.reply(CardPush(card), case=case, part="card")
    return "command.card"


def _sits_there(inbound: InboundMessage, case: Case, roles: frozenset[Role]) -> bool:
    """Whether they have one of these roles; with several posts, in one that looks after the case."""
    posts = inbound.actor.in_each_post
    return any(
        one.is_one_of(roles)
        and (len(posts) == 1 or looks_after(inbound.session, one, case.area_id, case.unit_id))
        for one in posts
    )


def role_in_chat(inbound: InboundMessage, case: Case) -> CardRole:
    """The desk that this chat is to the case; in a direct conversation, the one its person sits at.

    Whoever sits in a group of staff and is none gets the card of a reporter.
    """
    if inbound.person.role in OUTSIDERS:
        asked = has_relation(inbound.session, CaseRelation.SURVEYOR, inbound.actor, case)
        return CardRole.SURVEYOR if asked else CardRole.REPORTER
    if inbound.chat.use == ChatUse.DUTY:
        return CardRole.DUTY
    if inbound.chat.use not in (ChatUse.DIRECT, ChatUse.HANDLING):
        return CardRole.REPORTER
    if inbound.chat.use == ChatUse.DIRECT:
        if has_relation(inbound.session, CaseRelation.SIGNER, inbound.actor, case):
            return CardRole.SIGNER
        if _sits_there(inbound, case, DESK):
            return CardRole.DUTY
        if _sits_there(inbound, case, frozenset({Role.LEADER})):
            return CardRole.LEADER
    for relation, desk in _CARDS:
        if has_relation(inbound.session, relation, inbound.actor, case):
            return desk
    return keys.role_of_chat(inbound.chat.use)
