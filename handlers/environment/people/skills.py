"""Who is good at what a case is about: the class table names the skill, the roster who has it (C22)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.people import staffing
from handlers.environment.people.posts import unit_of
from handlers.environment.units import split_path
from models.organisation import NON_HANDLERS, Person, Unit, has_post

_MOST_MEDIATORS = 3


@dataclass(frozen=True, slots=True)
class Mediator:
    """Somebody who could mediate: why, and where they work."""

    name: str
    skill: str
    unit: str


def put_skilled_first(people: Iterable[Person], skill: str) -> list[Person]:
    """The same people, those with this skill before the others; as they are for a class that needs none."""
    found = list(people)
    return sorted(found, key=lambda person: skill not in person.skills) if skill else found


def find_mediators(session: Session, skill: str, area: Unit | None, day: date) -> Sequence[Mediator]:
    """Staff of the area or a unit above it who have the skill and are not away, the nearest first, a few."""
    if not skill or area is None:
        return ()
    above = session.scalars(select(Unit).where(Unit.code.in_(split_path(area.path)))).all()
    near = {unit.id: unit for unit in above}
    of_them = has_post(lambda role, unit_id: role.not_in(NON_HANDLERS) & unit_id.in_(near))
    able = [person for person in session.scalars(select(Person).where(of_them)) if skill in person.skills]
    present = set(staffing.list_present(session, [person.code for person in able], day))
    posts = [
        (len(near[one.unit_id].path), one)
        for person in able
        if person.code in present
        for one in person.in_each_post
        if one.unit_id in near and one.role not in NON_HANDLERS
    ]
    nearest = {one.id: one for _depth, one in sorted(posts, key=lambda post: (post[0], -post[1].id))}
    found = sorted(nearest.values(), key=lambda one: (-len(near[one.unit_id or 0].path), one.id))
    return [
        Mediator(one.name or one.code, skill, unit.display_name if (unit := unit_of(session, one)) else "")
        for one in found[:_MOST_MEDIATORS]
    ]
