"""The readers of one restricted case: never a person or unit that it names; one level up instead.

A row of `ReadingRight` is written for everybody whom the words name, and for everybody who reads it in
the place of a reader whom they name. Whoever has no row reads it if the configuration says so.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.environment.units import path_covers
from handlers.triage.text.normalize import fold
from models.cases import Case
from models.organisation import OUTSIDERS, Person, Role, Unit
from models.reading_rights import ReadingRight

_TITLES = (
    "书记|主任|局长|科长|所长|处长|站长|队长|部长|镇长|乡长|区长|县长|市长|村长|支书|委员|干部|领导|警官|队员|"
    "科|局|所"
)
_LEAST_NAME = 2
"""A single character is a word, not a name."""


def settle_readers(session: Session, case: Case, words: str, env: Environment) -> None:
    """Bar whom these words of a restricted case name from reading it, and let those one level up read it.

    Called with the words of the report, and again with what is added to it.
    """
    people = list(session.scalars(select(Person).where(Person.role.not_in(OUTSIDERS)).order_by(Person.id)))
    units = list(session.scalars(select(Unit).order_by(Unit.id)))
    accused = _find_accused(fold(words), people, units)
    if not accused:
        return
    rights = _load_rights(session, case)
    barred = {person_id for person_id, right in rights.items() if not right.granted} | {p.id for p in accused}
    instead = {
        above.id
        for person in accused
        if person.code in env.restricted_to or (person.id in rights and rights[person.id].granted)
        for above in _find_above(person, people, units, barred)
    }
    for person_id in sorted({*instead, *(person.id for person in accused)}):
        granted = person_id in instead
        if person_id in rights:
            rights[person_id].granted = granted
        else:
            session.add(ReadingRight(case_id=case.id, person_id=person_id, granted=granted))
    session.flush()


def find_reader_codes(session: Session, case: Case, env: Environment) -> list[str]:
    """Codes of the people who may read this restricted case beside its reporter, in a stable order."""
    found = session.execute(
        select(Person.code, ReadingRight.granted)
        .outerjoin(ReadingRight, and_(ReadingRight.person_id == Person.id, ReadingRight.case_id == case.id))
        .where(Person.code.in_(env.restricted_to) | ReadingRight.granted)
        .order_by(Person.id)
    )
    return [code for code, granted in found if granted is not False]


def is_reader(person_id: int, *, listed: bool) -> ColumnElement[bool]:
    """Condition for the restricted cases that a person reads; `listed`: the configuration names them."""
    right = select(ReadingRight.id).where(
        ReadingRight.case_id == Case.id,
        ReadingRight.person_id == person_id,
        ReadingRight.granted.is_(not listed),
    )
    return ~right.exists() if listed else right.exists()


def find_accused_names(session: Session, case: Case) -> list[str]:
    """Names of the people who may never read this case, because its words name them or their unit."""
    found = session.scalars(
        select(Person.name)
        .join(ReadingRight)
        .where(ReadingRight.case_id == case.id, ReadingRight.granted.is_(False))
    )
    return [name for name in found if len(name) >= _LEAST_NAME]


def _load_rights(session: Session, case: Case) -> dict[int, ReadingRight]:
    found = session.scalars(select(ReadingRight).where(ReadingRight.case_id == case.id))
    return {right.person_id: right for right in found}


def _find_accused(words: str, people: Sequence[Person], units: Sequence[Unit]) -> list[Person]:
    """Staff whom the words name: by name, by surname and title, or by their unit."""
    paths = [unit.path for unit in units if unit.parent_id is not None and _is_named(words, _names_of(unit))]
    responsible = {
        code for unit in units if unit.path in paths for code in (unit.lead, unit.deputy) if code is not None
    }
    # The top unit is everybody's, so its name is a place. What else it is called is its desk.
    desks = {unit.id for unit in units if unit.parent_id is None and _is_named(words, unit.aliases)}
    path_of = {unit.id: unit.path for unit in units}
    return [
        person
        for person in people
        if _is_named(words, (person.name,))
        or _is_titled(words, person.name)
        or person.code in responsible
        or any(
            any(path_covers(path, path_of.get(post.unit_id or 0, "")) for path in paths)
            or (post.unit_id in desks and post.role == Role.DUTY)
            for post in person.in_each_post
        )
    ]


def _names_of(unit: Unit) -> Iterator[str]:
    return (name for name in (unit.name, unit.short, *unit.aliases) if name)


def _is_named(words: str, names: Iterable[str]) -> bool:
    return any(len(name) >= _LEAST_NAME and fold(name) in words for name in names)


def _is_titled(words: str, name: str) -> bool:
    """王建国 is 王主任, and 王某."""
    return bool(name) and re.search(f"{re.escape(fold(name[0]))}(?:某|{_TITLES})", words) is not None


def _find_above(
    person: Person, people: Sequence[Person], units: Sequence[Unit], barred: Collection[int]
) -> list[Person]:
    """The lead of the nearest unit above, or its leaders; at the top its leaders, or the administrators."""
    by_id = {unit.id: unit for unit in units}
    posts = {(one.unit_id, one.role, each.id): each for each in people for one in each.in_each_post}

    def list_leaders(unit: Unit | None) -> list[Person]:
        found = (posts.get((unit.id, Role.LEADER, each.id)) for each in people) if unit is not None else ()
        return [each for each in found if each is not None and each.id not in barred]

    unit = by_id.get(person.unit_id or 0)
    while unit is not None and unit.parent_id is not None:
        unit = by_id[unit.parent_id]
        lead = [p for p in people if p.code == unit.lead and p.id not in barred]
        if found := lead or list_leaders(unit):
            return found
    return list_leaders(unit) or [p for p in people if p.role == Role.ADMIN and p.id not in barred]
