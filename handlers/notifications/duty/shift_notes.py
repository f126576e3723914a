"""Duty changes hands: what is open is told to who comes on, swaps to both, a substitute what they take over.

Whoever claims a row says it, or the key of its push is known: any number of processes may look.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from handlers.cases.lists import personal
from handlers.cases.queries import Asker
from handlers.cases.views import view_for
from handlers.environment import unit_chats
from handlers.environment.people import doors, shifts, staffing
from handlers.environment.people.staffing import RunningAbsence
from handlers.environment.snapshot import Environment
from handlers.notifications import desk_lines, pushes, recipients
from handlers.wording import duty as say
from handlers.wording import talk
from models.cases import IS_OPEN, Case
from models.messages import TextPush
from models.organisation import Chat, Person, Unit
from models.pushes import PushPurpose
from models.staffing import Absence, DutyShift, ShiftSwap

_DAY = timedelta(days=1)
_MOST_TASKS = 50


def announce_changes(session: Session, env: Environment, *, now: datetime) -> int:
    """Hand over where others are on duty today, and say who stands in from today; how many pushes."""
    today = env.local(now).date()
    rows = [
        *_hand_over_shifts(session, env, today, now=now),
        *_announce_substitutes(session, env, today, now=now),
        *_end_substitutes(session, env, today, now=now),
    ]
    pushes.enqueue(session, *rows)
    return len(rows)


# Hand-over ---------------------------------------------------------------------------------------


def _hand_over_shifts(session: Session, env: Environment, today: date, *, now: datetime) -> list[pushes.Row]:
    planned = select(DutyShift.unit_id).where(DutyShift.day == today).distinct()
    units = session.scalars(select(Unit).where(Unit.id.in_(planned)).order_by(Unit.id)).all()
    found: list[pushes.Row] = []
    for unit in units:
        before, after = (
            staffing.replace_absent(session, shifts.list_on_duty(session, unit.id, day), day)
            for day in (today - _DAY, today)
        )
        for chat in unit_chats.list_own_groups(session, unit) if set(before) != set(after) else ():
            key = f"shift:{chat.id}:{today.isoformat()}:{'+'.join(after)}"
            if not pushes.find_queued(session, [key]):
                words = _write_hand_over(session, chat, before, after, env, today, now=now)
                body = TextPush(words, recipients.find_accounts(session, after))
                found.append(
                    pushes.push_row(chat, body, key=key, env=env, now=now, purpose=PushPurpose.ORDER)
                )
    return found


def _write_hand_over(
    session: Session,
    chat: Chat,
    before: Sequence[str],
    after: Sequence[str],
    env: Environment,
    today: date,
    *,
    now: datetime,
) -> str:
    """Who goes, who comes, and what waits: as the first of those who come may read it in this group."""
    people = {
        each.code: each for each in session.scalars(select(Person).where(Person.code.in_((*before, *after))))
    }
    names = [[people[code].name or code for code in codes if code in people] for codes in (before, after)]
    head = say.hand_over(today, *names)
    first = next((people[code] for code in after if code in people), None)
    if first is None:
        return head
    asker = Asker(first, restricted_to=env.restricted_to, chat=chat)
    waiting = personal.list_waiting(session, asker, page=1, size=talk.A_PAGE)
    overdue = personal.list_overdue(session, asker, now=now, page=1, size=1)
    lines = desk_lines.list_waiting_lines(session, first, limit=1)[1]
    views = [view_for(session, asker, case, env, now=now) for case in waiting.cases]
    listed = talk.listing(
        say.open_title(), views, total=waiting.total, page=1, more="/待办 2", is_longer=waiting.is_longer
    )
    also = say.also_open(overdue.total, lines, is_longer=overdue.is_longer)
    return "\n".join(part for part in (head, listed if views else say.nothing_open(), also) if part)


# Swaps -------------------------------------------------------------------------------------------


def notify_swap(
    session: Session, swap: ShiftSwap, author: Person, env: Environment, *, now: datetime
) -> None:
    """Say in the unit's group and to both alone what is asked, or what came of it."""
    unit = session.get_one(Unit, swap.unit_id)
    person, asked = (session.get_one(Person, one) for one in (swap.person_id, swap.asked_id))
    if swap.decided_at is None:
        words, to = say.swap_request(person.name, asked.name, swap.day, unit.display_name), asked
    else:
        is_taken_back = doors.is_same(session, author, swap.person_id)
        words = say.swap_outcome(
            person.name, asked.name, swap.day, agreed=bool(swap.agreed), is_taken_back=is_taken_back
        )
        to = asked if is_taken_back else person
    body = TextPush(words, recipients.find_accounts(session, [to.code]))
    for chat in _find_places(session, unit, [to]):
        key = f"swap:{swap.id}:{swap.agreed}:{chat.id}"
        row = pushes.push_row(chat, body, key=key, env=env, now=now, purpose=PushPurpose.ORDER)
        pushes.enqueue(session, row)


