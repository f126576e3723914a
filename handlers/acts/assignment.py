"""Assignment: dispatching, passing on, deciding for good which unit has it, calling others to help."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import and_, select

from handlers.acts import supervision
from handlers.acts.definition import ActDefinition, FollowUp
from handlers.acts.special.concerned import send_accused
from handlers.cards.keys import CardRole
from handlers.cases import assignments, event_log
from handlers.cases.actors import Actor
from handlers.cases.assignments import begin_share, end_lead, share_of_unit
from handlers.cases.assignments import live_shares as live
from handlers.cases.assignments import update_lead as lead
from handlers.cases.context import ActContext, ActInput, ColumnChanges, attach_media, require_unit
from handlers.cases.views import mask_case_words
from handlers.clocks import case_clocks
from handlers.environment import first_units
from handlers.environment.levels import heads
from handlers.environment.people import shifts, staffing
from handlers.environment.units import covers
from handlers.environment.upkeep import responsibilities
from handlers.errors import MissingNeed, WrongState
from handlers.notifications import followers, recipients
from handlers.notifications.audience_rules import (
    notify_joint_units,
    ring_desk_of_rescue,
    send_duty_card,
    send_voices,
)
from handlers.notifications.notification import Notification, Notifier, words_notifier
from handlers.notifications.publishing import warnings
from handlers.wording import levels as say_levels
from handlers.wording import receipts, reporter, staff
from handlers.wording import refusals as say
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from models.cases import ASSIST, Assignment, Event
from models.messages import TextPush
from models.organisation import NON_HANDLERS, Unit, UnitKind
from models.workflow import ACTS, UNDO_WITHIN, ActField, Audience, Reply, Status, Step

log = structlog.get_logger()

_R, _H, _P, _J, _D, _F = (
    Audience.REPORTER,
    Audience.HANDLING,
    Audience.PARTNERS,
    Audience.JOINT,
    Audience.DUTY,
    Audience.FORMER,
)


_MOST_ADDED = 3
"""Pieces beside a new task, the newest ones: the case itself shows them all."""


def _apply_assign(context: ActContext) -> ColumnChanges:
    return _dispatch(context, require_unit(context))


def _apply_pass_on(context: ActContext) -> ColumnChanges:
    """Another unit has the case; the clock is unchanged."""
    return _dispatch(context, require_unit(context), relimit=False)


def _apply_arbitrate(context: ActContext) -> ColumnChanges:
    """The duty desk's final decision: this unit cannot return the case (standards §10)."""
    return _dispatch(context, require_unit(context)) | {"arbitration": False, "final": True}


def _dispatch(context: ActContext, unit: Unit, *, relimit: bool = True) -> ColumnChanges:
    _uphold_return(context, unit)
    end_lead(context)
    begin_share(context, unit)
    due = context.case.due_at
    if relimit and context.input.limit is not None:
        due = case_clocks.set_finish_limit(context, limit=context.input.limit)
    elif context.case.status == Status.ACCEPTED and (upheld := case_clocks.due_at(context)) is not None:
        due = upheld
    item = responsibilities.find_ground(context.session, context.case.class_id, unit)
    ground = {"ground_id": item.id if item is not None else None}
    # Whatever the grid did of it before, it is another unit's now.
    own = {"status": Status.DISPATCHED, "unit_id": unit.id, "handler_id": None, "in_grid": False}
    return {**own, "due_at": due, **ground}


def _apply_recall(context: ActContext) -> ColumnChanges:
    """As if it had not been handed out: state, due time and clocks as they were; both acts stay on record."""
    handed_out = assignments.find_recallable(context.session, context.case)
    if handed_out is None:
        raise WrongState(say.not_recallable(context.case.number))
    if context.now - handed_out.at > UNDO_WITHIN:
        raise WrongState(say.too_late_to_recall(context.case.number))
    case_clocks.undo_act(context, handed_out)
    end_lead(context)
    return event_log.find_earlier_values(context.session, handed_out)


