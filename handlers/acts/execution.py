"""The one door through which a case changes.

    permission ─> state ─> needs ─> condition ─> effect ─> event + row ─> announcements ─> what follows

All in the caller's transaction: either the whole act happens, with everything it says, or nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.acts import approvals, sign_off, supervision
from handlers.acts.registry import find_definition
from handlers.acts.special import meetings
from handlers.cases import event_log, links, merged, permissions, possible_acts, readers
from handlers.cases.actors import PROGRAM, Actor
from handlers.cases.context import ActContext, ActInput
from handlers.cases.possible_acts import (
    allows,
    available_acts,
    brings_check,
    check_condition,
    find_meant_act,
)
from handlers.cases.privacy import display_actor
from handlers.cases.readers import Reading
from handlers.cases.secrecy.parties import forget_parties
from handlers.cases.secrecy.redaction import is_of_unit
from handlers.clocks import case_clocks
from handlers.environment.snapshot import Environment
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.notifications import audience_rules, standing_cards
from handlers.notifications.subscribers import case_events
from handlers.wording import refusals as say
from handlers.wording.spot_checks import spell_call
from models.cases import Case, Event
from models.database import ROW_LOCK
from models.organisation import Unit
from models.workflow import ACTS, Act, ActField, Audience


def perform(
    session: Session,
    key: str,
    case: Case,
    actor: Actor,
    act_input: ActInput | None = None,
    *,
    env: Environment,
    now: datetime,
    origin: str | None = None,
    inbox_id: int | None = None,
    skip_audiences: Sequence[Audience] = (),
    said_in_chat_id: int | None = None,
    redrawn_chat_id: int | None = None,
    opening: ActContext | None = None,
) -> Event:
    """Perform the act of this key on a case, or what it means there; returns its event. `now`: aware UTC.

    Raises Refused: NotFound for a case the actor may not know, WrongState, NotAllowed or MissingNeed, with
    the reason in Chinese. `origin` names the cause: repeating it returns the event of the first time.
    `inbox_id`: the message that asked for it. `opening`: the context of opening the case, where that happened
    in this very transaction, so that nobody else knows the case yet.
    """
    if opening is None:
        case = _lock_case(session, case)
    act = find_meant_act(session, ACTS[key], actor, case)
    context = ActContext(
        session=session,
        act=act,
        case=case,
        actor=merged.as_reporter(session, act, actor, case),
        input=_complete_input(act_input or ActInput(), ACTS[key], act),
        env=env,
        now=now,
        origin=origin,
        inbox_id=inbox_id,
        skip_audiences=frozenset(skip_audiences),
        said_in_chat_id=said_in_chat_id,
        redrawn_chat_id=redrawn_chat_id,
        just_opened=opening is not None,
        words_only=opening is not None and opening.words_only,
    )
    return _find_previous_event(context) or _execute(context)


def _complete_input(act_input: ActInput, asked: Act, meant: Act) -> ActInput:
    """Whoever takes a matter back when asked whether it is solved calls it solved; 同意 signs an answer.

    A call is spelt out.
    """
    if ActField.CALL in meant.required_fields:
        solved, satisfied = (act_input.solved, act_input.satisfied) if act_input.reached else (None, None)
        said = spell_call(act_input.reached, solved, satisfied, act_input.text)
        return replace(act_input, solved=solved, satisfied=satisfied, text=said)
    if meant is asked:
        return act_input
    if ActField.SIGNATURE in meant.required_fields:
        return replace(act_input, passed=asked.grants)
    return replace(act_input, solved=True) if ActField.ANSWER in meant.required_fields else act_input


def _execute(context: ActContext) -> Event:
    _check_act(context)
    if context.act.stands_in_for is not None and brings_check(context.act, context.case):
        _pass_check(context, context.act.stands_in_for)
    definition = find_definition(context.act)
    context = replace(context, event_number=context.case.version + 1)
    event = event_log.append(context, definition.effect(context))
    approvals.lapse_request(context, event)
    sign_off.lapse_signature(context, event)
    supervision.lapse_order(context)
    supervision.lapse_charge(context, event)
    meetings.lapse_call(context, event)
    case_clocks.settle_clocks(context, event)
    event_log.store_appended(context, event)
    announce(context, event)
    follow_up = definition.follow_up(context) if definition.follow_up is not None else None
    while follow_up is not None:
        perform(
            context.session, follow_up.act, context.case, PROGRAM, follow_up.act_input,
            env=context.env, now=context.now,
        )  # fmt: skip
        follow_up = follow_up.then
    return event


def announce(context: ActContext, event: Event) -> None:
    """Notify the act's audiences of its event, each in the words that the act has for it."""
    audience_rules.notify(context, event, find_definition(context.act).notify)
    case_events.queue_event(context, event)
    if not (context.just_opened or context.act.opens_case):
        standing_cards.redraw_cards(context, event)


def _pass_check(context: ActContext, check: str) -> None:
    """Perform the check that the act includes; nobody is notified, since whoever acts just saw the result."""
    perform(
        context.session, check, context.case, context.actor, ActInput(passed=True),
        env=context.env, now=context.now, origin=context.origin and f"{context.origin}:{check}",
        inbox_id=context.inbox_id, skip_audiences=ACTS[check].audiences,
    )  # fmt: skip


