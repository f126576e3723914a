"""The tree of units: who lies beneath whom, and which unit a name is of."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, defer

from handlers.environment.session_cache import cached_in_session
from handlers.environment.spoken_units import find_shortened
from handlers.errors import NotFound
from handlers.wording import refusals as say
from models.organisation import Unit


def covers(outer: Unit | None, inner: Unit | None) -> bool:
    """Whether `inner` is `outer` or lies beneath it; False where either is None."""
    return outer is not None and inner is not None and path_covers(outer.path, inner.path)


def path_covers(outer: str, inner: str) -> bool:
    """`covers` for paths (`/HM/HM-CG/`). A path ends in `/`, so `/HM/HM-C/` does not cover `/HM/HM-CG/`."""
    return inner.startswith(outer)


def select_subtree(unit: Unit) -> Select[int]:
    """Ids of the unit and all beneath it, to stand inside another query: `covers` in SQL."""
    return select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True))


def find_subtree_ids(session: Session, unit: Unit | None) -> list[int]:
    """Ids of the unit and all beneath it; none without a unit.

    For conditions that ask several columns in an OR: PostgreSQL uses an index for each of them if the
    ids are numbers, and reads the whole table if they are a subquery.
    """
    return list(session.scalars(select_subtree(unit))) if unit is not None else []


def find_covered_ids(session: Session, codes: Collection[str]) -> list[int] | None:
    """Ids of the units of these codes and all beneath them; None where that is everything: no code, or the
    only top unit, which also has what lies nowhere yet.
    """
    if not codes:
        return None
    roots = session.scalars(select(Unit.code).where(Unit.parent_id.is_(None))).all()
    if len(roots) == 1 and roots[0] in codes:
        return None
    units = session.scalars(select(Unit).where(Unit.code.in_(codes))).all()
    return sorted({unit_id for unit in units for unit_id in find_subtree_ids(session, unit)})


def split_path(path: str) -> list[str]:
    """The codes in a path, from the root down to the unit itself."""
    return [code for code in path.split("/") if code]


def find_top_unit(session: Session) -> Unit:
    """The unit that lies beneath none; of several the oldest."""
    return session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)).one()


def find_unit(session: Session, name: str) -> Unit:
    """The unit of this code, name or alias, so shortened or so begun. Raises NotFound with the nearest."""
    units = _load_named(session)
    found = _find_called(units, name) or _find_only_begun(units, name)
    if found is not None:
        return found
    by_name = {called: unit.display_name for unit in units for called in _names_of(unit)}
    close = get_close_matches(name, list(by_name), n=3, cutoff=0.5)
    raise NotFound(say.no_such_unit(name, list(dict.fromkeys(by_name[found] for found in close))))


def _load_named(session: Session) -> list[Unit]:
    """All units; their outlines are long, and no names."""
    return list(session.scalars(select(Unit).options(defer(Unit.polygon))))


def _find_only_begun(units: Sequence[Unit], name: str) -> Unit | None:
    """The only unit with a name that begins so, two characters or more: 城管 is 城管局."""
    begun = [unit for unit in units if any(called.startswith(name) for called in _names_of(unit))]
    return begun[0] if len(name) > 1 and len(begun) == 1 else None


def _find_called(units: Sequence[Unit], name: str) -> Unit | None:
    wanted = name.casefold()
    for unit in units:
        if wanted in (called.casefold() for called in _names_of(unit)):
            return unit
    return find_shortened(units, name) if len(name) == _SHORT else None


_SHORT = 3
"""Characters of a shortened name."""


def _names_of(unit: Unit) -> tuple[str, ...]:
    return tuple(name for name in (unit.code, unit.name, unit.short, *unit.aliases) if name)


def is_unit_name(session: Session, name: str) -> bool:
    """Whether some unit is called that."""
    return find_named_unit(session, name) is not None


_OF_CODES = select(Unit).where(Unit.code.in_(bindparam("codes", expanding=True))).order_by(Unit.id)


def find_units(session: Session, codes: Collection[str]) -> Sequence[Unit]:
    """The units of these codes, in the order they were stored; asked once a transaction."""
    wanted = tuple(sorted(codes))

    def load() -> Sequence[Unit]:
        return session.scalars(_OF_CODES, {"codes": wanted}).all()

    return cached_in_session(session, ("units", wanted), load) if wanted else ()


def find_named_unit(session: Session, name: str) -> Unit | None:
    """The unit of this code, name, short name or alias; None where there is none."""
    return _find_called(_load_named(session), name)
