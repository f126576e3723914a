"""Withdrawal: the reporter says that nothing need be done, and the desk decides; complaints, a person wanted,
the link to the case's page taken back.

撤回 ─> marked ─> the desk: [作废] [继续办]; the unit: 先别派人
urgent, dangerous to life, restricted, or reported by others too: on record, and it goes on;
  the unit that has a danger hears what was said
a joined case: its reporter follows no longer
"""

from handlers.acts.definition import ActDefinition
from handlers.cards.keys import CardRole
from handlers.cases import links, permissions
from handlers.cases.actors import Actor
from handlers.cases.assignments import end_all
from handlers.cases.context import ActContext, ColumnChanges, attach_media
from handlers.environment.people import doors
from handlers.errors import WrongState
from handlers.notifications import desk_lines
from handlers.notifications.audience_rules import send_duty_card
from handlers.notifications.desk_lines import Said
from handlers.notifications.hand_over import hand_over
from handlers.notifications.notification import Notification, Notifier, Words, own_reporter_notifier
from handlers.triage.types import Facts
from handlers.wording import receipts, reporter, staff
from handlers.wording import refusals as say
from models import case_links
from models.messages import HandOverOrder, PhotoPush, TextPush
from models.organisation import Chat
from models.reports import CONFIDED
from models.workflow import Audience, Status, Withdrawal

_R, _H, _D, _L = Audience.REPORTER, Audience.HANDLING, Audience.DUTY, Audience.LEADER
_AT_WORK = (Status.DISPATCHED, Status.IN_PROGRESS, Status.SUSPENDED)
"""While a unit has somebody to send."""


def _apply_withdraw(context: ActContext) -> ColumnChanges:
    attach_media(context, "process")
    return {"withdrawal": Withdrawal.STOPS if _may_stop(context) else Withdrawal.GOES_ON}


def _may_stop(context: ActContext) -> bool:
    """Whether the case may wait for the desk: no danger, nothing confided, nobody else reported it."""
    case = context.case
    if case.status == Status.DUPLICATE:
        return True
    if case.urgent or case.risk or case.restricted:
        return False
    return not links.find_followers(context.session, case)


def _apply_carry_on(_context: ActContext) -> ColumnChanges:
    return {"withdrawal": None}


def _apply_void(context: ActContext) -> ColumnChanges:
    end_all(context)
    return {"status": Status.VOID}


def _notify_duty_of_withdrawal(notification: Notification) -> None:
    """The desk decides what may stop, on a card, and is only told of what goes on."""
    if notification.view.status == Status.DUPLICATE:
        return
    notification.send_words(_D, staff.withdrawal(notification.view))
    if notification.view.is_withdrawn:
        send_duty_card(notification, photos=False)


def _notify_duty_of_end(notification: Notification) -> None:
    """The decision; older cards still offer it."""
    if notification.view.status == Status.DUPLICATE:
        return
    words = staff.void_withdrawn if notification.view.status == Status.VOID else staff.carry_on
    notification.send_words(_D, words(notification.view))
    if notification.view.status != Status.VOID:
        notification.send_fresh_card(_D, CardRole.DUTY)


def _unit_notifier(words: Words) -> Notifier:
    """A notifier that rings the unit, where it has somebody to send or to call back."""

    def notify_unit(notification: Notification) -> None:
        case = notification.context.case
        ended = case.status == Status.VOID and case.unit_id is not None
        stopped = case.status in _AT_WORK and case.withdrawal != Withdrawal.GOES_ON
        # Whoever is on the way to a danger goes on, and knows what its reporter says of it now.
        doubted = case.status in _AT_WORK and case.urgent and not case.restricted
        if ended or stopped or doubted:
            notification.send_words(_H, words(notification.view), mention=True)

    return notify_unit


def _apply_complain(context: ActContext) -> ColumnChanges:
    attach_media(context, CONFIDED)
    return {}


def _confided_notifier(audience: Audience) -> Notifier:
    """A notifier of a word on those who handle the case: none of them is told."""

    def notify_of_complaint(notification: Notification) -> None:
        words = TextPush(staff.complaint(notification.view))
        for chat in notification.chats(audience):
            if _hears_of_handling(notification.context, chat):
                notification.queue(audience, chat, words, "text")
                for photo in notification.input_photos():
                    notification.queue(audience, chat, PhotoPush(photo), f"photo{photo}")

    return notify_of_complaint


