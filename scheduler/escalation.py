"""Escalation: what happens when a clock reaches a mark (rules/limits.yaml, `ladder`).

What is due is a query; who fires it is a conditional UPDATE, so any number of tickers may run. A
clock that passed several marks while nobody looked fires the last of them only. Many reminders
for one chat are folded into one list, and the same fact is never told to the same chat twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers import acts
from handlers.acts.registry import program_reason
from handlers.cases.actors import PROGRAM
from handlers.cases.context import ActContext, ActInput
from handlers.cases.ending import sign_offs
from handlers.cases.secrecy.redaction import redact_view
from handlers.cases.views import build_view
from handlers.clocks import deadlines
from handlers.environment import unit_chats
from handlers.environment.limit_table import EscalationRule
from handlers.environment.snapshot import Environment
from handlers.errors import Refused
from handlers.notifications import pushes, recipients, relays
from handlers.wording import charges
from handlers.wording import reminders as say
from models.cases import Case
from models.clocks import IS_RUNNING, ClockRow
from models.messages import TextPush
from models.organisation import Chat, ChatUse, Person, Unit
from models.pushes import PushPurpose
from models.workflow import ACTS, Audience, Status, Step

log = structlog.get_logger()

_BATCH = 500
_OF_CALLED_UNITS = (Step.ARRIVE, Step.ACTION)
_FOLD = 3
"""More reminders than this for one chat in one tick become one list."""
_AUDIENCES = {
    "unit": Audience.HANDLING,
    "handling": Audience.HANDLING,
    "duty": Audience.DUTY,
    "leader": Audience.LEADER,
    "signer": Audience.SIGNER,
}


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder for one chat; `key` is the dedupe key of its push."""

    key: str
    line: str
    case: Case
    clock_key: str
    """The next reminder of the same clock makes this one superfluous."""
    mentions: tuple[str, ...] = ()


def fire_due(session: Session, env: Environment, *, now: datetime) -> int:
    """Fire the marks of the clocks that are due, `_BATCH` at most; returns how many were fired here."""
    found = session.scalars(
        select(ClockRow.id)
        .join(Case, Case.id == ClockRow.case_id)
        .where(IS_RUNNING, ClockRow.mark_at <= now)
        .order_by(ClockRow.mark_at, ClockRow.id)
        .limit(_BATCH)
        # Lock the case first, as every act does: whoever acts on the case locks its clocks after it.
        .with_for_update(skip_locked=True, of=Case)
    ).all()
    reminders: dict[int, list[Reminder]] = defaultdict(list)
    won = _claim_clocks(session, found, now) if found else []
    for clock in won:
        # An act performed for one clock may have stopped another clock of the case.
        if clock.stopped_at is None:
            _fire_clock(session, clock, env, reminders, now=now)
    for chat_id, lines in reminders.items():
        _queue_reminders(session, session.get_one(Chat, chat_id), lines, env, now=now)
    return len(won)


def _claim_clocks(session: Session, ids: Sequence[int], now: datetime) -> list[ClockRow]:
    """The due clocks that this ticker is the one to fire: one statement takes their marks away."""
    taken = session.scalars(
        update(ClockRow)
        .where(ClockRow.id.in_(ids), ClockRow.mark_at <= now, IS_RUNNING)
        .values(mark_at=None)
        .returning(ClockRow.id)
        .execution_options(synchronize_session=False)
    ).all()
    fresh = {"populate_existing": True}
    clocks = session.scalars(select(ClockRow).where(ClockRow.id.in_(taken)).execution_options(**fresh)).all()
    cases = {clock.case_id for clock in clocks}
    session.scalars(select(Case).where(Case.id.in_(cases)).execution_options(**fresh)).all()
    order = {clock_id: at for at, clock_id in enumerate(ids)}
    return sorted(clocks, key=lambda clock: order[clock.id])


def _fire_clock(
    session: Session,
    clock: ClockRow,
    env: Environment,
    reminders: dict[int, list[Reminder]],
    *,
    now: datetime,
) -> None:
    case = session.get_one(Case, clock.case_id)
    context = ActContext(session, ACTS["nudge"], case, PROGRAM, ActInput(), env, now)
    passed = [
        rule
        for rule in deadlines.list_rules(context, clock)
        if rule.mark not in clock.marks and deadlines.threshold_time(context, clock, rule) <= now
    ]
    clock.marks = [*clock.marks, *(rule.mark for rule in passed)]
    deadlines.plan_next_threshold(context, clock)
    if not passed:
        return
    for last in _choose_last(passed):
        log.info("clock.mark", case=case.number, step=clock.step, mark=last.mark)
        for chat in _find_chats(context, clock, last):
            reminders[chat.id].append(_build_reminder(context, clock, last, chat))
        if "reporter" in last.tell:
            _ask_for_rating(context, _build_fact_key(clock, last))
    for rule in passed:
        _perform_act(context, clock, rule)


def _choose_last(passed: Sequence[EscalationRule]) -> list[EscalationRule]:
    """Of several marks passed at once the last counts: of the ladder, and of what a leader is reminded at."""
    ladder = [rule for rule in passed if not rule.is_for_charge]
    charge = [rule for rule in passed if rule.is_for_charge]
    return [*ladder[-1:], *charge[-1:]]