def _uphold_return(context: ActContext, unit: Unit) -> None:
    """Giving a returned case to another unit confirms the return: the time since then does not count.

    Sent back to the same unit, the return was wrong, and the clock ran on all the while.
    """
    if context.case.status != Status.ACCEPTED:
        return
    returned = context.session.scalar(
        select(Assignment)
        .where(Assignment.case_id == context.case.id, Assignment.returned_at.is_not(None))
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    last = event_log.latest(context.session, context.case, event_log.CHANGES_STATE)
    if (
        returned is not None
        and returned.returned_at is not None
        and last is not None
        and last.act == "return"
        and returned.unit_id != unit.id
    ):
        case_clocks.pause_between(context, (Step.FINISH, Step.STAGE), returned.returned_at, context.now)


def _call_companions(context: ActContext) -> FollowUp | None:
    """Whom the rules send together with the unit (requirements E09)."""
    units = first_units.find_companions(context.session, context.case, context.env)
    return FollowUp("whistle", ActInput(units=tuple(units))) if units else None


def _apply_assist(context: ActContext) -> ColumnChanges:
    _call_partners(context)
    return {}


def _apply_whistle(context: ActContext) -> ColumnChanges:
    """Each unit named must arrive in time (requirements A04, C16)."""
    for unit in _call_partners(context):
        case_clocks.start_clock(context, Step.ARRIVE, unit_id=unit.id)
    return {}


def _call_partners(context: ActContext) -> list[Unit]:
    """Begin a helping share for each named unit that has none yet."""
    if not context.input.units:
        raise MissingNeed(say.missing_field(context.act, ActField.UNITS, context.case.number))
    busy = {share.unit_id for share in live(context.session, context.case, ASSIST)} | {context.case.unit_id}
    called = [unit for unit in context.input.units if unit.id not in busy]
    if not called:
        raise WrongState(say.already_called(context.case.number))
    for unit in called:
        begin_share(context, unit, role=ASSIST)
    return called


def _propose_if_many(context: ActContext) -> FollowUp | None:
    """What two offices have to do together is worth somebody above them (requirements A19).

    In danger everybody is called at once, and nobody has to think of levels.
    """
    if context.case.urgent:
        return None
    shares = live(context.session, context.case, ASSIST)
    ids = {context.case.unit_id, *(share.unit_id for share in shares)} - {None}
    units = [context.session.get_one(Unit, unit_id) for unit_id in ids]
    offices = sorted(unit.display_name for unit in units if unit.kind in _OFFICES)
    return supervision.propose_raise(context, say_levels.several_offices(offices)) if offices[1:] else None


_OFFICES = frozenset({UnitKind.DEPARTMENT, UnitKind.ENTERPRISE})


def _apply_send_down(context: ActContext) -> ColumnChanges:
    """A share of a village or grid: the case stays with its unit, its clock unchanged (requirements C17)."""
    unit, number = require_unit(context), context.case.number
    if context.case.restricted:
        raise WrongState(say_levels.no_sending_down(number))
    possible = heads.list_beneath(context.session, context.case)
    if unit.id not in {each.id for each in possible}:
        names = [each.display_name for each in possible[:_MOST_NAMED]]
        raise WrongState(say_levels.not_beneath(number, unit.display_name, names))
    if share_of_unit(context.session, context.case, unit.id) is not None:
        raise WrongState(say.already_called(number))
    begin_share(context, unit, role=ASSIST)
    return {}


_MOST_NAMED = 5


def _notify_those_beneath(notification: Notification) -> None:
    """The village or grid: its group, else whoever answers for it in private; else the unit has to call."""
    context = notification.context
    unit = require_unit(context)
    groups = [chat for chat in notification.chats(_P) if chat.unit_id == unit.id and chat.gone_at is None]
    responsible = [code for code in (unit.lead, unit.deputy) if code]
    chats = groups or recipients.staff_chats(
        context.session,
        staffing.replace_absent(context.session, responsible, context.env.local(context.now).date()),
    )
    for chat in chats:
        mentions = recipients.mentions_for(context.session, chat, context.env, now=context.now)
        words = TextPush(say_levels.sent_down(notification.view), mentions)
        notification.queue(_P, chat, words, "text")
        notification.send_card_to(chat, _P, CardRole.PARTNER)
    if not chats:
        notification.send_words(_H, say_levels.nobody_there(notification.view), part="nobody")


def _notify_unit_of_share(notification: Notification) -> None:
    """What a partner did; what comes back from below, the unit can hand in at once."""
    if not _was_sent_down(notification.context):
        notification.send_words(_H, staff.partner_result(notification.view))
        return
    notification.send_words(_H, say_levels.answer_from_below(notification.view), mention=True)
    notification.send_photos(_H, notification.input_photos())
    notification.send_card(_H, CardRole.HANDLING)


def _was_sent_down(context: ActContext) -> bool:
    """Whether the share that whoever acts just ended had come from the unit that has the case."""
    began = Assignment.case_id == Event.case_id, Assignment.event_number == Event.number
    found = context.session.execute(
        select(Event.act, Unit)
        .join(Assignment, and_(*began))
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Event.case_id == context.case.id, Assignment.role == ASSIST, Assignment.done_at.is_not(None))
        .order_by(Assignment.id.desc())
    ).all()
    own = [context.session.get(Unit, one.unit_id) for one in _list_working(context.actor)]
    of_actor = (act for act, unit in found if any(covers(unit, each) for each in own))
    return next((ACTS[act].sends_down for act in of_actor), False)


