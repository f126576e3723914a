"""Who is away and who is mentioned in their place; who sits at a desk today.

A substitute works in the same unit or one above it (requirements D04). Being mentioned in somebody's place
gives nobody a right: each acts and reads by what the roster says of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.environment.session_cache import cached_in_session, clear_cache
from handlers.environment.units import covers, split_path
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.wording import upkeep as say
from models.organisation import DESK, DUTY_OFFICERS, OUTSIDERS, OVERSEERS, Person, Role, Unit
from models.staffing import Absence, DutyShift

STAFF = frozenset(Role) - OUTSIDERS
LONGEST = timedelta(days=366)
"""No absence is longer: whoever is away for years is in no roster."""


@dataclass(frozen=True, slots=True)
class AbsenceSpan:
    """Somebody's absence, from the first to the last local day, and who stands in."""

    person: Person
    substitute: Person
    first: date
    last: date


# Who stands in -----------------------------------------------------------------------------------


def replace_absent(session: Session, codes: Sequence[str], day: date) -> list[str]:
    """These people on a local day, each who is away replaced by who stands in; each once, in this order.

    Whose substitute is away as well is replaced by theirs, once around at most.
    """
    stand_ins = cached_in_session(session, ("stand-ins", day), lambda: _load_stand_ins(session, day))
    return list(dict.fromkeys(_follow(code, stand_ins) for code in codes))


def _load_stand_ins(session: Session, day: date) -> dict[str, str]:
    away = (
        select(Absence.person_id, Absence.substitute_id)
        .where(Absence.first <= day, Absence.last >= day, Absence.ended_at.is_(None))
        .order_by(Absence.id)
    )
    pairs = [tuple(row) for row in session.execute(away)]
    ids = {person_id for pair in pairs for person_id in pair}
    people = (
        {each.id: each for each in session.scalars(select(Person).where(Person.id.in_(ids)))} if ids else {}
    )
    # Whoever has left the office or its unit since stands in for nobody.
    return {people[who].code: people[by].code for who, by in pairs if _fits(session, people[who], people[by])}


def _fits(session: Session, person: Person, substitute: Person) -> bool:
    """Who looks after an area is replaced by who does as well: nobody reads more for standing in."""
    ranks = OVERSEERS if person.role in OVERSEERS else STAFF
    near = covers(_unit_of(session, substitute), _unit_of(session, person))
    return substitute.id != person.id and substitute.role in ranks and near


def _follow(code: str, stand_ins: dict[str, str]) -> str:
    passed = {code}
    while (following := stand_ins.get(code)) is not None and following not in passed:
        passed.add(following)
        code = following
    return code


def list_absences(session: Session, unit: Unit, day: date) -> Sequence[Absence]:
    """What holds on this local day or later for people of the unit and beneath it, the nearest first."""
    beneath = select(Person.id).join(Unit, Unit.id == Person.unit_id)
    beneath = beneath.where(Unit.path.startswith(unit.path, autoescape=True))
    held = Absence.last >= day, Absence.ended_at.is_(None)
    query = select(Absence).where(Absence.person_id.in_(beneath), *held)
    return session.scalars(query.order_by(Absence.first, Absence.id)).all()


def store_absence(
    session: Session, span: AbsenceSpan, author: Person, *, today: date, now: datetime
) -> Absence:
    """Keep that somebody is away. By themselves, or by who looks after their area.

    Raises NotAllowed, MissingNeed for days that make no absence, WrongState for one that overlaps another or
    for a substitute who is away themselves.
    """
    _require_about(session, author, span.person)
    if not (today <= span.last and span.first <= span.last <= span.first + LONGEST):
        raise MissingNeed(say.odd_days())
    _require_fit(session, span)
    if _overlaps(session, span.person, span):
        raise WrongState(say.away_already(span.person.name))
    if _overlaps(session, span.substitute, span):
        raise WrongState(say.substitute_away(span.substitute.name))
    absence = Absence(
        person_id=span.person.id, substitute_id=span.substitute.id, first=span.first, last=span.last,
        made_by=author.id, made_at=now,
    )  # fmt: skip
    session.add(absence)
    session.flush()
    clear_cache(session)
    return absence


