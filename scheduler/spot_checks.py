"""Spot checks each night; who is to call hears so in private, when people are awake, until it is done."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from handlers.cases.calls import spot_checks
from handlers.environment import unit_chats
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes, recipients
from handlers.wording import spot_checks as say
from models.cases import Case
from models.messages import TextPush
from models.organisation import Chat, Person
from models.pushes import PushPurpose


def run_spot_checks(session: Session, env: Environment, *, now: datetime) -> int:
    """Draw what is called back of the days that are over, and tell the callers; how many pushes."""
    spot_checks.draw_past_days(session, env, now=now)
    spot_checks.name_callers(session, env, now=now)
    session.flush()
    return _remind_callers(session, env, now=now)


def _remind_callers(session: Session, env: Environment, *, now: datetime) -> int:
    """Tell each caller what to call; how many pushes were queued, one a day for each chat at most."""
    by_caller: dict[int | None, list[Case]] = defaultdict(list)
    for check, case in spot_checks.list_open(session):
        by_caller[check.caller_id].append(case)
    told = 0
    for caller_id, cases in by_caller.items():
        caller = session.get(Person, caller_id) if caller_id is not None else None
        door = doors.find_own_door(session, caller) if caller is not None else None
        if door is not None:
            told += _tell(session, env, door, say.task(_describe(env, cases)), now=now)
            continue
        for chat, some in _group_by_desk(session, env, cases):
            listed = _describe(env, some)
            words = say.task(listed, caller.name) if caller is not None else say.nobody_to_call(listed)
            told += _tell(session, env, chat, words, now=now, whom=f":{caller_id or ''}")
    return told


def _describe(env: Environment, cases: Sequence[Case]) -> list[tuple[str, str]]:
    return [(case.number, env.class_info(case.class_id).name) for case in cases]


def _group_by_desk(
    session: Session, env: Environment, cases: Sequence[Case]
) -> list[tuple[Chat, Sequence[Case]]]:
    """The duty groups of the cases; of restricted ones their readers, in private."""
    found: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        chats = (
            recipients.reader_chats(session, case, env)
            if case.restricted
            else unit_chats.duty_chats(session, case.area_id)
        )
        for chat in chats:
            found[chat.id].append(case)
    return [(session.get_one(Chat, chat_id), some) for chat_id, some in found.items()]


def _tell(
    session: Session, env: Environment, chat: Chat, words: str, *, now: datetime, whom: str = ""
) -> int:
    key = f"nightly:spot:{env.local(now).date().isoformat()}:{chat.id}{whom}"
    if pushes.find_queued(session, [key]):
        return 0
    row = pushes.push_row(chat, TextPush(words), key=key, env=env, now=now, purpose=PushPurpose.ORDER)
    awake = pushes.end_of_quiet(env.quiet_hours, env, now=now) if env.quiet_hours is not None else now
    pushes.enqueue(session, {**row, "not_before": max(row["not_before"], awake)})
    return 1
