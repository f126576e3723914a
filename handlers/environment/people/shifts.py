"""Who is on duty in a unit on a day, and how a day goes from one to another (requirements C15, C22).

At a desk its duty officers take turns; in a unit without any, its staff do.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, select
from sqlalchemy.orm import Session

from handlers.environment.people import doors, staffing
from handlers.environment.people.posts import holds_post_above
from handlers.environment.session_cache import cached_in_session, clear_cache
from handlers.environment.units import split_path
from handlers.errors import NotAllowed, NotFound, WrongState
from handlers.wording import duty as say
from models.organisation import DESK, DUTY_OFFICERS, NON_HANDLERS, Person, Role, Unit, has_post
from models.staffing import IS_WAITING_SWAP, DutyShift, ShiftSwap

# The roster --------------------------------------------------------------------------------------


def list_shifts(session: Session, unit: Unit, first: date, last: date) -> Sequence[tuple[DutyShift, Person]]:
    """The duty roster of a unit between two local days, both included."""
    query = (
        select(DutyShift, Person)
        .join(Person, Person.id == DutyShift.person_id)
        .where(DutyShift.unit_id == unit.id, DutyShift.day.between(first, last))
        .order_by(DutyShift.day, DutyShift.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def list_on_duty(session: Session, unit_id: int, day: date) -> Sequence[str]:
    """Codes of whoever the roster of a unit has on a local day; nobody, where none was made for it."""

    asked = {"unit_id": unit_id, "day": day}
    return cached_in_session(
        session, ("on duty", unit_id, day), lambda: session.scalars(_select_on_duty(), asked).all()
    )


@cache
def _select_on_duty() -> Select[str]:
    """Who works, and has the shift of `unit_id` on `day`."""
    shift = DutyShift.unit_id == bindparam("unit_id"), DutyShift.day == bindparam("day")
    on = select(Person.code).join(DutyShift, DutyShift.person_id == Person.id)
    return on.where(*shift, has_post(_works)).order_by(DutyShift.id)


def list_called(session: Session, unit: Unit, day: date, *, at_desk: bool) -> Sequence[str]:
    """Codes of who is called in a unit on a local day: who is on its roster.

    Without one: at a desk all its duty officers, in other groups its lead and deputy.
    """
    if on := list_on_duty(session, unit.id, day):
        return on
    if not at_desk:
        return [code for code in (unit.lead, unit.deputy) if code]
    return cached_in_session(session, ("desk", unit.id), lambda: _load_desk(session, unit))


def _load_desk(session: Session, unit: Unit) -> Sequence[str]:
    on_desk = has_post(lambda role, unit_id: and_(role == Role.DUTY, unit_id == unit.id))
    return session.scalars(select(Person.code).where(on_desk).order_by(Person.id)).all()


def list_next_called(session: Session, unit: Unit, day: date) -> Sequence[str]:
    """Codes of who in a unit is called one after the other where those of `list_called` give no sign."""
    first = list_called(session, unit, day, at_desk=False)
    staff = [person.code for person in list_takers(session, unit)]
    heads = [code for code in (unit.lead, unit.deputy) if code]
    rung = set(staffing.replace_absent(session, first, day))
    return [code for code in staffing.list_present(session, [*heads, *staff], day) if code not in rung]


def is_anybody_present(session: Session, unit: Unit, day: date) -> bool:
    """Whether somebody of a unit can be called on a local day: on duty, lead or deputy, or in their place.

    Whoever has left the office is nobody.
    """
    codes = staffing.list_present(session, list_called(session, unit, day, at_desk=False), day)

    def load() -> bool:
        return session.scalar(_select_working(), {"codes": codes}) is not None

    return bool(codes) and cached_in_session(session, ("present", tuple(codes)), load)


@cache
def _select_working() -> Select[int]:
    """One of these `codes` who works."""
    of_them = Person.code.in_(bindparam("codes", expanding=True))
    return select(Person.id).where(of_them, has_post(_works)).limit(1)


def list_takers(session: Session, unit: Unit) -> Sequence[Person]:
    """Who can be on duty in a unit: its duty officers; where it has none, its staff."""
    of_it = has_post(lambda role, unit_id: and_(_works(role, unit_id), unit_id == unit.id))
    everybody = session.scalars(select(Person).where(of_it).order_by(Person.id)).all()
    officers = (
        person
        for person in everybody
        if any(one.unit_id == unit.id and one.role in DUTY_OFFICERS for one in person.in_each_post)
    )
    return list(officers) or everybody


def _works(role: Any, _unit_id: object) -> ColumnElement[bool]:
    found: ColumnElement[bool] = role.not_in(NON_HANDLERS)
    return found


def find_rostered(session: Session, unit_id: int | None, day: date) -> Unit | None:
    """The unit of this id or the nearest above it that has a roster for this local day or later, else the
    nearest with duty officers. None: there is none.
    """
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    codes = split_path(unit.path) if unit is not None else []
    above = session.scalars(select(Unit).where(Unit.code.in_(codes)).order_by(Unit.path.desc())).all()
    planned = select(DutyShift.unit_id).where(DutyShift.day >= day)
    manned = select(Unit.id).join(
        Person, has_post(lambda role, unit_id: and_(role == Role.DUTY, unit_id == Unit.id))
    )
    for wanted in (planned, manned):
        ids = set(session.scalars(wanted.where(wanted.selected_columns[0].in_([each.id for each in above]))))
        if (found := next((each for each in above if each.id in ids), None)) is not None:
            return found
    return None


def may_set_roster(session: Session, author: Person, unit: Unit) -> bool:
    """Whether the author makes the roster of a unit: a desk above it, its own lead or deputy."""
    heads = not author.is_outside and author.code in (unit.lead, unit.deputy)
    return heads or holds_post_above(session, author, DESK, unit)


def set_shift(
    session: Session, unit: Unit, day: date, people: Iterable[Person], author: Person, *, now: datetime
) -> None:
    """Set who is on duty in a unit on a local day; nobody named: as if no roster had been made for it.

    Swaps of that day that wait are over. Raises NotAllowed as `may_set_roster`, and for who is not of it.
    """
    if not may_set_roster(session, author, unit):
        raise NotAllowed(say.may_not_set_roster())
    wanted, able = list(people), {person.id for person in list_takers(session, unit)}
    for person in wanted:
        if person.id not in able:
            raise NotAllowed(say.not_of_roster(person.name, unit.display_name))
    session.execute(delete(DutyShift).where(DutyShift.unit_id == unit.id, DutyShift.day == day))
    for swap in session.scalars(_select_waiting().where(ShiftSwap.unit_id == unit.id, ShiftSwap.day == day)):
        swap.decided_at, swap.agreed = now, False
    session.add_all(
        DutyShift(unit_id=unit.id, day=day, person_id=person.id, made_by=author.id, made_at=now)
        for person in wanted
    )
    session.flush()
    clear_cache(session)


# Swaps -------------------------------------------------------------------------------------------


def ask_swap(
    session: Session, unit: Unit, day: date, person: Person, asked: Person, *, today: date, now: datetime
) -> ShiftSwap:
    """Ask somebody to take a day of this person's in a unit's roster; nothing changes until they agree.

    Raises NotFound where the day is not theirs, NotAllowed for who cannot take it, WrongState for a day that
    is over or asked for already, and where whoever is asked is on duty then or away.
    """
    if day < today:
        raise WrongState(say.day_over(day))
    shift = _find_shift(session, unit.id, day, person.id)
    if shift is None:
        raise NotFound(say.not_on_duty(day))
    if asked.id not in {one.id for one in list_takers(session, unit)} or doors.is_same(
        session, person, asked.id
    ):
        raise NotAllowed(say.not_of_roster(asked.name, unit.display_name))
    if _find_shift(session, unit.id, day, asked.id) is not None:
        raise WrongState(say.on_duty_already(asked.name, day))
    if staffing.replace_absent(session, [asked.code], day) != [asked.code]:
        raise WrongState(say.away_then(asked.name, day))
    mine = ShiftSwap.unit_id == unit.id, ShiftSwap.day == day, ShiftSwap.person_id == person.id
    if session.scalar(_select_waiting().where(*mine)) is not None:
        raise WrongState(say.swap_waits(day))
    swap = ShiftSwap(unit_id=unit.id, day=day, person_id=person.id, asked_id=asked.id, made_at=now)
    session.add(swap)
    session.flush()
    return swap


def list_swaps(session: Session, person: Person, today: date) -> Sequence[ShiftSwap]:
    """Swaps that wait and concern this person, whichever side they are on; the nearest day first."""
    sides = doors.is_one_of(person, ShiftSwap.asked_id) | doors.is_one_of(person, ShiftSwap.person_id)
    query = _select_waiting().where(sides, ShiftSwap.day >= today)
    return session.scalars(query.order_by(ShiftSwap.day, ShiftSwap.id)).all()


def decide_swap(session: Session, swap_id: int, person: Person, *, agreed: bool, now: datetime) -> ShiftSwap:
    """Agree to a swap or not: whoever was asked; whoever asked can take it back, and never agrees.

    Raises NotFound for none of theirs that waits, NotAllowed, WrongState where the day has changed hands.
    """
    swap = session.scalar(_select_waiting().where(ShiftSwap.id == swap_id).with_for_update())
    is_asker = swap is not None and doors.is_same(session, person, swap.person_id)
    if swap is None or not (is_asker or doors.is_same(session, person, swap.asked_id)):
        raise NotFound(say.no_such_swap())
    if agreed and is_asker:
        raise NotAllowed(say.own_swap())
    if agreed:
        shift = _find_shift(session, swap.unit_id, swap.day, swap.person_id)
        if shift is None or _find_shift(session, swap.unit_id, swap.day, swap.asked_id) is not None:
            raise WrongState(say.roster_changed(swap.day))
        shift.person_id, shift.made_by, shift.made_at = swap.asked_id, person.id, now
    swap.decided_at, swap.agreed = now, agreed
    session.flush()
    clear_cache(session)
    return swap


def _select_waiting() -> Select[ShiftSwap]:
    return select(ShiftSwap).where(IS_WAITING_SWAP)


def _find_shift(session: Session, unit_id: int, day: date, person_id: int) -> DutyShift | None:
    of_day = DutyShift.unit_id == unit_id, DutyShift.day == day, DutyShift.person_id == person_id
    return session.scalar(select(DutyShift).where(*of_day))
