"""Which leader a word names."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from handlers.errors import NotFound
from handlers.wording import charges as say
from models.organisation import LEADERS, Person, has_post


def _leads(role: Any, _unit_id: object) -> ColumnElement[bool]:
    found: ColumnElement[bool] = role.in_(LEADERS)
    return found


def find_leader(session: Session, name: str) -> Person:
    """The leader of this code or name. Raises NotFound for none and for several, and tells no names."""
    leaders = session.scalars(select(Person).where(has_post(_leads)).order_by(Person.id)).all()
    found = [person for person in leaders if name in (person.code, person.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(say.several_leaders(name))
    raise NotFound(say.no_such_leader(name))
