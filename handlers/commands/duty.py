"""/值班 and /换班: who is on duty, who is to be, and a day that goes from one to another when both say so."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.people import doors, shifts
from handlers.errors import Ambiguous, MissingNeed, NotAllowed, NotFound
from handlers.notifications.duty import shift_notes
from handlers.wording import duty as say
from models.organisation import OUTSIDERS, ChatUse, Person, Unit
from models.staffing import ShiftSwap
from models.written_times import find_times

_DAYS = 7
_SHORT_DAY = re.compile(r"(?<!\d)(?:(\d{4})-)?(\d{1,2})-(\d{1,2})(?!\d)")
_WORK_GROUPS = frozenset({ChatUse.DUTY, ChatUse.HANDLING, ChatUse.DIRECT})


def keep_roster(inbound: InboundMessage, command: Command) -> str:
    """`/值班`: the roster of a week; `/值班 12-02 张三`: who is on duty that day. A slug. Raises Refused."""
    unit = _find_unit(inbound)
    today = inbound.env.local(inbound.now).date()
    if not command.tail:
        inbound.reply(say.roster(unit.display_name, _list_days(inbound.session, unit, today)))
        return "duty.roster"
    day, names = _read_day(inbound, command.tail)
    if day < today:
        raise NotAllowed(say.day_over(day))
    if not names:
        raise MissingNeed(say.which_day())
    people = [] if names == [say.NOBODY] else [_find_taker(inbound.session, unit, name) for name in names]
    shifts.set_shift(inbound.session, unit, day, people, inbound.person, now=inbound.now)
    inbound.reply(say.roster_set(unit.display_name, day, [person.name for person in people]))
    return "duty.set"


def swap_duty(inbound: InboundMessage, command: Command) -> str:
    """`/换班 12-02 李四` asks, `/换班 同意` and `/换班 不同意` answer. Returns a slug. Raises Refused."""
    word, _, rest = command.tail.partition(" ")
    if word in (say.AGREE, say.DISAGREE):
        return _decide(inbound, rest, agreed=word == say.AGREE)
    unit = _find_unit(inbound)
    day, names = _read_day(inbound, command.tail)
    if len(names) != 1:
        raise MissingNeed(say.which_day())
    asked = _find_taker(inbound.session, unit, names[0])
    today = inbound.env.local(inbound.now).date()
    swap = shifts.ask_swap(inbound.session, unit, day, inbound.person, asked, today=today, now=inbound.now)
    inbound.reply(say.swap_receipt(asked.name, day))
    shift_notes.notify_swap(inbound.session, swap, inbound.person, inbound.env, now=inbound.now)
    return "duty.swap_asked"


def _decide(inbound: InboundMessage, rest: str, *, agreed: bool) -> str:
    today = inbound.env.local(inbound.now).date()
    swaps = shifts.list_swaps(inbound.session, inbound.person, today)
    if agreed:
        # Of one's own, if there is no other, the refusal says who has to agree.
        swaps = [swap for swap in swaps if not _is_own(inbound, swap)] or swaps
    if rest:
        day, _ = _read_day(inbound, rest)
        swaps = [swap for swap in swaps if swap.day == day]
    if not swaps:
        raise NotFound(say.no_such_swap())
    if len(swaps) > 1:
        raise Ambiguous(say.which_swap([swap.day for swap in swaps]))
    swap = shifts.decide_swap(inbound.session, swaps[0].id, inbound.person, agreed=agreed, now=inbound.now)
    shift_notes.notify_swap(inbound.session, swap, inbound.person, inbound.env, now=inbound.now)
    return "duty.swapped" if agreed else "duty.swap_refused"


def _is_own(inbound: InboundMessage, swap: ShiftSwap) -> bool:
    return doors.is_same(inbound.session, inbound.person, swap.person_id)


def _find_unit(inbound: InboundMessage) -> Unit:
    """The unit whose roster is meant: the group's in a work group, else the sender's, or one above it."""
    person = inbound.person
    if person.role in OUTSIDERS or inbound.chat.use not in _WORK_GROUPS:
        raise NotAllowed(say.only_for_staff())
    own_id = person.unit_id if inbound.in_private else inbound.chat.unit_id
    own = inbound.session.get(Unit, own_id) if own_id is not None else None
    if own is not None and shifts.may_set_roster(inbound.session, person, own):
        return own
    unit = shifts.find_rostered(inbound.session, own_id, inbound.env.local(inbound.now).date())
    if unit is None:
        raise NotFound(say.no_roster())
    return unit


def _list_days(session: Session, unit: Unit, today: date) -> Sequence[tuple[date, Sequence[str]]]:
    rows = shifts.list_shifts(session, unit, today, today + timedelta(days=_DAYS - 1))
    days = [today + timedelta(days=n) for n in range(_DAYS)]
    return [(day, [person.name for shift, person in rows if shift.day == day]) for day in days]


def _read_day(inbound: InboundMessage, said: str) -> tuple[date, list[str]]:
    """The day that words begin with, and the names behind it. Raises MissingNeed."""
    word, _, rest = said.strip().partition(" ")
    names = rest.replace("、", " ").replace("，", " ").split()
    now = inbound.env.local(inbound.now)
    if (short := _SHORT_DAY.fullmatch(word)) is not None:
        return _build_day(short, now.date()), names
    day = next((time.day for time in find_times(word, now=now) if time.day is not None), None)
    if day is None:
        raise MissingNeed(say.which_day())
    return day, names


def _build_day(short: re.Match[str], today: date) -> date:
    """The day of `12-02`, this year or, long over in it, the next."""
    try:
        day = date(int(short[1] or today.year), int(short[2]), int(short[3]))
        is_next_year = short[1] is None and day < today - timedelta(days=180)
        return day.replace(year=day.year + 1) if is_next_year else day
    except ValueError as error:
        raise MissingNeed(say.which_day()) from error


def _find_taker(session: Session, unit: Unit, name: str) -> Person:
    """Who of those who can be on duty is called that, by name or code."""
    able = shifts.list_takers(session, unit)
    found = [person for person in able if name.lstrip("@") in (person.name, person.code)]
    if not found:
        raise NotFound(say.unknown_person(name, unit.display_name, [person.name for person in able]))
    if len(found) > 1:
        raise Ambiguous(say.several_people(name, unit.display_name))
    return found[0]