def _hears_of_handling(context: ActContext, chat: Chat) -> bool:
    """Whether this chat may: a desk's group, or that of somebody who is not of the units that handle it."""
    if chat.person_id is None or context.case.restricted:
        return True  # Of a restricted case, its readers: nobody whom it names.
    person = doors.get_speaker(context.session, chat.id, chat.person_id)
    return permissions.hears_of_handling(context.session, Actor(person), context.case)


def _apply_call_person(context: ActContext) -> ColumnChanges:
    """A line that the desk answers, where that is in order; of a restricted case its readers are told."""
    attach_media(context, "process")
    chat, person = _find_chat(context), context.actor.person
    own = context.env.classifier.triage(context.input.text, facts=Facts())
    if chat is not None and person is not None and not (context.case.restricted or own.secret):
        said = Said(context.input.text, person, chat, context.case.area_id, own, context.case, True)
        desk_lines.add_to_line(context.session, said, context.env, now=context.now)
        _hand_over(context, chat, HandOverOrder.FIRST)
    return {}


def _hand_over(context: ActContext, chat: Chat, order: HandOverOrder) -> None:
    key = f"{context.case.number}:{context.origin or context.now.isoformat()}"
    hand_over(
        context.session, chat, context.env, order=order, key=key, now=context.now, answers=context.inbox_id
    )


def _find_chat(context: ActContext) -> Chat | None:
    """Where whoever calls is answered: where they said or pressed it, else where they reported it."""
    ids = (context.said_in_chat_id, context.redrawn_chat_id, context.case.chat_id)
    found = next((chat_id for chat_id in ids if chat_id is not None), None)
    return context.session.get_one(Chat, found) if found is not None else None


def _ring_for_person(notification: Notification) -> None:
    context = notification.context
    chat = _find_chat(context)
    line = desk_lines.find_waiting_line(context.session, chat.id, context.actor.id) if chat else None
    if line is None or context.case.restricted:
        notification.send_words(_D, staff.person_wanted(notification.view), mention=True)
        return
    desk_lines.show_line(context.session, line, context.env, now=context.now, ring=True)
    if chat is not None:
        _hand_over(context, chat, HandOverOrder.LAST)


def _apply_revoke_link(context: ActContext) -> ColumnChanges:
    """The reporter takes back their own link, the desk all of the case."""
    own = context.actor.id == context.case.reporter_id
    whose = context.actor.id if own else None
    if not case_links.revoke_links(context.session, context.case, whose, now=context.now):
        raise WrongState(say.no_page_link(context.case.number))
    return {}


def _notify_duty_of_link(notification: Notification) -> None:
    """The desk is told where the reporter has a reason, such as that the matter is not theirs."""
    context = notification.context
    if context.actor.id == context.case.reporter_id and context.input.text:
        notification.send_words(_D, staff.link_revoked(notification.view))


DEFINITIONS = {
    "revoke_link": ActDefinition(
        effect=_apply_revoke_link,
        notify={_D: _notify_duty_of_link},
        receipt=receipts.link_receipt,
    ),
    "withdraw": ActDefinition(
        effect=_apply_withdraw,
        notify={
            _R: own_reporter_notifier(reporter.withdrawal),
            _D: _notify_duty_of_withdrawal,
            _H: _unit_notifier(staff.do_not_send),
        },
        receipt=receipts.withdrawal_receipt,
    ),
    "carry_on": ActDefinition(
        effect=_apply_carry_on,
        notify={
            _R: own_reporter_notifier(reporter.carry_on),
            _D: _notify_duty_of_end,
            _H: _unit_notifier(staff.carry_on),
        },
        receipt=receipts.carry_on_receipt,
    ),
    "void_withdrawn": ActDefinition(
        effect=_apply_void,
        notify={
            _R: own_reporter_notifier(reporter.void_withdrawn),
            _D: _notify_duty_of_end,
            _H: _unit_notifier(staff.void_withdrawn),
        },
        receipt=receipts.void_withdrawn_receipt,
    ),
    "complain": ActDefinition(
        effect=_apply_complain,
        notify={_D: _confided_notifier(_D), _L: _confided_notifier(_L)},
        receipt=receipts.complaint_receipt,
    ),
    "call_person": ActDefinition(
        effect=_apply_call_person,
        notify={_R: own_reporter_notifier(reporter.person_called), _D: _ring_for_person},
        receipt=receipts.person_receipt,
    ),
}