def _apply_check_in(context: ActContext) -> ColumnChanges:
    """Arrived: the time since the whistle is measured."""
    share = _share_of_actor(context)
    lat, lon = context.input.point or (None, None)
    if share is not None:
        share.arrived_lat, share.arrived_lon = lat, lon
        share.arrived_at, share.arrived_event_number = context.now, context.event_number
        case_clocks.stop_clock(context, Step.ARRIVE, unit_id=share.unit_id)
    else:
        lead(
            context, arrived_at=context.now, arrived_event_number=context.event_number,
            arrived_lat=lat, arrived_lon=lon,
        )  # fmt: skip
    attach_media(context, "process")
    return {}


def _apply_partner_done(context: ActContext) -> ColumnChanges:
    share = _share_of_actor(context)
    if share is None:
        raise WrongState(say.not_a_partner(context.case.number))
    share.done_at = share.ended_at = context.now
    # A unit that is done need not arrive any more; called again, it must arrive anew.
    case_clocks.stop_clock(context, Step.ARRIVE, unit_id=share.unit_id)
    case_clocks.stop_clock(context, Step.ACTION, unit_id=share.unit_id)
    attach_media(context, "process")
    return {}


def _list_working(actor: Actor) -> Sequence[Actor]:
    """The actor in the posts, and places of others, in which they work for a unit."""
    return [one for one in actor.capacities if one.unit_id is not None and not one.is_one_of(NON_HANDLERS)]


def _share_of_actor(context: ActContext) -> Assignment | None:
    units = (one.unit_id for one in _list_working(context.actor))
    shares = (share_of_unit(context.session, context.case, unit_id) for unit_id in units)
    return next((share for share in shares if share is not None), None)


def follow_with_units(lead: Unit | None, called: Sequence[Unit]) -> FollowUp | None:
    """What the program adds where a case goes by itself to the unit that gets it, and to those who save."""
    call = FollowUp("whistle", ActInput(units=tuple(called))) if called else None
    return FollowUp("assign", ActInput(unit=lead), call) if lead is not None else call


def _notify_reporter_of_assignment(notification: Notification) -> None:
    _send_assignment(notification)
    if notification.context.actor.person is None:
        notification.send_words(
            _D,
            staff.automatic_dispatch(notification.view),
            part="by_system",
            mention=notification.view.urgent,
        )


def _send_assignment(notification: Notification) -> None:
    """That the unit was notified is said only where somebody of theirs was."""
    called = recipients.is_unit_called(notification.context)
    words = reporter.assignment if called else reporter.assignment_by_phone
    notification.send_text(_R, TextPush(words(notification.view)), "text", status=True)


def _notify_unit_of_assignment(notification: Notification) -> None:
    """The unit's task; for an automatic dispatch also the duty desk's card of the new case.

    An earlier card would have shown the duty desk a state that was over.
    """
    _notify_unit_of_task(notification)
    warnings.draft_warning(notification.context)
    if notification.context.actor.person is None:
        ring_desk_of_rescue(notification)
        send_duty_card(followers.with_duplicate_hint(notification))
        send_voices(notification, notification.case_voices() if notification.context.just_opened else [])


def _notify_desk_of_arrival(notification: Notification) -> None:
    """Who arrived, with what they say and show of the place."""
    notification.send_words(_D, staff.arrival(notification.view))
    notification.send_photos(_D, notification.input_photos())


def _notify_unit_of_task(notification: Notification) -> None:
    """The card, the photos, and a ring for the people responsible, in the unit's own group."""
    if not any(chat.gone_at is None for chat in notification.chats(_H)):
        log.warning("case.unit_without_group", case=notification.context.case.number)
        notification.send_words(_D, staff.no_group(notification.view), part="no_group")
    if not _has_somebody_present(notification.context):
        log.warning("case.nobody_responsible", case=notification.context.case.number)
        notification.send_words(_D, staff.nobody_responsible(notification.view), part="nobody")
    notification.send_card(_H, CardRole.HANDLING)
    notification.send_photos(_H, notification.case_photos("before"))
    words = staff.new_task(notification.view, _write_instructions(notification), _list_added(notification))
    notification.send_words(_H, words, part="ring", mention=True)
    send_accused(notification)


