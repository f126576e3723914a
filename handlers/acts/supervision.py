"""Supervision: nudges, supervision orders, instructions, raising the level, a leader's charge (包案)."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, update

from handlers.acts.definition import ActDefinition, FollowUp
from handlers.cards.keys import CardRole
from handlers.cases import event_log, permissions
from handlers.cases.actors import Actor
from handlers.cases.context import ActContext, ActInput, ColumnChanges
from handlers.cases.open_items import find_charge, open_order
from handlers.cases.readers import find_reading
from handlers.clocks import case_clocks
from handlers.environment import unit_chats
from handlers.environment.levels import heads
from handlers.environment.levels.heads import LEVELS
from handlers.environment.people import staffing
from handlers.errors import MissingNeed, NotAllowed, WrongState
from handlers.notifications import recipients
from handlers.notifications.audience_rules import send_duty_card
from handlers.notifications.notification import Notification, card_notifier, words_notifier
from handlers.wording import charges, receipts, reminders, staff
from handlers.wording import levels as say_levels
from handlers.wording import refusals as say
from models.approvals import SupervisionOrder
from models.cases import Event, increment_counter
from models.charges import Charge
from models.messages import TextPush
from models.organisation import Person
from models.time_limits import TimeLimit
from models.workflow import OPEN, ActField, Audience, CaseRelation, Status, Step

_H, _D, _L, _C = Audience.HANDLING, Audience.DUTY, Audience.LEADER, Audience.CHARGE
_ANSWER_WITHIN = TimeLimit(24, "h")
_MOST_NUDGES, _NUDGED_WITHIN = 3, timedelta(hours=1)
"""Of one reporter for one case."""


def _apply_nudge(context: ActContext) -> ColumnChanges:
    """Who waits for an answer rings the desk so often in an hour, and not without end."""
    mine = Event.case_id == context.case.id, Event.act == context.act.key, Event.actor_id == context.actor.id
    recent = select(func.count()).where(*mine, Event.at > context.now - _NUDGED_WITHIN)
    by_reporter = permissions.is_own(context.session, context.actor, context.case)
    if by_reporter and (context.session.scalar(recent) or 0) >= _MOST_NUDGES:
        raise WrongState(say.nudged_enough(context.case.number))
    return {"nudges": context.case.nudges + 1}


def _apply_supervise(context: ActContext) -> ColumnChanges:
    """One matter, one order, one number (standards §7)."""
    day = f"DB{context.env.local(context.now):%y%m%d}"
    number = f"{day}-{increment_counter(context.session, f'order:{day}'):03d}"
    clock = case_clocks.start_clock(
        context, Step.ORDER, limit=context.input.limit or _ANSWER_WITHIN, label=number
    )
    context.session.add(
        SupervisionOrder(
            number=number,
            case_id=context.case.id,
            unit_id=context.case.unit_id,
            requirement=context.input.text,
            event_number=context.event_number,
            issued_by=context.actor.id,
            issued_at=context.now,
            due_at=clock.target_at,
        )
    )
    return {"supervised": True}


def _apply_answer_order(context: ActContext) -> ColumnChanges:
    order = open_order(context.session, context.case)
    if order is None:
        raise WrongState(say.no_order(context.case.number))
    order.reply, order.replied_by, order.replied_at = context.input.text, context.actor.id, context.now
    order.replied_event_number = context.event_number
    case_clocks.stop_clock(context, Step.ORDER)
    return {}


def lapse_order(context: ActContext) -> None:
    """End the open order of a case that has ended: on record as answered by nobody."""
    if Status(context.case.status) in OPEN:
        return
    order = open_order(context.session, context.case)
    if order is not None:
        order.replied_at, order.replied_event_number = context.now, context.event_number


def restore_lapsed_order(context: ActContext, undone: Event) -> None:
    """Reopen the order that `undone`, the act that ended the case, ended with it."""
    context.session.execute(
        update(SupervisionOrder)
        .where(
            SupervisionOrder.case_id == context.case.id,
            SupervisionOrder.replied_event_number == undone.number,
            SupervisionOrder.replied_by.is_(None),
        )
        .values(replied_at=None, replied_event_number=None)
    )


def _apply_raise(context: ActContext) -> ColumnChanges:
    level = context.case.level + 1 if context.input.level is None else context.input.level
    if level <= context.case.level:
        raise WrongState(say_levels.not_above(context.case.number, LEVELS[context.case.level], LEVELS[level]))
    return {"level": level, "raise_proposed_at": None}


def propose_raise(context: ActContext, reason: str) -> FollowUp | None:
    """What the program adds where a case should be raised, once and no further (requirements A19)."""
    if context.case.level or context.case.raise_proposed_at is not None:
        return None
    return FollowUp("propose_raise", ActInput(text=reason))


def _apply_proposal(context: ActContext) -> ColumnChanges:
    return {"raise_proposed_at": context.now}


def _propose_to_desk(notification: Notification) -> None:
    """One card with the button, and no words beside it: many fall due in one night."""
    hint = say_levels.proposal(notification.view)
    send_duty_card(replace(notification, hint=hint), photos=False)


def _notify_leaders_of_raise(notification: Notification) -> None:
    """The leaders above the case, and whoever answers for its new level, as far as they read it."""
    card_notifier(_L, say_levels.describe_raise, CardRole.LEADER)(notification)
    context = notification.context
    head = heads.find_head(context.session, context.case, context.case.level)
    if head is None or head.person is None or context.case.restricted:
        return
    today = context.env.local(context.now).date()
    for chat in recipients.staff_chats(
        context.session, staffing.replace_absent(context.session, [head.person.code], today)
    ):
        reader = context.session.get_one(Person, chat.person_id)
        reading = find_reading(context.session, Actor(reader), context.case, context.env.restricted_to)
        if reading is not None and reading.is_whole and chat not in notification.chats(_L):
            notification.queue(_L, chat, TextPush(say_levels.describe_raise(notification.view)), "head")
            notification.send_card_to(chat, _L, CardRole.LEADER)


def _notify_desks_of_raise(notification: Notification) -> None:
    """The desk of the area, and that of the level it was raised to."""
    notification.send_words(_D, say_levels.describe_raise(notification.view))
    context = notification.context
    head = heads.find_head(context.session, context.case, context.case.level)
    if head is None or context.case.restricted:
        return
    for chat in unit_chats.duty_chats(context.session, head.unit.id):
        notification.queue(_D, chat, TextPush(say_levels.describe_raise(notification.view)), "level")


# 包案 ---------------------------------------------------------------------------------------------


def _apply_charge(context: ActContext) -> ColumnChanges:
    leader = _require_leader(context)
    context.session.add(
        Charge(
            case_id=context.case.id,
            leader_id=leader.id,
            event_number=context.event_number,
            began_at=context.now,
        )
    )
    case_clocks.plan_charge(context)
    return {"charged_at": context.now}


def _require_leader(context: ActContext) -> Person:
    """The leader who is named, by the desk at their word; or whoever does it, where they are one.

    Raises MissingNeed where the desk names nobody, NotAllowed for others than leaders above the case who may
    read it, and where a leader names another.
    """
    actor, case = context.actor, context.case
    named = context.input.people[0] if context.input.people else actor.person
    if named is None or (not context.input.people and not _leads(context, actor)):
        raise MissingNeed(say.missing_field(context.act, ActField.LEADER, case.number))
    if named.id != actor.id and not permissions.has_relation(context.session, CaseRelation.DUTY, actor, case):
        raise NotAllowed(charges.only_oneself(case.number))
    if not _leads(context, Actor(named)):
        raise NotAllowed(charges.no_leader_of_it(case.number, named.name))
    return named


def _leads(context: ActContext, actor: Actor) -> bool:
    above = permissions.has_relation(context.session, CaseRelation.LEADER, actor, context.case)
    return above and permissions.may_see(context.session, context.env.restricted_to, actor, context.case)


def _apply_discharge(context: ActContext) -> ColumnChanges:
    _end_charge(context)
    return {"charged_at": None}


def _end_charge(context: ActContext) -> None:
    charge = find_charge(context.session, context.case)
    if charge is not None:
        charge.ended_at, charge.ended_event_number = context.now, context.event_number


def lapse_charge(context: ActContext, event: Event) -> None:
    """End the charge of a case that has ended, as part of the event that ended it."""
    if context.case.charged_at is None or Status(context.case.status) in OPEN:
        return
    _end_charge(context)
    event_log.amend(event, context.case, charged_at=None)


def restore_charge(context: ActContext, undone: Event) -> None:
    """Let the charge go on that `undone`, the act that ended the case, ended with it."""
    its = Charge.case_id == context.case.id, Charge.ended_event_number == undone.number
    context.session.execute(update(Charge).where(*its).values(ended_at=None, ended_event_number=None))


def _notify_leader(notification: Notification) -> None:
    notification.send_words(_C, charges.charge_taken(notification.view))
    notification.send_card(_C, CardRole.LEADER)


def _notify_desk_of_nudge(notification: Notification) -> None:
    """The desk, which rings where whoever reported a danger cries that nobody comes."""
    context = notification.context
    cries = context.case.urgent and permissions.is_own(context.session, context.actor, context.case)
    notification.send_words(_D, staff.nudge(notification.view), mention=cries)


DEFINITIONS = {
    "nudge": ActDefinition(
        effect=_apply_nudge,
        notify={_H: words_notifier(_H, staff.nudge, mention=True), _D: _notify_desk_of_nudge},
        receipt=receipts.nudge_receipt,
    ),
    "supervise": ActDefinition(
        effect=_apply_supervise,
        notify={
            _H: card_notifier(_H, staff.supervision_order, CardRole.HANDLING),
            _D: words_notifier(_D, staff.supervision_order),
        },
        receipt=receipts.order_receipt,
    ),
    "answer_order": ActDefinition(
        effect=_apply_answer_order,
        notify={_D: words_notifier(_D, staff.order_reply), _L: words_notifier(_L, staff.order_reply)},
    ),
    "instruct": ActDefinition(
        notify={
            _H: words_notifier(_H, staff.instruction, mention=True),
            _D: words_notifier(_D, staff.instruction),
        }
    ),
    "raise": ActDefinition(
        effect=_apply_raise,
        notify={
            _D: _notify_desks_of_raise,
            _L: _notify_leaders_of_raise,
        },
        receipt=say_levels.raise_receipt,
        program_reason=reminders.raise_reason,
    ),
    "propose_raise": ActDefinition(
        effect=_apply_proposal,
        notify={_D: _propose_to_desk},
        program_reason=reminders.proposal_reason,
    ),
    "charge": ActDefinition(
        effect=_apply_charge,
        notify={
            _H: words_notifier(_H, charges.charge_begun, mention=True),
            _D: words_notifier(_D, charges.charge_begun),
            _C: _notify_leader,
        },
        receipt=charges.charge_receipt,
    ),
    "discharge": ActDefinition(
        effect=_apply_discharge,
        notify={
            _H: words_notifier(_H, charges.charge_ended),
            _D: words_notifier(_D, charges.charge_ended),
            _C: words_notifier(_C, charges.charge_ended),
        },
    ),
}
