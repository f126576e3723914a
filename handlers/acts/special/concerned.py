"""Whom a case concerns beside its reporter, and the money it is about."""

from sqlalchemy import select

from handlers.acts.definition import ActDefinition
from handlers.cases.context import ActContext, ColumnChanges
from handlers.cases.privacy.phones import are_phones
from handlers.cases.secrecy import accused, parties
from handlers.cases.secrecy.disclosure import disclose_to_chat
from handlers.errors import MissingNeed
from handlers.notifications.notification import Notification
from handlers.wording import parties as say
from handlers.wording import refusals
from models.cases import MOST_MONEY
from models.messages import TextPush
from models.parties import Party, PartySide
from models.workflow import Audience

_H = Audience.HANDLING
_MOST_NAME, _MOST_RELATION = 40, 20


def _apply_party(context: ActContext) -> ColumnChanges:
    """The contact goes to a table of its own: no event, and so no timeline, holds it."""
    contact, relation = context.input.contact, context.input.text.strip()
    if contact is None or not are_phones(contact.phone):
        raise MissingNeed(f"{say.WRONG_PHONE}。")
    if len(contact.name) > _MOST_NAME or len(relation) > _MOST_RELATION:
        raise MissingNeed(f"{say.LONG}。")
    mine = select(Party).where(Party.case_id == context.case.id, Party.relation == relation)
    party = context.session.scalar(mine)
    if party is None:
        party = Party(case_id=context.case.id, relation=relation, side=parties.find_side(relation))
        context.session.add(party)
        parties.forget_parties(context.session, context.case)
    party.name, party.phone = contact.name, contact.phone
    party.event_number = context.case.version + 1
    if context.case.restricted:
        # Whoever it names reads nothing of it from now on.
        accused.settle_readers(context.session, context.case, contact.name, context.env)
    return {}


def _apply_claim(context: ActContext) -> ColumnChanges:
    if (context.input.fen or 0) > MOST_MONEY:
        raise MissingNeed(refusals.amount_too_large(context.case.number, MOST_MONEY))
    return {"asked_fen": context.input.fen}


def _notify_unit_of_party(notification: Notification) -> None:
    if parties.find_side(notification.event.text.strip()) is PartySide.ACCUSED:
        send_accused(notification)
    elif not notification.is_redacted:
        notification.send_words(_H, say.new_party(notification.view))


def send_accused(notification: Notification) -> None:
    """How to reach whom it is about, to who leads it: in their own groups, and nowhere else."""
    context = notification.context
    known = parties.list_parties(context.session, context.case, PartySide.ACCUSED)
    if not known or notification.is_redacted:
        return
    words = say.accused_contact(notification.view, [(one.relation, one.name, one.phone) for one in known])
    for chat in notification.chats(_H):
        if disclose_to_chat(context.session, context.case, chat).matter:
            notification.queue(_H, chat, TextPush(words), "accused")


DEFINITIONS = {
    "add_party": ActDefinition(
        effect=_apply_party, notify={_H: _notify_unit_of_party}, receipt=say.party_receipt
    ),
    "claim": ActDefinition(effect=_apply_claim, receipt=say.claim_receipt),
}
