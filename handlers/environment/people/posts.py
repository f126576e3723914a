"""What somebody may do by one of their posts: role and unit of the same one."""

from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from handlers.environment.units import covers
from models.organisation import OUTSIDERS, Person, Role, Unit, has_post


def unit_of(session: Session, person: Person) -> Unit | None:
    """The unit of their first post."""
    return session.get(Unit, person.unit_id) if person.unit_id is not None else None


def list_staff(session: Session, unit: Unit) -> Sequence[Person]:
    """Who works in the unit, by the first post or a further one."""
    works = has_post(lambda role, unit_id: and_(role.not_in(OUTSIDERS), unit_id == unit.id))
    return session.scalars(select(Person).where(works).order_by(Person.id)).all()


def holds_post_above(session: Session, person: Person, roles: frozenset[Role], unit: Unit | None) -> bool:
    """Whether one of their posts has one of these roles in the unit or one above it."""
    return any(one.role in roles and covers(unit_of(session, one), unit) for one in person.in_each_post)


def holds_post_at_top(session: Session, person: Person, roles: frozenset[Role]) -> bool:
    """Whether one of their posts has one of these roles in a unit that has none above it."""
    units = (unit_of(session, one) for one in person.in_each_post if one.role in roles)
    return any(unit is not None and unit.parent_id is None for unit in units)
