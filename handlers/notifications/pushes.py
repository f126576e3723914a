"""Writing pushes: from an audience to a chat, from words to a row of the outbox.

A row is written in the same transaction as what it announces. Its dedupe key is made of the event
and its position, so that handling something twice says it once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.environment.session_cache import cached_in_session
from handlers.environment.snapshot import Environment
from handlers.environment.units import split_path
from models import deferred_insert
from models.cases import Case
from models.messages import CardUpdatePush, PushBody, push_kind, push_to_json
from models.organisation import Chat, ChatUse, Unit
from models.pushes import Push, PushPurpose

Row = Mapping[str, Any]
"""A row of the outbox."""


def push_row(
    chat: Chat,
    body: PushBody,
    *,
    key: str,
    env: Environment,
    now: datetime,
    purpose: PushPurpose = PushPurpose.NOTICE,
    case: Case | None = None,
    merge: str | None = None,
    answers: int | None = None,
    urgent: bool = False,
    result_event: int | None = None,
) -> Row:
    """The outbox row of one push for a chat, to be queued with `enqueue`.

    `purpose`: how long it is worth sending, and whether once more after a silence; a redrawn card is one.
    `merge`: a later unsent push with the same key replaces this one. `answers`: the inbox id of
    the message it replies to. `result_event`: number of the event whose result it tells the reporter.
    Quiet hours hold everything but urgent pushes and direct answers.
    """
    hold = not urgent and answers is None
    return {
        "dedupe_key": key,
        "lane": f"{chat.id}!" if urgent else str(chat.id),
        "chat_id": chat.id,
        "channel": chat.channel,
        "case_id": case.id if case else None,
        "merge_key": merge,
        "answers": answers,
        "kind": push_kind(body),
        "body": push_to_json(body),
        "purpose": PushPurpose.CARD if isinstance(body, CardUpdatePush) else purpose,
        "result_event": result_event,
        "urgent": urgent,
        "created_at": now,
        "not_before": quiet_until(chat, env, now=now) if hold else now,
    }


def enqueue(session: Session, *rows: Row) -> None:
    """Queue rows of `push_row`, after the cases they announce are stored."""
    session.flush()
    deferred_insert.defer_insert(session, Push, *rows)


def find_queued(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these dedupe keys were queued before: the same fact is never sent twice to the same chat."""
    return set(session.scalars(select(Push.dedupe_key).where(Push.dedupe_key.in_(keys))))


def quiet_until(chat: Chat, env: Environment, *, now: datetime) -> datetime:
    """The end of the chat's quiet hours (aware), or `now` outside of them."""
    if not chat.quiet_from or not chat.quiet_to:
        return now
    local = env.local(now)
    start, end = time.fromisoformat(chat.quiet_from), time.fromisoformat(chat.quiet_to)
    over_midnight = start > end
    at = local.time()
    quiet = (at >= start or at < end) if over_midnight else (start <= at < end)
    if not quiet:
        return now
    day = local.date() + timedelta(days=1) if over_midnight and at >= start else local.date()
    return datetime.combine(day, end, env.zone).astimezone(now.tzinfo)


def handling_chats(session: Session, unit_id: int | None) -> list[Chat]:
    """The unit's own handling groups, or those of the nearest unit above that has one."""
    return _nearest_chats(session, unit_id, ChatUse.HANDLING)


def duty_chats(session: Session, area_id: int | None) -> list[Chat]:
    """The chats of the duty desk that looks after an area (unit id); without one, the first duty desk's."""
    return _nearest_chats(session, area_id, ChatUse.DUTY) or cached_in_session(
        session, "top desk", lambda: _find_top_desk(session)
    )


def _find_top_desk(session: Session) -> list[Chat]:
    desks = select(Chat).outerjoin(Unit, Unit.id == Chat.unit_id).where(Chat.use == ChatUse.DUTY)
    return list(session.scalars(desks.order_by(func.length(Unit.path).nulls_last(), Chat.id).limit(1)))


def _nearest_chats(session: Session, unit_id: int | None, use: ChatUse) -> list[Chat]:
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    return (
        cached_in_session(session, (use, unit.id), lambda: _find_nearest_chats(session, unit, use))
        if unit
        else []
    )


def _find_nearest_chats(session: Session, unit: Unit, use: ChatUse) -> list[Chat]:
    # The deepest first: a unit's path is longer than that of every unit above it.
    above = select(Chat).join(Unit).where(Unit.code.in_(split_path(unit.path)), Chat.use == use)
    found = list(session.scalars(above.order_by(func.length(Unit.path).desc(), Chat.id)))
    return [chat for chat in found if chat.unit_id == found[0].unit_id]
