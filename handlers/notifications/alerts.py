"""Alerts to the duty desk about gridbot itself: rule files not in force, messages that do not arrive.

Each is sent once a day; the day is part of the push's key, so any number of processes may try.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.notifications import desk_lines, pushes
from handlers.wording import alerts as say
from models.cases import Case, Event
from models.messages import TextPush
from models.organisation import Chat, ChatUse, Unit
from models.pushes import BUDGET_OVER, Push, PushPurpose
from models.workflow import OPEN

log = structlog.get_logger()

_DOUBTFUL = "doubtful:"
"""How the keys of what desks are told of pushes without an answer begin."""


def alert_stale_rules(session: Session, env: Environment, refused: Iterable[str], *, now: datetime) -> int:
    """Alert the duty desk to rule files that were refused; returns how many pushes were queued.

    `refused`: what is not in force, `packs`, `limits`, `spot_checks`.
    """
    day, told = env.local(now).date().isoformat(), 0
    for what in refused:
        for chat in unit_chats.duty_chats(session, None):
            key = f"stale:{what}:{day}:{chat.id}"
            if not pushes.find_queued(session, [key]):
                words = TextPush(say.STALE_RULES[what])
                pushes.enqueue(session, pushes.push_row(chat, words, key=key, env=env, now=now))
                told += 1
    return told


def alert_undelivered(session: Session, push: Push, env: Environment, *, now: datetime) -> bool:
    """Alert a duty desk to this dead letter, once a day for each chat; returns whether it did.

    Of what may not be said any more to a person, only how their matter ended is worth a telephone call.
    """
    chat = session.get_one(Chat, push.chat_id)
    if push.outcome == BUDGET_OVER:
        return _alert_unreached(session, push, chat, env, now=now)
    key = f"undelivered:{chat.id}:{env.local(now):%Y-%m-%d}"
    if pushes.find_queued(session, [key]):
        return False
    desk = _reachable_desk(session, chat)
    if desk is None:
        log.error("push.nobody_to_tell", chat=chat.code)
        return False
    words = say.undelivered_push(_display_name(session, chat), gone=chat.gone_at is not None)
    return _tell_desk(session, desk, words, key=key, env=env, now=now)


def alert_bot_removed(
    session: Session, chat: Chat, *, inbox_id: int, env: Environment, now: datetime
) -> bool:
    """Tell the desk that a group that is a unit's put the bot out; whether it did."""
    desk = _reachable_desk(session, chat) if chat.unit_id is not None else None
    if desk is None:
        return False
    words = say.bot_removed(_display_name(session, chat))
    return _tell_desk(session, desk, words, key=f"removed:{inbox_id}", env=env, now=now)


def _alert_unreached(session: Session, push: Push, chat: Chat, env: Environment, *, now: datetime) -> bool:
    """Name the case or the line to the desk, once; a result is named where somebody is asked to call.

    Whoever ended it themselves, by their page, need not be told by telephone that it ended.
    """
    if push.purpose == PushPurpose.REPLY:
        return alert_unreached_line(session, push, env, now=now)
    case = session.get(Case, push.case_id) if push.case_id is not None else None
    if case is None or case.status in OPEN or push.result_event is not None or _ended_it(session, case):
        return False
    desk = _reachable_desk(session, chat)
    if desk is None:
        log.error("push.nobody_to_tell", chat=chat.code)
        return False
    words = say.unreached_reporter(case.number)
    return _tell_desk(session, desk, words, key=f"unreached:{case.number}:{case.version}", env=env, now=now)


def alert_unreached_line(session: Session, push: Push, env: Environment, *, now: datetime) -> bool:
    """Tell the desk, once, that what it answered a line did not reach who had said it. Whether it was."""
    chat = session.get_one(Chat, push.chat_id)
    line, desk = desk_lines.find_answered_line(session, push), _reachable_desk(session, chat)
    if line is None or desk is None:
        log.error("push.nobody_to_tell", chat=chat.code)
        return False
    return _tell_desk(
        session, desk, say.unreached_line(line.number), key=f"unreached:{line.number}", env=env, now=now
    )