# Who stands in -----------------------------------------------------------------------------------


def _announce_substitutes(
    session: Session, env: Environment, today: date, *, now: datetime
) -> list[pushes.Row]:
    found: list[pushes.Row] = []
    for each in staffing.list_running(session, today):
        if each.fits and _claim(session, each.id, Absence.announced_at, now):
            absence = session.get_one(Absence, each.id)
            words = say.stand_in(
                each.person.name,
                each.substitute.name,
                absence.first,
                absence.last,
                _list_tasks(session, each),
            )
            found += _build_rows(session, absence, "begins", words, [each.substitute], env, now=now)
    return found


def _end_substitutes(session: Session, env: Environment, today: date, *, now: datetime) -> list[pushes.Row]:
    over = or_(Absence.last < today, Absence.ended_at.is_not(None))
    told = Absence.announced_at.is_not(None), Absence.return_told_at.is_(None)
    found: list[pushes.Row] = []
    for absence in session.scalars(select(Absence).where(over, *told).order_by(Absence.id)).all():
        if _claim(session, absence.id, Absence.return_told_at, now):
            person, substitute = (
                session.get_one(Person, one) for one in (absence.person_id, absence.substitute_id)
            )
            words = say.stand_in_over(person.name, substitute.name)
            found += _build_rows(session, absence, "ends", words, [substitute, person], env, now=now)
    return found


def _claim(
    session: Session, absence_id: int, column: InstrumentedAttribute[datetime | None], now: datetime
) -> bool:
    """Whether this process is the one to say it: the column was empty, and is not any more."""
    mine = update(Absence).where(Absence.id == absence_id, column.is_(None))
    stored = session.execute(mine.values({column: now}).returning(Absence.id))
    return stored.scalar() is not None


def _list_tasks(session: Session, absence: RunningAbsence) -> list[str]:
    """Numbers of what the person signed for and that is open; of what is restricted nobody else hears."""
    mine = Case.handler_id == absence.person.id, IS_OPEN, Case.restricted.is_(False)
    return list(session.scalars(select(Case.number).where(*mine).order_by(Case.id).limit(_MOST_TASKS)))


def _build_rows(
    session: Session,
    absence: Absence,
    step: str,
    words: str,
    people: Sequence[Person],
    env: Environment,
    *,
    now: datetime,
) -> list[pushes.Row]:
    """Say it in the unit's own groups, where the substitute is mentioned, and alone to these people."""
    person = session.get_one(Person, absence.person_id)
    unit = session.get(Unit, person.unit_id) if person.unit_id is not None else None
    body = TextPush(words, recipients.find_accounts(session, [people[0].code]))
    return [
        pushes.push_row(
            chat, body, key=f"absence:{absence.id}:{step}:{chat.id}", env=env, now=now,
            purpose=PushPurpose.ORDER,
        )
        for chat in _find_places(session, unit, people)
    ]  # fmt: skip


def _find_places(session: Session, unit: Unit | None, people: Sequence[Person]) -> list[Chat]:
    """The unit's own work groups, and the conversations with these people."""
    groups = unit_chats.list_own_groups(session, unit) if unit is not None else []
    alone = (doors.find_own_door(session, person) for person in people)
    return list({chat.id: chat for chat in (*groups, *alone) if chat is not None}.values())
