"""Writing pushes: from an audience to a chat, from words to a row of the outbox.

A row is written in the same transaction as what it announces. Its dedupe key is made of the event
and its position, so that handling something twice says it once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from models import deferred_insert
from models.cases import Case
from models.messages import CardUpdatePush, PushBody, push_kind, push_to_json
from models.organisation import Chat
from models.pushes import Push, PushPurpose, PushState

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
    link_id: int | None = None,
) -> Row:
    """The outbox row of one push for a chat, to be queued with `enqueue`.

    `purpose`: how long it is worth sending, and whether once more after a silence; a redrawn card is one.
    `merge`: a later unsent push with the same key replaces this one. `answers`: the inbox id of
    the message it replies to. `result_event`: number of the event whose result it tells the reporter.
    `link_id`: whose page it names, in private to them.
    Quiet hours hold everything but urgent pushes, direct answers and redrawn cards, which ring nobody.
    """
    is_update = isinstance(body, CardUpdatePush)
    hold = not urgent and answers is None and not is_update
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
        "purpose": PushPurpose.CARD if is_update else purpose,
        "result_event": result_event,
        "link_id": link_id,
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
    return end_of_quiet((chat.quiet_from, chat.quiet_to), env, now=now)


def end_of_quiet(hours: tuple[str, str], env: Environment, *, now: datetime) -> datetime:
    """The end (aware) of these local hours, from and to, or `now` outside of them."""
    local = env.local(now)
    start, end = map(time.fromisoformat, hours)
    over_midnight = start > end
    at = local.time()
    quiet = (at >= start or at < end) if over_midnight else (start <= at < end)
    if not quiet:
        return now
    day = local.date() + timedelta(days=1) if over_midnight and at >= start else local.date()
    return datetime.combine(day, end, env.zone).astimezone(now.tzinfo)


def replay(session: Session, push_id: int, *, now: datetime) -> bool:
    """Send a dead letter, or a push of unknown fate, once more. False where there is no such push.

    All tries and routes are open to it again; a chat that was gone is believed to be back.
    """
    replayed = session.execute(
        update(Push)
        .where(Push.id == push_id, Push.state.in_((PushState.DEAD, PushState.UNKNOWN)))
        .values(
            state=PushState.READY,
            attempts=0,
            refused=[],
            created_at=now,
            not_before=now,
            doubt_settled_at=None,
            doubtful=or_(Push.doubtful, Push.state == PushState.UNKNOWN),
        )
        .returning(Push.chat_id)
    )
    chat_id = replayed.scalar()
    session.execute(update(Chat).where(Chat.id == chat_id).values(gone_at=None))
    return chat_id is not None
