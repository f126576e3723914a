"""The daily checks: cases nobody owns, units without anybody responsible, spot checks.

Each finding is reported once a day to the chat of the duty desk it concerns; the day is part of the
push's key, so any number of processes may look.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.acts import delivery
from handlers.cases.actors import PROGRAM
from handlers.cases.views import build_view, mask_case_words
from handlers.environment import unit_chats
from handlers.environment.people import shifts
from handlers.environment.snapshot import Environment
from handlers.environment.upkeep import completeness
from handlers.notifications import pushes, recipients
from handlers.wording import adoption
from handlers.wording import alerts as say
from handlers.wording.duty import nobody_present
from handlers.wording.markup import escape_words
from handlers.wording.subjects import matter
from models.cases import IS_OPEN, IS_UNANSWERED, Case
from models.clocks import IS_RUNNING, ClockRow
from models.messages import TextPush
from models.organisation import Chat, Unit
from models.pushes import PushPurpose
from models.suggestions import IS_AHEAD, Milestone
from models.workflow import Status
from scheduler import rechecks, spot_checks

log = structlog.get_logger()

_NIGHT = time(2, 0)
"""Local time after which yesterday is looked over."""
_MORNING = time(8, 30)
"""Local time from which units are reminded of what is no hurry."""
_AHEAD, _EVERY = 7, 30
"""Days before its day a milestone is reminded of, and after it again and again."""


def run_checks(session: Session, env: Environment, *, now: datetime) -> int:
    """Check once a local day, after `_NIGHT`; returns how many pushes with findings were queued.

    Findings on restricted cases go to the direct conversations of their readers.
    """
    local = env.local(now)
    if local.time() < _NIGHT:
        return 0
    day = local.date().isoformat()
    told = 0
    for title, cases in (
        ("orphans", find_orphans(session)),
        ("unanswered", _answer_late(session, env, now=now)),
    ):
        for chat_id, found in _group_by_duty_chat(session, env, cases).items():
            key = f"nightly:{title}:{day}:{chat_id}"
            if not pushes.find_queued(session, [key]):
                words = TextPush(say.FINDINGS[title]([case.number for case in found]))
                desk = session.get_one(Chat, chat_id)
                pushes.enqueue(session, pushes.push_row(desk, words, key=key, env=env, now=now))
                told += 1
    told += spot_checks.run_spot_checks(session, env, now=now)
    if local.time() >= _MORNING:
        told += remind_of_milestones(session, env, now=now)
        told += rechecks.remind(session, env, now=now)
    return told + _report_unstaffed_units(session, env, day, now=now)


def remind_of_milestones(session: Session, env: Environment, *, now: datetime) -> int:
    """Remind units of the milestones of suggestions: a week before, on the day, and each month after it.

    Nothing of it is late: suggestions take their time (requirements A17, C25). How many pushes.
    """
    today = env.local(now).date()
    near = select(Milestone, Case).join(Case, Case.id == Milestone.case_id)
    found = session.execute(
        near.where(
            IS_AHEAD, Case.adoption.is_not(None), Milestone.due <= today + timedelta(days=_AHEAD)
        ).limit(500)
    )
    told = 0
    for milestone, case in found:
        left = (milestone.due - today).days
        stage = "week" if left > 0 else f"day{-left // _EVERY}"
        chats = unit_chats.handling_chats(session, milestone.unit_id)
        for chat in chats or unit_chats.duty_chats(session, case.area_id):
            key = f"milestone:{milestone.id}:{stage}:{chat.id}"
            if case.restricted or pushes.find_queued(session, [key]):
                continue
            view = build_view(session, case, env, now=now)
            text = escape_words(mask_case_words(session, case, milestone.text, env))
            words = TextPush(adoption.reminder(case.number, matter(view), text, milestone.due, today=today))
            row = pushes.push_row(
                chat, words, key=key, env=env, now=now, purpose=PushPurpose.REMINDER, case=case
            )
            pushes.enqueue(session, row)
            told += 1
    return told


def find_orphans(session: Session) -> list[Case]:
    """Open cases without a running clock, or with a unit by their state and none by name; at most 500.

    Source: 「件件有着落」, requirements B11.
    """
    running = exists().where(ClockRow.case_id == Case.id, IS_RUNNING)
    with_unit = Case.status.in_((Status.DISPATCHED, Status.IN_PROGRESS))
    found = session.scalars(
        select(Case)
        .where(IS_OPEN, or_(~running, and_(with_unit, Case.unit_id.is_(None))))
        .order_by(Case.id)
        .limit(500)
    )
    return list(found)


def find_unanswered(session: Session) -> list[Case]:
    """Cases whose result is there and whose reporter was not told it; at most 500, the oldest first."""
    return list(session.scalars(select(Case).where(IS_UNANSWERED).order_by(Case.id).limit(500)))


def _answer_late(session: Session, env: Environment, *, now: datetime) -> list[Case]:
    """Tell the result where a conversation with the reporter was opened since; who is left unanswered."""
    waiting = find_unanswered(session)
    return [case for case in waiting if not delivery.send_late_result(session, case, env, now=now)]


def _group_by_duty_chat(session: Session, env: Environment, cases: Sequence[Case]) -> dict[int, list[Case]]:
    desks: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        private = recipients.reader_chats(session, case, env) if case.restricted else None
        for chat in unit_chats.duty_chats(session, case.area_id) if private is None else private:
            desks[chat.id].append(case)
    return desks


def _report_unstaffed_units(session: Session, env: Environment, day: str, *, now: datetime) -> int:
    """Report units that have open cases and nobody responsible (requirements D04), or nobody present today.

    Whoever left the office is responsible for nothing. Returns how many pushes were queued.
    """
    of_open = select(Unit).where(exists().where(IS_OPEN, Case.unit_id == Unit.id))
    led = set(session.scalars(select(Unit.id).where(completeness.is_led())))
    today = env.local(now).date()
    told = 0
    for unit in session.scalars(of_open.order_by(Unit.id)).all():
        if unit.id not in led:
            told += _report_unit(session, unit, "nobody", say.nobody_responsible, env, day, now=now)
        elif not shifts.is_anybody_present(session, unit, today):
            told += _report_unit(session, unit, "absent", nobody_present, env, day, now=now)
    return told


def _report_unit(
    session: Session,
    unit: Unit,
    what: str,
    write: Callable[[str], str],
    env: Environment,
    day: str,
    *,
    now: datetime,
) -> int:
    told = 0
    for chat in unit_chats.duty_chats(session, unit.id):
        key = f"nightly:{what}:{unit.code}:{day}:{chat.id}"
        if not pushes.find_queued(session, [key]):
            words = TextPush(write(unit.display_name))
            pushes.enqueue(session, pushes.push_row(chat, words, key=key, env=env, now=now))
            told += 1
    return told


def resume_due(session: Session, env: Environment, *, now: datetime) -> int:
    """Resume suspended cases whose date has come (peers §4, theme 2); returns how many, at most 200."""
    due = session.scalars(
        select(Case)
        .where(Case.status == Status.SUSPENDED, Case.resume_at <= now)
        .order_by(Case.id)
        .limit(200)
        .with_for_update(skip_locked=True)
    )
    cases = list(due)
    for case in cases:
        origin = f"resume:{case.version}"
        acts.perform(session, "resume", case, PROGRAM, env=env, now=now, origin=origin)
    return len(cases)
