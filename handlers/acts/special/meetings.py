"""Joint meetings: what waits for one, and what it gives each unit to do (requirements A18, D21)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from handlers.acts.definition import ActDefinition
from handlers.cards.keys import CardRole
from handlers.cases import assignments, event_log
from handlers.cases.context import ActContext, ColumnChanges
from handlers.cases.views import mask_case_words
from handlers.clocks import case_clocks
from handlers.clocks.spoken_limits import find_end, find_limit
from handlers.environment import unit_chats
from handlers.environment.units import find_named_unit
from handlers.errors import MissingNeed, WrongState
from handlers.notifications import recipients
from handlers.notifications.notification import Notification, words_notifier
from handlers.wording import meetings as say
from handlers.wording.markup import escape_words
from models.cases import ASSIST, Event
from models.meetings import MeetingAction
from models.messages import TextPush
from models.organisation import Unit
from models.time_limits import TimeLimit
from models.workflow import OPEN, Audience, Status, Step

_H, _D, _P = Audience.HANDLING, Audience.DUTY, Audience.PARTNERS
_LINE = re.compile(r"\s{0,9}([^\s：:，,。；;、]{2,30})\s{0,3}[：:](.*)")
_PIECE = re.compile(r"[，,；;]")


@dataclass(frozen=True, slots=True)
class _Decision:
    unit: Unit
    text: str
    limit: TimeLimit | None
    """None: as long as the limit table says."""


def _read_decisions(context: ActContext) -> Sequence[_Decision]:
    """The lines of units. Raises MissingNeed for a line that is of no unit, or gives it nothing to do."""
    found: dict[int, _Decision] = {}
    for at, line in enumerate(context.input.text.splitlines()):
        said = _LINE.fullmatch(line.rstrip())
        unit = find_named_unit(context.session, said[1]) if said is not None else None
        if said is None or (unit is None and at == 0):
            continue
        if unit is None:
            raise MissingNeed(say.not_a_unit(said[1]))
        if unit.id in found:
            raise MissingNeed(say.named_twice(unit.display_name))
        found[unit.id] = _read_decision(context, unit, said[2])
    return list(found.values())


def _read_decision(context: ActContext, unit: Unit, said: str) -> _Decision:
    """What it does, and by when where the last piece says so."""
    *before, last = [piece for piece in map(str.strip, _PIECE.split(said.strip(" 。"))) if piece] or [""]
    limit = _read_limit(context, last)
    text = "，".join(before if limit is not None and before else [*before, last])
    if not text:
        raise MissingNeed(say.no_task(unit.display_name))
    return _Decision(unit, text, limit)


def _read_limit(context: ActContext, said: str) -> TimeLimit | None:
    now, calendar = context.env.local(context.now), context.env.calendar
    limit, end = find_limit(said, now=now, calendar=calendar), find_end(said, now=now, calendar=calendar)
    if limit is None and end is not None:
        raise MissingNeed(say.PASSED)
    return limit


def _apply_meet(context: ActContext) -> ColumnChanges:
    decisions = _read_decisions(context)
    if decisions and context.case.restricted:
        raise WrongState(say.RESTRICTED)
    helping = {share.unit_id for share in assignments.live_shares(context.session, context.case, ASSIST)}
    for decision in decisions:
        if decision.unit.id not in helping | {context.case.unit_id}:
            assignments.begin_share(context, decision.unit, role=ASSIST)
        # A later meeting gives the unit something else to do, by another day.
        case_clocks.stop_clock(context, Step.ACTION, unit_id=decision.unit.id)
        context.session.flush()
        clock = case_clocks.start_clock(context, Step.ACTION, unit_id=decision.unit.id, limit=decision.limit)
        context.session.add(
            MeetingAction(
                case_id=context.case.id, event_number=context.event_number, unit_id=decision.unit.id,
                text=decision.text, due_at=clock.target_at,
            )
        )  # fmt: skip
    case_clocks.end_meeting_pause(context)
    return {"meeting_asked_at": None}


def _apply_call(context: ActContext) -> ColumnChanges:
    if (longest := context.env.limits.meeting_pause(context.case)) is not None:
        case_clocks.pause_for_meeting(context, longest)
    return {"meeting_asked_at": context.now}


def lapse_call(context: ActContext, event: Event) -> None:
    """What has ended waits for no meeting."""
    if context.case.meeting_asked_at is not None and Status(context.case.status) not in OPEN:
        event_log.amend(event, context.case, meeting_asked_at=None)


def _notify_of_call(audience: Audience, notification: Notification) -> None:
    context = notification.context
    stands_still = context.env.limits.meeting_pause(context.case) is not None
    notification.send_words(audience, say.call(notification.view, stands_still=stands_still))


def _notify_units(notification: Notification) -> None:
    """Each unit in its own group: what it does by when, with the card to check in on and to finish."""
    context, unheard = notification.context, []
    mine = MeetingAction.case_id == context.case.id, MeetingAction.event_number == context.event_number
    for action in context.session.scalars(select(MeetingAction).where(*mine).order_by(MeetingAction.id)):
        chats = unit_chats.handling_chats(context.session, action.unit_id)
        leads = action.unit_id == context.case.unit_id
        for chat in chats:
            text = escape_words(mask_case_words(context.session, context.case, action.text, context.env))
            due = context.env.local(action.due_at)
            words = say.task(notification.view_in([chat]), text, due, leads=leads)
            mentions = recipients.mentions_for(context.session, chat, context.env, now=context.now)
            notification.queue(_P, chat, TextPush(words, mentions), f"action{action.unit_id}")
            notification.send_card_to(chat, _P, CardRole.HANDLING if leads else CardRole.PARTNER)
        if not chats:
            unheard.append(context.session.get_one(Unit, action.unit_id).display_name)
    if unheard:
        notification.send_words(_D, say.nobody_told(notification.view, unheard), part="unheard")


DEFINITIONS = {
    "call_meeting": ActDefinition(
        effect=_apply_call,
        notify={
            _H: lambda notification: _notify_of_call(_H, notification),
            _D: lambda notification: _notify_of_call(_D, notification),
        },
        receipt=say.call_receipt,
    ),
    "meet": ActDefinition(
        effect=_apply_meet,
        notify={
            _H: words_notifier(_H, say.record),
            _D: words_notifier(_D, say.record),
            _P: _notify_units,
        },
    ),
}
