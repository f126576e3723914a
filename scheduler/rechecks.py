"""Reminders of the results that are to be looked at again (requirements C24)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.views import build_view
from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes
from handlers.wording import rechecks as say
from models.cases import Case
from models.database import keep_from_indexes
from models.messages import TextPush
from models.pushes import PushPurpose
from models.workflow import Status

_MOST = 500
_EVERY = 7
"""Days after which whoever has not looked is reminded again."""
_RESULT_THERE = (Status.SUBMITTED, Status.CALLBACK, Status.CLOSED)


def remind(session: Session, env: Environment, *, now: datetime) -> int:
    """Remind unit and desk of each result that is due to be looked at; returns how many pushes that were.

    Of a restricted one nobody is reminded: it is told to no group.
    """
    due = select(Case).where(
        Case.recheck_at <= now, keep_from_indexes(Case.status.in_(_RESULT_THERE)), Case.restricted.is_(False)
    )
    told = 0
    for case in session.scalars(due.order_by(Case.recheck_at, Case.id).limit(_MOST)):
        if case.recheck_at is None:
            continue
        week = (now - case.recheck_at).days // _EVERY
        words = TextPush(say.reminder(build_view(session, case, env, now=now)))
        chats = [
            *unit_chats.handling_chats(session, case.unit_id), *unit_chats.duty_chats(session, case.area_id)
        ]  # fmt: skip
        for chat in {chat.id: chat for chat in chats}.values():
            key = f"recheck:{case.id}:{case.recheck_at:%Y%m%d}:{week}:{chat.id}"
            if pushes.find_queued(session, [key]):
                continue
            row = pushes.push_row(
                chat, words, key=key, env=env, now=now, purpose=PushPurpose.REMINDER, case=case
            )
            pushes.enqueue(session, row)
            told += 1
    return told