def _lock_case(session: Session, case: Case) -> Case:
    """The case's row read anew and locked until the transaction ends (PostgreSQL)."""
    session.flush()
    if links.is_new(session, case):
        return case
    links.forget_followers(session)
    forget_parties(session, case)
    return session.get_one(Case, case.id, with_for_update=ROW_LOCK, populate_existing=True)


def _find_previous_event(context: ActContext) -> Event | None:
    if context.origin is None:
        return None
    return context.session.scalar(
        select(Event).where(Event.case_id == context.case.id, Event.origin == context.origin)
    )


def _check_act(context: ActContext) -> None:
    act, case = context.act, context.case
    reading = _find_reading(context)
    if reading is None or (reading.is_redacted and not _may_rescue(context)):
        raise NotFound(say.no_such_case(case.number))
    is_allowed = permissions.may_perform(context.session, act, context.actor, case)
    if not (is_allowed and allows(act, case)):
        state = _describe_state(context, reading)
        possible = available_acts(context.session, context.actor, case)
        if is_allowed:
            raise WrongState(say.wrong_state(act, case, state, possible))
        who = possible_acts.name_doers(context.session, act, case)
        raise NotAllowed(say.not_allowed(act, case, state, possible, who=who))
    _check_parent(context)
    for need in act.required_fields:
        if not _IS_GIVEN[need](context.input):
            raise MissingNeed(say.missing_field(act, need, case.number))
    if context.input.passed is False and not context.input.text:
        raise MissingNeed(say.missing_field(act, ActField.REASON, case.number))
    check_condition(context.session, act, context.actor, case)


def _describe_state(context: ActContext, reading: Reading) -> str:
    """Where the case stands and who brought it there, as far as the actor may read that."""
    case = context.case
    mover = event_log.latest(context.session, case, event_log.CHANGES_STATE)
    if mover is not None and not _may_read_event(reading, mover):
        mover = None  # They read the state all the same.
    who = display_actor(mover, case) if mover else ""
    unit = context.session.get(Unit, case.unit_id) if case.unit_id is not None else None
    name = unit.display_name if unit is not None else ""
    return say.state_phrase(case, mover, who, unit=name, zone=context.env.zone)


def _may_rescue(context: ActContext) -> bool:
    """Whether the unit that was called does this, which knows the danger and no more."""
    return permissions.may_rescue(context.session, context.act, context.actor, context.case)


def _find_reading(context: ActContext) -> Reading | None:
    """How much of the case the actor may read; whoever opens it just now need not be asked."""
    if context.just_opened:
        return Reading()
    return readers.find_reading(context.session, context.actor, context.case, context.env.restricted_to)


def _may_read_event(reading: Reading, event: Event) -> bool:
    """Former parties read what happened while they were involved, units called to save what is theirs."""
    if reading.is_redacted and not is_of_unit(event):
        return False
    return reading.until is None or event.at <= reading.until


def _check_parent(context: ActContext) -> None:
    """Nobody joins a case to one that does not exist for them."""
    parent = context.input.parent
    if parent is None or context.just_opened:
        return
    restricted_to = context.env.restricted_to
    if readers.find_reading(context.session, context.actor, parent, restricted_to) is None:
        raise NotFound(say.no_such_case(parent.number))


_IS_GIVEN: dict[ActField, Any] = {
    ActField.TEXT: lambda act_input: bool(act_input.text),
    ActField.REASON: lambda act_input: bool(act_input.text),
    ActField.DECISIONS: lambda act_input: bool(act_input.text),
    ActField.UNIT: lambda act_input: act_input.unit is not None,
    ActField.UNITS: lambda act_input: bool(act_input.units),
    ActField.PARENT: lambda act_input: act_input.parent is not None,
    ActField.LENGTH: lambda act_input: act_input.limit is not None,
    ActField.CLASS: lambda act_input: act_input.class_id is not None,
    ActField.PLACE: lambda act_input: bool(act_input.place or act_input.text),
    ActField.EVIDENCE: lambda act_input: bool(act_input.text or act_input.media),
    ActField.VERDICT: lambda act_input: act_input.passed is not None,
    ActField.SIGNATURE: lambda act_input: act_input.passed is not None,
    ActField.LEVEL: lambda act_input: act_input.level is not None,
    ActField.ANSWER: lambda act_input: act_input.solved is not None,
    ActField.CALL: lambda act_input: act_input.reached is not None,
    ActField.MONEY: lambda act_input: act_input.fen is not None,
    ActField.AMOUNT: lambda act_input: act_input.fen is not None,
    ActField.ADOPTION: lambda act_input: act_input.adoption is not None and bool(act_input.text),
    ActField.PARTY: lambda act_input: act_input.contact is not None and bool(act_input.text),
    ActField.UNTIL: lambda act_input: act_input.until is not None,
    ActField.LIMIT: lambda act_input: act_input.limit is not None,
    ActField.LEADER: lambda act_input: bool(act_input.people),
    ActField.SUGGESTED_UNIT: lambda act_input: act_input.unit is not None,
}
