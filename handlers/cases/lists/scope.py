"""Whose work an asker's lists are of: at the only top unit every case, wherever it lies.

The conditions of a list are large, and the same for whoever stands the same: they are made once and kept.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.queries import Asker
from handlers.environment.session_cache import cached_in_session
from handlers.environment.units import find_subtree_ids
from models.cases import IS_OPEN, Case
from models.database import keep_from_indexes
from models.organisation import Unit

T = TypeVar("T")
_MOST_KEPT = 512


def is_at_top(session: Session, asker: Asker) -> bool:
    """Whether the asker looks after the only top unit: every case lies in it, wherever it lies."""
    return any(one.oversees_area and _sits_at_top(session, one) for one in asker.in_each_post)


def _sits_at_top(session: Session, asker: Asker) -> bool:
    key = ("at_top", asker.actor.unit_id)
    return cached_in_session(session, key, lambda: is_only_top(session, asker.unit(session)))


def is_only_top(session: Session, unit: Unit | None) -> bool:
    """Whether there is no other unit beside this one and those beneath it."""
    if unit is None or unit.parent_id is not None:
        return False
    return session.scalar(select(func.count()).select_from(Unit).where(Unit.parent_id.is_(None))) == 1


@dataclass(frozen=True, slots=True)
class Standing:
    """All of an asker that conditions for cases are made of, as plain values."""

    in_private: bool
    is_operator: bool
    restricted_to: frozenset[str]
    at_top: bool
    capacities: tuple[tuple[Hashable, ...], ...]
    """Of the asker and of each whose place they take: who they are, their office, their units."""


def find_standing(session: Session, asker: Asker) -> Standing:
    """How this asker stands now, by the roster and the tree of units."""
    return Standing(
        asker.in_private,
        asker.is_operator,
        asker.restricted_to,
        is_at_top(session, asker),
        tuple(_describe(session, one) for one in asker.capacities),
    )


def _describe(session: Session, asker: Asker) -> tuple[Hashable, ...]:
    person, unit = asker.person, asker.unit(session)
    if person is None:
        return ()
    of_unit: tuple[Hashable, ...] = ()
    if unit is not None:
        beneath = cached_in_session(session, ("beneath", unit.id), lambda: find_subtree_ids(session, unit))
        of_unit = (unit.id, unit.parent_id is None, *beneath)
    return person.id, person.code, person.role, person.joined_to, person.is_outside, of_unit


@dataclass(slots=True)
class Kept(Generic[T]):
    """What was made of a standing, kept for whoever stands the same: nothing else may go into it."""

    _made: dict[Hashable, T] = field(default_factory=dict)

    def find(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for this key, or what `make` makes of it now."""
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _MOST_KEPT:
                self._made.clear()
            found = self._made[key] = make()
        return found


def list_open_sides(session: Session, asker: Asker) -> list[ColumnElement[bool]]:
    """Conditions of which one holds for each open case that concerns the asker by office, as
    `queries.is_concern`: each says that it is open, since SQLite looks for an index in each branch of an OR.
    """
    if asker.is_outsider:
        return [and_(IS_OPEN, queries.is_own(asker))]
    offices = [one for one in asker.capacities if not one.is_outsider]
    return [side for one in offices for side in _list_sides_of(session, one)]


def _list_sides_of(session: Session, asker: Asker) -> list[ColumnElement[bool]]:
    if not asker.oversees_area:
        return [and_(IS_OPEN, Case.unit_id.in_(queries.find_office_units(session, asker)))]
    return list_sides_of_unit(session, asker.unit(session))


def list_sides_of_unit(session: Session, unit: Unit | None) -> list[ColumnElement[bool]]:
    """Likewise of the open cases in the area of this unit or in its hands, as `queries.lies_in`."""
    units = find_subtree_ids(session, unit)
    sides = [and_(IS_OPEN, side.in_(units)) for side in (Case.area_id, Case.unit_id)]
    if unit is not None and unit.parent_id is None:
        sides.append(and_(IS_OPEN, Case.area_id.is_(None), Case.unit_id.is_(None)))
    return sides


# Which index is walked ------------------------------------------------------------------------

FEW = 1000
"""Cases whose ids are fetched and sorted in less than 1 ms."""


def is_of_few(session: Session, *conditions: ColumnElement[bool], few: int = FEW) -> bool:
    """Whether it is soon said which cases meet these conditions: they are few."""
    some = select(Case.id).where(*conditions).limit(few + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= few


def narrow(
    session: Session,
    scopes: Sequence[ColumnElement[bool]],
    rest: Sequence[ColumnElement[bool]] = (),
    *,
    few: int = FEW,
) -> list[ColumnElement[bool]]:
    """Conditions for the open cases that meet all of these, for a page in the order of an index of them.

    `scopes`: each is of open cases alone and has an index, but none that keeps the order. The first of which
    few cases are is the one to be fetched and sorted. If none is, a walk in order soon finds a page, and no
    index tempts.
    """
    small = next((one for one in scopes if is_of_few(session, one, few=few)), None)
    others = [keep_from_indexes(one) for one in (*scopes, *rest) if one is not small]
    if small is None:
        return [IS_OPEN, *others]
    return [Case.id.in_(select(Case.id).where(small)), *others]