def end_absence(session: Session, absence_id: int, author: Person, *, now: datetime) -> None:
    """Take an absence back. Raises NotFound for none that holds, NotAllowed as `store_absence`."""
    absence = session.get(Absence, absence_id, with_for_update=True)
    if absence is None or absence.ended_at is not None:
        raise NotFound(say.no_such_absence())
    _require_about(session, author, session.get_one(Person, absence.person_id))
    absence.ended_by, absence.ended_at = author.id, now
    session.flush()
    clear_cache(session)


def may_keep_absence(session: Session, author: Person, person: Person) -> bool:
    """Whether the author says when this person is away: their own, or that of people of their area."""
    if author.id == person.id:
        return True
    own, theirs = _unit_of(session, author), _unit_of(session, person)
    return author.role in OVERSEERS and covers(own, theirs)


def _require_about(session: Session, author: Person, person: Person) -> None:
    if person.role in OUTSIDERS or not may_keep_absence(session, author, person):
        raise NotAllowed(say.may_not_keep_absence())


def _require_fit(session: Session, span: AbsenceSpan) -> None:
    if not _fits(session, span.person, span.substitute):
        raise NotAllowed(say.unfit_substitute(span.substitute.name))


def _overlaps(session: Session, person: Person, span: AbsenceSpan) -> bool:
    held = Absence.person_id == person.id, Absence.ended_at.is_(None)
    query = select(Absence.id).where(*held, Absence.first <= span.last, Absence.last >= span.first)
    return session.scalar(query.limit(1)) is not None


def _unit_of(session: Session, person: Person) -> Unit | None:
    return session.get(Unit, person.unit_id) if person.unit_id is not None else None


def list_substitutes(session: Session, unit: Unit) -> Sequence[Person]:
    """Who may stand in for people of this unit: its staff and that of the units above, the nearest first."""
    above = select(Person).join(Unit, Unit.id == Person.unit_id).where(Unit.code.in_(split_path(unit.path)))
    staff = above.where(Person.role.not_in(OUTSIDERS))
    return session.scalars(staff.order_by(Unit.path.desc(), Person.id)).all()


# Who sits at a desk ------------------------------------------------------------------------------


def list_shifts(session: Session, unit: Unit, first: date, last: date) -> Sequence[tuple[DutyShift, Person]]:
    """The duty roster of a unit's desk between two local days, both included."""
    query = (
        select(DutyShift, Person)
        .join(Person, Person.id == DutyShift.person_id)
        .where(DutyShift.unit_id == unit.id, DutyShift.day.between(first, last))
        .order_by(DutyShift.day, DutyShift.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def list_on_duty(session: Session, unit_id: int, day: date) -> Sequence[str]:
    """Codes of who is mentioned at a unit's desk on a local day: by its roster, else its duty officers."""
    on = select(Person.code).join(DutyShift, DutyShift.person_id == Person.id)
    on = on.where(DutyShift.unit_id == unit_id, DutyShift.day == day, Person.role.in_(DUTY_OFFICERS))
    everybody = select(Person.code).where(Person.role == Role.DUTY, Person.unit_id == unit_id)
    return (
        session.scalars(on.order_by(DutyShift.id)).all()
        or session.scalars(everybody.order_by(Person.id)).all()
    )


def set_shift(
    session: Session, unit: Unit, day: date, people: Iterable[Person], author: Person, *, now: datetime
) -> None:
    """Set who sits at the desk of a unit on a local day; nobody named: every duty officer of it again.

    Raises NotAllowed for others than a desk above the unit, and for who is no duty officer of it.
    """
    if author.role not in DESK or not covers(_unit_of(session, author), unit):
        raise NotAllowed(say.may_not_set_roster())
    wanted = list(people)
    for person in wanted:
        if person.role not in DUTY_OFFICERS or person.unit_id != unit.id:
            raise NotAllowed(say.no_duty_officer(person.name, unit.display_name))
    session.execute(delete(DutyShift).where(DutyShift.unit_id == unit.id, DutyShift.day == day))
    session.add_all(
        DutyShift(unit_id=unit.id, day=day, person_id=person.id, made_by=author.id, made_at=now)
        for person in wanted
    )
    session.flush()
    clear_cache(session)


def list_duty_officers(session: Session, unit: Unit) -> Sequence[Person]:
    """Who can be on duty at a unit's desk."""
    officers = select(Person).where(Person.role.in_(DUTY_OFFICERS), Person.unit_id == unit.id)
    return session.scalars(officers.order_by(Person.id)).all()
