"""Urgent tasks that nobody signs for: the next one of the unit is called, at last the desk (C15).

Those on duty were called with the task. Whoever is called next is mentioned in the unit's group, by its
webhook where the bot itself cannot ring, and written to alone, which the app rings for.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from handlers.cases.secrecy.redaction import redact_view
from handlers.cases.views import build_view
from handlers.environment import unit_chats
from handlers.environment.people import doors, shifts
from handlers.environment.session_cache import cached_in_session
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
    planned = [(case, share, _plan_calls(session, case, share, env, now=now)) for case, share in found]
    told = pushes.find_queued(session, [key for *_, calls in planned for call in calls for key in call.keys])
    rows = [
        row
        for case, share, calls in planned
        for row in _build_call(session, case, share, calls, told, env, now=now)
    ]
    pushes.enqueue(session, *rows)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a task: where it is said, and who is mentioned there."""

    places: Mapping[int, tuple[str, ...]]
    """Accounts by the chat's id."""
    keys: tuple[str, ...] = ()
    """Dedupe key of the push to each of them."""
    is_desk: bool = False


def _build_call(
    session: Session,
    case: Case,
    share: Assignment,
    calls: Sequence[_Call],
    told: AbstractSet[str],
    env: Environment,
    *,
    now: datetime,
) -> list[pushes.Row]:
    """The call of whoever's turn it is, one a turn; after everybody of the unit the desk's, once."""
    number = next((at for at, call in enumerate(calls) if told.isdisjoint(call.keys)), len(calls))
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
        for chat_id, key in zip(call.places, call.keys, strict=True)
    ]  # fmt: skip


def _plan_calls(
    session: Session, case: Case, share: Assignment, env: Environment, *, now: datetime
) -> Sequence[_Call]:
    """Who is called one after the other; whoever is neither in a group nor alone to be reached, is not."""
    unit_id, area_id = share.unit_id, case.area_id
    # Many tasks of few units may wait: who is called for each is looked up once.
    of_unit = cached_in_session(
        session, ("called", unit_id), lambda: _list_called(session, unit_id, env.local(now).date())
    )
    desk = cached_in_session(
        session, ("desk called", area_id), lambda: _find_desk(session, area_id, env, now=now)
    )
    return [
        replace(call, keys=tuple(f"call:{share.id}:{number}:{chat}" for chat in call.places))
        for number, call in enumerate([*of_unit, desk])
    ]


def _list_called(session: Session, unit_id: int, day: date) -> Sequence[_Call]:
    groups = [chat for chat in unit_chats.handling_chats(session, unit_id) if chat.gone_at is None][:1]
    calls = []
    for code in shifts.list_next_called(session, session.get_one(Unit, unit_id), day):
        accounts = recipients.find_accounts(session, [code])
        if chats := [*groups, *_find_doors(session, code)]:
            calls.append(_Call({chat.id: accounts for chat in chats}))
    return calls


def _find_desk(session: Session, area_id: int | None, env: Environment, *, now: datetime) -> _Call:
    desks = [chat for chat in unit_chats.duty_chats(session, area_id) if chat.gone_at is None]
    mentions = {chat.id: recipients.mentions_for(session, chat, env, now=now) for chat in desks}
    return _Call(mentions, is_desk=True)


def _find_doors(session: Session, code: str) -> list[Chat]:
    person = session.scalar(select(Person).where(Person.code == code))
    door = doors.find_own_door(session, person) if person is not None else None
    return [door] if door is not None else []
