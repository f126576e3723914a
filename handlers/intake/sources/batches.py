"""Many cases that came from another office at once: one message to each desk and unit, dangers apart."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from handlers.cases.views import build_view
from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.intake.case_opening import BatchCase
from handlers.notifications import pushes, recipients
from handlers.wording import sources as say
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.messages import TextPush
from models.organisation import Chat
from models.pushes import PushPurpose


def send_digests(
    session: Session, opened: Sequence[BatchCase], source: str, env: Environment, *, now: datetime
) -> int:
    """Tell each desk and each unit of what it got in one message; how many were queued.

    What was announced by itself, a danger or a restricted case, stands in none.
    """
    listed = [one for one in opened if one.is_listed]
    if not listed:
        return 0
    views = {one.case.id: build_view(session, one.case, env, now=now) for one in listed}
    batch, rows = listed[0].case.number, []
    for chat, ones in _group_by_desk(session, listed):
        rows.append(
            _push(session, chat, _word_desk(ones, source, views), f"batch:{batch}:desk", env, now=now)
        )
    for chat, cases in _group_by_unit(session, listed):
        words = say.unit_digest(source, [views[case.id] for case in cases])
        rows.append(_push(session, chat, words, f"batch:{batch}:unit", env, now=now))
    pushes.enqueue(session, *rows)
    return len(rows)


def _push(
    session: Session, chat: Chat, words: str, key: str, env: Environment, *, now: datetime
) -> pushes.Row:
    body = TextPush(words, recipients.mentions_for(session, chat, env, now=now))
    return pushes.push_row(chat, body, key=f"{key}:{chat.id}", env=env, now=now, purpose=PushPurpose.ORDER)


def _word_desk(ones: Sequence[BatchCase], source: str, views: Mapping[int, CaseView]) -> str:
    late = sum(view.due is not None and view.due <= view.now for view in (views[one.case.id] for one in ones))
    waiting = [views[one.case.id] for one in ones if one.case.unit_id is None]
    doubles = [say.double(one.case.number, one.maybe.number) for one in ones if one.maybe is not None]
    return say.desk_digest(source, len(ones), late, waiting, doubles)


def _group_by_desk(
    session: Session, listed: Sequence[BatchCase]
) -> Sequence[tuple[Chat, Sequence[BatchCase]]]:
    found: dict[int, tuple[Chat, list[BatchCase]]] = {}
    for one in listed:
        for chat in unit_chats.duty_chats(session, one.case.area_id):
            found.setdefault(chat.id, (chat, []))[1].append(one)
    return list(found.values())


def _group_by_unit(session: Session, listed: Sequence[BatchCase]) -> Sequence[tuple[Chat, Sequence[Case]]]:
    of_units: dict[int, list[Case]] = defaultdict(list)
    for one in listed:
        if one.case.unit_id is not None:
            of_units[one.case.unit_id].append(one.case)
    return [
        (chat, cases)
        for unit_id, cases in of_units.items()
        for chat in unit_chats.handling_chats(session, unit_id)
    ]
