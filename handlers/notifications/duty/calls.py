"""Urgent tasks that nobody signs for: the next one of the unit is called, at last the desk (C15).

Those on duty were called with the task. Whoever is called next is mentioned in the unit's group, by its
webhook where the bot itself cannot ring, and written to alone, which the app rings for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from handlers.cases.secrecy.redaction import redact_view
from handlers.cases.views import build_view
from handlers.environment import unit_chats
from handlers.environment.people import doors, shifts
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes, recipients
from handlers.wording import duty as say
from models.cases import IS_OPEN, LEAD, Assignment, Case, is_live_share
from models.messages import TextPush
from models.organisation import Chat, Person, Unit
from models.pushes import PushPurpose
from models.workflow import Status

log = structlog.get_logger()

_BATCH = 100


def call_next(session: Session, env: Environment, *, now: datetime) -> int:
    """Call the next one of each unit that has an urgent task unsigned for too long; how many pushes.

    How long, and which classes beside what is urgent: `call_next` and `round_the_clock` of rules/limits.yaml.
    """
    every = env.limits.call_next.duration
    urgent = or_(Case.urgent.is_(True), Case.class_id.in_(env.limits.round_the_clock))
    waits = and_(IS_OPEN, Case.status == Status.DISPATCHED, urgent, Assignment.dispatched_at <= now - every)
    found = session.execute(
        select(Case, Assignment)
        .join(Assignment, and_(Assignment.case_id == Case.id, is_live_share(LEAD)))
        .where(waits)
        .order_by(Case.id)
        .limit(_BATCH)
    ).all()
    rows = [row for case, share in found for row in _build_call(session, case, share, env, now=now)]
    pushes.enqueue(session, *rows)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a task: where it is said, and who is mentioned there."""

    places: Mapping[int, tuple[str, ...]]
    """Accounts by the chat's id."""
    is_desk: bool = False


def _build_call(
    session: Session, case: Case, share: Assignment, env: Environment, *, now: datetime
) -> list[pushes.Row]:
    """The call of whoever's turn it is, one a turn; after everybody of the unit the desk's, once."""
    calls = _plan_calls(session, case, session.get_one(Unit, share.unit_id), env, now=now)
    keys = [[f"call:{share.id}:{number}:{chat}" for chat in call.places] for number, call in enumerate(calls)]
    told = pushes.find_queued(session, [key for some in keys for key in some])
    number = next((at for at, some in enumerate(keys) if told.isdisjoint(some)), len(calls))
    waited = now - share.dispatched_at
    if number >= min(int(waited / env.limits.call_next.duration), len(calls)):
        return []
    view = build_view(session, case, env, now=now)
    if case.restricted:
        view = redact_view(session, case, view, env, None)
    minutes, call = int(waited.total_seconds()) // 60, calls[number]
    words = say.nobody_answers(view, number, minutes) if call.is_desk else say.call_next(view, minutes)
    log.info("case.next_called", case=case.number, number=number, desk=call.is_desk)
    return [
        pushes.push_row(
            session.get_one(Chat, chat_id), TextPush(words, call.places[chat_id]), key=key, env=env, now=now,
            purpose=PushPurpose.ORDER, case=case, urgent=True,
        )
        for chat_id, key in zip(call.places, keys[number], strict=True)
    ]  # fmt: skip


def _plan_calls(
    session: Session, case: Case, unit: Unit, env: Environment, *, now: datetime
) -> Sequence[_Call]:
    """Who is called one after the other; whoever is neither in a group nor alone to be reached, is not."""
    groups = [chat for chat in unit_chats.handling_chats(session, unit.id) if chat.gone_at is None][:1]
    calls = []
    for code in shifts.list_next_called(session, unit, env.local(now).date()):
        accounts = recipients.find_accounts(session, [code])
        if chats := [*groups, *_find_doors(session, code)]:
            calls.append(_Call({chat.id: accounts for chat in chats}))
    desks = [chat for chat in unit_chats.duty_chats(session, case.area_id) if chat.gone_at is None]
    mentions = {chat.id: recipients.mentions_for(session, chat, env, now=now) for chat in desks}
    return [*calls, _Call(mentions, is_desk=True)]


def _find_doors(session: Session, code: str) -> list[Chat]:
    person = session.scalar(select(Person).where(Person.code == code))
    door = doors.find_own_door(session, person) if person is not None else None
    return [door] if door is not None else []
