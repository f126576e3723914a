"""Who is away, and who is mentioned and works in their place.

A substitute is of the same unit or one above it (requirements D04). As long as the absence lasts they count
as that unit's staff: they act and read as whoever is away, and never speak on what that unit did. What was
confided to whoever is away (restricted cases) stays with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.environment.people.posts import holds_post_above, list_staff, unit_of
from handlers.environment.session_cache import cached_in_session, clear_cache
from handlers.environment.units import select_subtree, split_path
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.wording import upkeep as say
from models.organisation import OUTSIDERS, OVERSEERS, Person, Role, Unit, has_post
from models.staffing import Absence

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
    stand_ins = {each.person.code: each.substitute.code for each in list_running(session, day) if each.fits}
    return list(dict.fromkeys(_follow(code, stand_ins) for code in codes))


def list_present(session: Session, codes: Sequence[str], day: date) -> list[str]:
    """As `replace_absent`, without whoever is away and has nobody in their place."""
    away = {each.person.code for each in list_running(session, day)}
    return [code for code in replace_absent(session, codes, day) if code not in away]


def enter_capacities(session: Session, person: Person, day: date) -> Person:
    """Note on the person whom they stand in for on this local day; the same person.

    Where nobody has checked who they are, they stand in for nobody.
    """
    running = () if person.is_outside else [each for each in list_running(session, day) if each.fits]
    found: dict[int, Person] = {}
    # Whose substitute is away as well is replaced by theirs: the last one has the places of all before.
    while more := [
        each.person
        for each in running
        if each.substitute.id in {person.id, *found} and each.person.id not in {person.id, *found}
    ]:
        found |= {one.id: one for one in more}
    person.stands_in_for = tuple(
        post for one in found.values() for post in one.in_each_post if _fits_post(session, post, person)
    )
    return person


@dataclass(frozen=True, slots=True)
class RunningAbsence:
    """An absence that holds today; `fits`: whoever stands in still works where they could."""

    id: int
    person: Person
    substitute: Person
    fits: bool


def list_running(session: Session, day: date) -> Sequence[RunningAbsence]:
    """The absences that hold on a local day, looked up once in a transaction."""
    return cached_in_session(session, ("absences", day), lambda: _load_running(session, day))


_RUNNING = (
    select(Absence)
    .where(Absence.first <= bindparam("day"), Absence.last >= bindparam("day"), Absence.ended_at.is_(None))
    .order_by(Absence.id)
)


def _load_running(session: Session, day: date) -> Sequence[RunningAbsence]:
    found = session.scalars(_RUNNING, {"day": day}).all()
    ids = {person_id for each in found for person_id in (each.person_id, each.substitute_id)}
    people = (
        {each.id: each for each in session.scalars(select(Person).where(Person.id.in_(ids)))} if ids else {}
    )
    pairs = ((each.id, people[each.person_id], people[each.substitute_id]) for each in found)
    # Whoever has left the office or its unit since stands in for nobody.
    return [RunningAbsence(number, who, by, _fits(session, who, by)) for number, who, by in pairs]


def _fits(session: Session, person: Person, substitute: Person) -> bool:
    return substitute.id != person.id and _fits_post(session, person, substitute)


def _fits_post(session: Session, post: Person, substitute: Person) -> bool:
    """Who looks after an area is replaced by who does as well: nobody reads more for standing in.

    `post`: who is away, in one of their posts; one of the substitute's has to cover it.
    """
    ranks = OVERSEERS if post.role in OVERSEERS else STAFF
    return holds_post_above(session, substitute, ranks, unit_of(session, post))


def _follow(code: str, stand_ins: dict[str, str]) -> str:
    passed = {code}
    while (following := stand_ins.get(code)) is not None and following not in passed:
        passed.add(following)
        code = following
    return code


def list_absences(session: Session, unit: Unit, day: date) -> Sequence[Absence]:
    """What holds on this local day or later for people of the unit and beneath it, the nearest first."""
    units = select_subtree(unit)
    beneath = select(Person.id).where(has_post(lambda _role, unit_id: unit_id.in_(units)))
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
    return any(
        holds_post_above(session, author, OVERSEERS, unit_of(session, post)) for post in person.in_each_post
    )


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


def list_substitutes(session: Session, unit: Unit) -> Sequence[Person]:
    """Who may stand in for people of this unit: its staff and that of the units above, the nearest first."""
    above = select(Unit).where(Unit.code.in_(split_path(unit.path))).order_by(Unit.path.desc())
    found: dict[int, Person] = {}
    for each in session.scalars(above):
        found |= {person.id: person for person in list_staff(session, each) if person.id not in found}
    return list(found.values())