def _write_instructions(notification: Notification) -> str:
    """What the desk wrote beside the unit, else what it wrote when it accepted the case; "" for nothing."""
    context = notification.context
    if notification.view.act_text or context.actor.person is None or context.case.restricted:
        return notification.view.act_text
    accepted = event_log.latest(context.session, context.case, event_log.ACCEPTS)
    if accepted is None or not accepted.text:
        return ""
    return _write_words_of(notification, accepted)


def _list_added(notification: Notification) -> Sequence[str]:
    """What was added to the case before its unit could read it, oldest first; of a restricted one nothing."""
    context = notification.context
    if context.case.restricted or context.just_opened:
        return ()
    adds = Event.act.in_([act.key for act in ACTS.values() if act.reply is Reply.OTHER])
    added = event_log.list_worded(context.session, context.case, adds)[-_MOST_ADDED:]
    return [_write_words_of(notification, event) for event in added]


def _write_words_of(notification: Notification, event: Event) -> str:
    """The words of an earlier event as the unit may read them: of a danger, with the door it is behind."""
    context = notification.context
    shared = notification.find_shared_disclosure(notification.chats(_H))
    said = mask_case_words(
        context.session, context.case, event.text, context.env, event=event, disclosure=shared
    )
    return escape_words(said)


def _has_somebody_present(context: ActContext) -> bool:
    unit = context.session.get(Unit, context.case.unit_id) if context.case.unit_id else None
    day = context.env.local(context.now).date()
    return unit is not None and shifts.is_anybody_present(context.session, unit, day)


def _call_notifier(words: Callable[[CaseView], str]) -> Notifier:
    """Units called to help: the card to check in with, the photos, a ring."""

    def notify_partners(notification: Notification) -> None:
        notification.send_card(_P, CardRole.PARTNER)
        notification.send_photos(_P, notification.case_photos("before"))
        notification.send_words(_P, words(notification.view), part="ring", mention=True)

    return notify_partners


DEFINITIONS = {
    "assign": ActDefinition(
        effect=_apply_assign,
        notify={_R: _notify_reporter_of_assignment, _H: _notify_unit_of_assignment},
        receipt=receipts.assignment_receipt,
        follow_up=_call_companions,
    ),
    "pass_on": ActDefinition(
        effect=_apply_pass_on,
        notify={
            _R: words_notifier(_R, reporter.transfer, status=True),
            _H: _notify_unit_of_task,
            _F: words_notifier(_F, staff.transfer_away),
        },
        receipt=receipts.assignment_receipt,
    ),
    "recall": ActDefinition(
        effect=_apply_recall,
        notify={_F: words_notifier(_F, staff.recall)},
        receipt=receipts.recall_receipt,
    ),
    "arbitrate": ActDefinition(
        effect=_apply_arbitrate,
        notify={
            _R: _send_assignment,
            _H: _notify_unit_of_task,
            _F: words_notifier(_F, staff.transfer_away),
        },
        receipt=receipts.assignment_receipt,
    ),
    "assist": ActDefinition(
        effect=_apply_assist,
        notify={_P: _call_notifier(staff.assist_request), _H: words_notifier(_H, staff.assist_note)},
        receipt=receipts.partners_receipt,
        follow_up=_propose_if_many,
    ),
    "whistle": ActDefinition(
        effect=_apply_whistle,
        notify={
            _P: _call_notifier(staff.whistle_call),
            _H: words_notifier(_H, staff.assist_note),
            _D: words_notifier(_D, staff.whistle_note),
        },
        receipt=receipts.partners_receipt,
        follow_up=_propose_if_many,
    ),
    "check_in": ActDefinition(
        effect=_apply_check_in,
        notify={_D: _notify_desk_of_arrival, _J: notify_joint_units},
        receipt=receipts.arrival_receipt,
    ),
    "partner_done": ActDefinition(
        effect=_apply_partner_done, notify={_H: _notify_unit_of_share, _J: notify_joint_units}
    ),
    "send_down": ActDefinition(
        effect=_apply_send_down,
        notify={
            _P: _notify_those_beneath,
            _H: words_notifier(_H, say_levels.sent_down_note),
        },
        receipt=say_levels.sent_down_receipt,
    ),
}
