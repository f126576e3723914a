"""Whose work an asker's lists are of: at the only top unit every case, wherever it lies.

The conditions of a list are large, and the same for whoever stands the same: they are made once and kept.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker
from handlers.environment.session_cache import cached_in_session
from handlers.environment.units import find_subtree_ids
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
