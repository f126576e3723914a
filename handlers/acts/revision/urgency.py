"""A case that turns out to be urgent: marked by hand, by what its reporter adds, or by the words of a voice.

From then on it has the limits of an urgent one, and who saves people is called as if it had begun as one.
"""

from dataclasses import replace

from handlers.acts.acceptance import send_receipt, warn_units
from handlers.acts.assignment import follow_with_units
from handlers.acts.definition import ActDefinition, FollowUp
from handlers.cases import event_log
from handlers.cases.assignments import live_shares
from handlers.cases.context import ActContext, ColumnChanges
from handlers.clocks import case_clocks
from handlers.environment import first_units
from handlers.notifications.audience_rules import ring_desk_of_rescue, send_duty_card
from handlers.notifications.notification import Notification
from handlers.wording import reporter, staff
from models.cases import ASSIST, Event
from models.messages import MAX_WORDS
from models.organisation import Chat, Unit
from models.workflow import UNASSIGNED, Audience

_R, _H, _D = Audience.REPORTER, Audience.HANDLING, Audience.DUTY


def tells_danger(event: Event | None) -> bool:
    """Whether the case became urgent by this event."""
    return event is not None and bool(event.fields.get("urgent"))


def follow_with_rescuers(context: ActContext, lead: Unit | None) -> FollowUp | None:
    """What the program adds to an act: the unit `lead` gets the case, who saves people is called."""
    called = _list_rescuers(context, lead) if context.env.auto_dispatch != "never" else []
    return follow_with_units(lead, called)


def _list_rescuers(context: ActContext, lead: Unit | None) -> list[Unit]:
    """Who saves people and is not called yet, if the case became urgent by the last act."""
    session, case = context.session, context.case
    if not tells_danger(event_log.latest(session, case)):
        return []
    has = lead or (session.get(Unit, case.unit_id) if case.unit_id is not None else None)
    chat = session.get(Chat, case.chat_id) if case.chat_id is not None else None
    busy = {share.unit_id for share in live_shares(session, case, ASSIST)}
    found = first_units.find_rescuers(session, case, chat, has, context.env)
    return [unit for unit in found if unit.id not in busy]


def ring_desk(notification: Notification) -> None:
    """Ring the desk of a danger that no unit has yet, and warn those that would save."""
    notification.send_words(_D, staff.urgent(notification.view), part="ring", mention=True)
    ring_desk_of_rescue(notification)
    warn_units(notification, _list_rescuers(notification.context, None))


def _apply_mark_urgent(context: ActContext) -> ColumnChanges:
    """What its reporter cried joins the words of the case: who saves people is chosen, and told, by them."""
    changes: ColumnChanges = {"urgent": True, "due_at": case_clocks.set_finish_limit(context, urgent=True)}
    if _is_by_program(context) and context.input.text:
        changes["text"] = f"{context.case.text}\n{context.input.text}"[:MAX_WORDS]
    return changes


def _is_by_program(context: ActContext) -> bool:
    """Whether it follows what somebody else told, which was passed on already."""
    return context.actor.person is None


def _find_lead(context: ActContext) -> Unit | None:
    """The unit that an urgent case goes to without anybody's decision; None: the desk decides."""
    case = context.case
    may_go = case.status in UNASSIGNED and context.env.auto_dispatch != "never" and not case.arbitration
    return context.session.get(Unit, case.suggested_unit_id) if may_go and case.suggested_unit_id else None


def _call_units(context: ActContext) -> FollowUp | None:
    return follow_with_rescuers(context, _find_lead(context))


def _notify_reporter(notification: Notification) -> None:
    """Who told of the danger hears what to do; of what staff marked, that it is hurried."""
    if _is_by_program(notification.context):
        send_receipt(notification)
    else:
        notification.send_words(_R, reporter.turned_urgent(notification.view))


def _notify_duty(notification: Notification) -> None:
    if notification.context.case.status not in UNASSIGNED:
        notification.send_words(_D, staff.turned_urgent(notification.view), mention=True)
    elif _find_lead(notification.context) is None:
        # The card of a case that goes on by itself comes with its assignment.
        send_duty_card(notification, photos=False)
        ring_desk(notification)


def _notify_unit(notification: Notification) -> None:
    view = notification.view
    view = replace(view, act_text="") if _is_by_program(notification.context) else view
    notification.send_words(_H, staff.turned_urgent(view), mention=True)


DEFINITIONS = {
    "mark_urgent": ActDefinition(
        effect=_apply_mark_urgent,
        notify={_R: _notify_reporter, _H: _notify_unit, _D: _notify_duty},
        follow_up=_call_units,
    ),
}
