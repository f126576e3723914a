"""Urgent tasks that nobody signs for: the next one of the unit is called, at last the desk (C15).

Those on duty were called with the task. Whoever is called next is mentioned in the unit's group, by its
webhook where the bot itself cannot ring, and written to alone, which the app rings for.
"""

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
from models.pushes import Push, PushPurpose
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


def _build_call(
    session: Session, case: Case, share: Assignment, env: Environment, *, now: datetime
) -> list[pushes.Row]:
    """The call of whoever's turn it is, one a turn; after everybody of the unit the desk's, once."""
    unit = session.get_one(Unit, share.unit_id)
    groups = [chat for chat in unit_chats.handling_chats(session, unit.id) if chat.gone_at is None][:1]
    codes = shifts.list_next_called(session, unit, env.local(now).date())
    calls = [
        (code, places) for code in codes if (places := [*groups, *_find_doors(session, code)])
    ]  # fmt: skip
    key = f"call:{case.id}:{share.id}:"
    said = session.scalars(select(Push.dedupe_key).where(Push.dedupe_key.startswith(key)))
    number, turn = (
        len({one.split(":")[3] for one in said}),
        int((now - share.dispatched_at) / env.limits.call_next.duration),
    )
    if number >= min(turn, len(calls) + 1):
        return []
    view = build_view(session, case, env, now=now)
    if case.restricted:
        view = redact_view(session, case, view, env, None)
    minutes = int((now - share.dispatched_at).total_seconds()) // 60
    if number < len(calls):
        code, places = calls[number]
        words = say.call_next(view, minutes)
        bodies = [(chat, TextPush(words, recipients.find_accounts(session, [code]))) for chat in places]
    else:
        words = say.nobody_answers(view, len(calls), minutes)
        desks = [chat for chat in unit_chats.duty_chats(session, case.area_id) if chat.gone_at is None]
        bodies = [
            (chat, TextPush(words, recipients.mentions_for(session, chat, env, now=now))) for chat in desks
        ]
    log.info("case.next_called", case=case.number, unit=unit.code, number=number)
    return [
        pushes.push_row(
            chat, body, key=f"{key}{number}:{chat.id}", env=env, now=now, purpose=PushPurpose.ORDER,
            case=case, urgent=True,
        )
        for chat, body in bodies
    ]  # fmt: skip


def _find_doors(session: Session, code: str) -> list[Chat]:
    person = session.scalar(select(Person).where(Person.code == code))
    door = doors.find_own_door(session, person) if person is not None else None
    return [door] if door is not None else []
