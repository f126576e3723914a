"""Supervision: nudges, supervision orders, instructions, raising the level."""

from datetime import timedelta

from sqlalchemy import func, select, update

from handlers.acts.definition import ActDefinition
from handlers.cards.keys import CardRole
from handlers.cases import permissions
from handlers.cases.context import ActContext, ColumnChanges
from handlers.cases.open_items import open_order
from handlers.clocks import case_clocks
from handlers.errors import WrongState
from handlers.notifications.notification import card_notifier, words_notifier
from handlers.wording import receipts, reminders, staff
from handlers.wording import refusals as say
from models.approvals import SupervisionOrder
from models.cases import Event, increment_counter
from models.time_limits import TimeLimit
from models.workflow import OPEN, Audience, Status, Step

_H, _D, _L = Audience.HANDLING, Audience.DUTY, Audience.LEADER
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
    return {"level": context.case.level + 1}


DEFINITIONS = {
    "nudge": ActDefinition(
        effect=_apply_nudge,
        notify={_H: words_notifier(_H, staff.nudge, mention=True), _D: words_notifier(_D, staff.nudge)},
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
            _D: words_notifier(_D, staff.escalation),
            _L: card_notifier(_L, staff.escalation, CardRole.LEADER),
        },
        program_reason=reminders.raise_reason,
    ),
}
