"""The tree of units: who lies beneath whom, and which unit a word names."""

from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.errors import NotFound
from handlers.wording import refusals as say
from models.organisation import Unit


def covers(outer: Unit | None, inner: Unit | None) -> bool:
    """Whether `inner` is `outer` or lies beneath it."""
    return outer is not None and inner is not None and inner.path.startswith(outer.path)


def find_unit(session: Session, name: str) -> Unit:
    """The unit of this code, name, short name or alias; NotFound with the nearest names."""
    units = list(session.scalars(select(Unit)))
    wanted = name.casefold()
    for unit in units:
        if wanted in (called.casefold() for called in _names_of(unit)):
            return unit
    by_name = {called: unit.display_name for unit in units for called in _names_of(unit)}
    close = get_close_matches(name, list(by_name), n=3, cutoff=0.5)
    raise NotFound(say.no_such_unit(name, list(dict.fromkeys(by_name[found] for found in close))))


def _names_of(unit: Unit) -> tuple[str, ...]:
    return tuple(name for name in (unit.code, unit.name, unit.short, *unit.aliases) if name)


def is_unit_name(session: Session, name: str) -> bool:
    """Whether some unit is called that."""
    try:
        find_unit(session, name)
    except NotFound:
        return False
    return True