def _ask_for_rating(context: ActContext, fact: str) -> None:
    """Ask a reporter who heard the result and has not rated it once more, where a message costs nothing."""
    case, env = context.case, context.env
    if case.replied_at is None or case.reporter_id is None:
        return
    reporter = context.session.get_one(Person, case.reporter_id)
    words = say.please_rate(build_view(context.session, case, env, now=context.now))
    for chat in recipients.audience_chats(context, Audience.REPORTER):
        if chat.channel in env.terse_channels or relays.is_mute(chat, env):
            continue
        alone = chat.use == ChatUse.DIRECT
        if case.restricted and not alone:
            continue
        mentions = () if alone else recipients.find_accounts(context.session, [reporter.code])
        row = pushes.push_row(
            chat, TextPush(words, mentions), key=f"{fact}:{chat.id}", env=env, now=context.now,
            purpose=PushPurpose.REMINDER, case=case,
        )  # fmt: skip
        pushes.enqueue(context.session, row)


def _find_chats(context: ActContext, clock: ClockRow, rule: EscalationRule) -> Iterable[Chat]:
    """The chats that this rule reminds, each once."""
    if rule.is_for_charge:
        return recipients.audience_chats(context, Audience.CHARGE) or _duty_chats(context)
    chats: dict[int, Chat] = {}
    for whom in (each for each in rule.tell if each != "reporter"):
        if whom == "unit" and not context.case.restricted:
            found = unit_chats.handling_chats(context.session, clock.unit_id)
        elif whom == "above":
            found = _find_next_signers(context)
        else:
            found = recipients.audience_chats(context, _AUDIENCES[whom])
        chats |= {chat.id: chat for chat in found or _duty_chats(context)}
    return chats.values()


def _duty_chats(context: ActContext) -> list[Chat]:
    """The duty desk is reminded instead: no unit has the case, or there is no chat for who should be."""
    return recipients.audience_chats(context, Audience.DUTY)


def _find_next_signers(context: ActContext) -> list[Chat]:
    """Whoever may sign beside the first; where the rules name nobody, the leaders above the case."""
    signers = sign_offs.list_signers(context.session, context.case)[1:]
    chats = recipients.staff_chats(context.session, [person.code for person in signers])
    return chats or recipients.audience_chats(context, Audience.LEADER)


def _build_reminder(context: ActContext, clock: ClockRow, rule: EscalationRule, chat: Chat) -> Reminder:
    seen = build_view(context.session, context.case, context.env, now=context.now)
    if context.case.restricted and chat.use != ChatUse.DIRECT:
        seen = redact_view(context.session, context.case, seen, context.env, None)
    step, target = Step(clock.step), context.env.local(clock.target_at)
    key = f"{_build_fact_key(clock, rule)}:{chat.id}"
    owing = context.session.get(Unit, clock.unit_id) if step in _OF_CALLED_UNITS and clock.unit_id else None
    label = owing.display_name if owing else clock.label
    if rule.is_for_charge:
        said = charges.reminder(seen, rule.share or 1.0, target)
        return Reminder(key, said, context.case, f"charge:{_build_clock_key(clock)}")
    said = say.reminder(seen, step, rule.mark, target, label)
    return Reminder(key, said, context.case, f"clock:{_build_clock_key(clock)}")


def _build_fact_key(clock: ClockRow, rule: EscalationRule) -> str:
    """What is told or done. When it runs out is part of it: time that was extended has a red of its own."""
    return f"clock:{_build_clock_key(clock)}:{rule.mark}:{clock.target_at:%Y%m%d%H%M%S}"


def _build_clock_key(clock: ClockRow) -> str:
    """What is owed, and by whom."""
    return f"{clock.case_id}:{clock.step}:{clock.unit_id or ''}"


def _queue_reminders(
    session: Session, chat: Chat, lines: list[Reminder], env: Environment, *, now: datetime
) -> None:
    told = pushes.find_queued(session, [line.key for line in lines])
    lines = [line for line in lines if line.key not in told]
    if len(lines) <= _FOLD:
        rows = (
            pushes.push_row(
                chat, TextPush(line.line, recipients.mentions_for(session, chat, env, now=now)), key=line.key,
                env=env, now=now, purpose=PushPurpose.REMINDER, case=line.case, merge=line.clock_key,
                urgent=line.case.urgent,
            )
            for line in lines
        )  # fmt: skip
        pushes.enqueue(session, *rows)
        return
    key, words = f"digest:{lines[0].key}", TextPush(say.digest([line.line for line in lines]))
    row = pushes.push_row(chat, words, key=key, env=env, now=now, purpose=PushPurpose.REMINDER)
    pushes.enqueue(session, row)


def _perform_act(context: ActContext, clock: ClockRow, rule: EscalationRule) -> None:
    """Perform the act that this rule names, as far as the case still allows it."""
    if rule.act is None or Status(context.case.status) not in ACTS[rule.act].from_states:
        return
    act_input = ActInput(text=program_reason(ACTS[rule.act], Step(clock.step)))
    try:
        acts.perform(
            context.session, rule.act, context.case, PROGRAM, act_input,
            env=context.env, now=context.now, origin=_build_fact_key(clock, rule),
        )  # fmt: skip
    except Refused as refused:
        log.info("clock.act_refused", case=context.case.number, act=rule.act, slug=refused.slug)