def _ended_it(session: Session, case: Case) -> bool:
    """Whether the last thing that was done with the case was done by who reported it."""
    last = select(Event.actor_id).where(Event.case_id == case.id).order_by(Event.number.desc()).limit(1)
    return case.reporter_id is not None and session.scalar(last) == case.reporter_id


def alert_doubtful(session: Session, found: Sequence[Push], env: Environment, *, now: datetime) -> int:
    """Tell each desk which of these pushes nobody answered for; how many desks were told.

    What a desk itself was told of such pushes is not told of again: that would have no end.
    """
    by_desk: dict[int, dict[int, list[Push]]] = {}
    for push in found:
        if push.dedupe_key.startswith(_DOUBTFUL):
            continue
        chat = session.get_one(Chat, push.chat_id)
        desk = _reachable_desk(session, chat) or (chat if chat.use == ChatUse.DUTY else None)
        if desk is None:
            log.error("push.nobody_to_tell", chat=chat.code)
        else:
            by_desk.setdefault(desk.id, {}).setdefault(chat.id, []).append(push)
    for desk_id, by_chat in by_desk.items():
        lines = [
            (_display_name(session, session.get_one(Chat, chat_id)), len(some), _case_numbers(session, some))
            for chat_id, some in by_chat.items()
        ]
        newest = max(push.id for some in by_chat.values() for push in some)
        _tell_desk(
            session, session.get_one(Chat, desk_id), say.doubtful_pushes(lines),
            key=f"{_DOUBTFUL}{desk_id}:{newest}", env=env, now=now,
        )  # fmt: skip
    return len(by_desk)


def alert_held_route(session: Session, channel: str, env: Environment, *, now: datetime) -> bool:
    """Tell the top desk that the platform refuses this channel's credentials, once a day. Whether it was."""
    desk = next((desk for desk in unit_chats.duty_chats(session, None) if desk.gone_at is None), None)
    key = f"held:{channel}:{env.local(now):%Y-%m-%d}"
    if desk is None:
        log.error("route.nobody_to_tell", channel=channel)
        return False
    return _tell_desk(session, desk, say.held_route(channel), key=key, env=env, now=now)


def _tell_desk(
    session: Session, desk: Chat, words: str, *, key: str, env: Environment, now: datetime
) -> bool:
    """Queue an alert, unless another process has queued it. Whether it was."""
    if pushes.find_queued(session, [key]):
        return False
    row = pushes.push_row(desk, TextPush(words), key=key, env=env, now=now, purpose=PushPurpose.ORDER)
    try:
        # Of two senders that tell the same at once, one does; what else each settles stands.
        with session.begin_nested():
            pushes.enqueue(session, row)
    except IntegrityError:
        log.info("push.told_elsewhere", key=key)
        return False
    return True


def _case_numbers(session: Session, found: Sequence[Push]) -> list[str]:
    ids = {push.case_id for push in found if push.case_id is not None}
    return list(session.scalars(select(Case.number).where(Case.id.in_(ids)).order_by(Case.id)))


def _reachable_desk(session: Session, chat: Chat) -> Chat | None:
    """The nearest chat of a duty desk that still exists and is not the chat itself; None: there is none."""
    others = session.scalars(select(Chat).where(Chat.use == ChatUse.DUTY).order_by(Chat.id))
    desks = [*unit_chats.duty_chats(session, chat.unit_id), *others]
    return next((desk for desk in desks if desk.id != chat.id and desk.gone_at is None), None)


def _display_name(session: Session, chat: Chat) -> str:
    """The group's name; of a direct conversation only the unit, since the alert is read in a group."""
    if chat.use == ChatUse.DIRECT:
        unit = session.get(Unit, chat.unit_id) if chat.unit_id else None
        return f"{unit.display_name if unit else ''}一位人员的私聊"
    return f"「{chat.name or chat.code}」"
