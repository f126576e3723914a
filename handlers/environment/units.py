"""The tree of units: who lies beneath whom, and which unit a word names."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

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
    """The unit of this code, name, short name or alias, or so shortened; NotFound with the nearest names."""
    units = list(session.scalars(select(Unit)))
    wanted = name.casefold()
    for unit in units:
        if wanted in (called.casefold() for called in _names_of(unit)):
            return unit
    shortened = _find_shortened(units, name) if len(name) == _SHORT else None
    if shortened is not None:
        return shortened
    by_name = {called: unit.display_name for unit in units for called in _names_of(unit)}
    close = get_close_matches(name, list(by_name), n=3, cutoff=0.5)
    raise NotFound(say.no_such_unit(name, list(dict.fromkeys(by_name[found] for found in close))))


_SHORT = 3
"""Characters of a shortened name."""


def _names_of(unit: Unit) -> tuple[str, ...]:
    return tuple(name for name in (unit.code, unit.name, unit.short, *unit.aliases) if name)


def is_unit_name(session: Session, name: str) -> bool:
    """Whether some unit is called that."""
    return find_named_unit(session, name) is not None


def find_named_unit(session: Session, name: str) -> Unit | None:
    """The unit of this code, name, short name or alias; None where there is none."""
    try:
        return find_unit(session, name)
    except NotFound:
        return None


_OFFICE_ENDINGS = ("局", "委", "办", "所", "站", "队", "中心", "公司")


def find_spoken_unit(session: Session, text: str, *, but: int | None = None) -> Unit | None:
    """The unit that a sentence names, as people say it: 城管局, 城管, 住建的. None: it names none.

    The longest name counts, of equal ones the last; where none is named, an office whose name is shortened
    (市监局). `but`: id of a unit that is not looked for.
    """
    units = [unit for unit in session.scalars(select(Unit)) if unit.id != but]
    found: list[tuple[int, int, Unit]] = []
    for unit in units:
        for name in _spoken_names(unit):
            at = text.rfind(name)
            if at >= 0:
                found.append((len(name), at, unit))
    return max(found, key=lambda each: each[:2])[2] if found else _find_shortened(units, text)


_DONE_WITH_CASES = frozenset({"派出"})
"""Short for 派出所, were it not what desks do: 没派出去的还有几件."""
_SHORTENED = re.compile(
    r"(?=([一-鿿])([一-鿿])(局|委|办))"
    r"|(?:[交转派归给由]|\d\s?|^)([一-鿿])([一-鿿])(?=$|[，。,. 吧去来办查派牵负])"
)
"""Two characters of an office, with what it is or after who gets it: 市监局, 住建局; 转市监."""


def _find_shortened(units: Iterable[Unit], text: str) -> Unit | None:
    """The only unit that the words call by two characters of its name and what it is."""
    for said in _SHORTENED.finditer(text):
        first, second = said[1] or said[4], said[2] or said[5]
        endings = (said[3],) if said[3] else _OFFICE_ENDINGS
        meant = [
            unit for unit in units if any(_shortens(first, second, endings, name) for name in _names_of(unit))
        ]
        if len(meant) == 1:
            return meant[0]
    return None


def _shortens(first: str, second: str, endings: Iterable[str], name: str) -> bool:
    """Whether the name begins, after that of its district, with the first, and has the second later."""
    own = next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), name)
    starts = [0, *(at + 1 for at, letter in enumerate(own) if letter in "市区县")]
    return own != name and any(own[at : at + 1] == first and second in own[at + 1 :] for at in starts)


def _spoken_names(unit: Unit) -> set[str]:
    names = {name for name in (unit.name, unit.short, *unit.aliases) if name}
    short = {
        name.removesuffix(ending) for name in names for ending in _OFFICE_ENDINGS if name.endswith(ending)
    }
    return {name for name in names | short if len(name) > 1} - _DONE_WITH_CASES


_BEGINS = re.compile(
    r"[\w-]{0,15}?(?:请|让|由|叫|同时|另外|并|再|也)?"
    r"([一-鿿]{2,8}?(?:局|办|委|所|中心|街道|镇|公司|大队))(.{0,4})"
)
_DOES = re.compile(
    r"也|去|马上|赶紧|立即|负责|督促|联系|找|配合|协助|协同|派|来|到|牵头|查|处理|安排|上门|做好"
)


@dataclass(frozen=True, slots=True)
class UnitOrder:
    """One unit, and the words that say what it is to do."""

    unit: Unit
    words: str


def list_unit_orders(session: Session, clauses: Sequence[str]) -> Sequence[UnitOrder]:
    """The orders that the clauses of a message give to units, the first to the one that leads.

    Empty where fewer than two are ordered anything.

    A unit that is merely spoken of (城管局退回来了，给住建局) is ordered nothing.
    """
    found: dict[int, UnitOrder] = {}
    for clause in clauses:
        begins = _BEGINS.match(clause.strip())
        if begins is None or not _DOES.match(begins[2]):
            continue
        unit = find_spoken_unit(session, begins[1])
        if unit is not None:
            found.setdefault(unit.id, UnitOrder(unit, clause.strip(" ，,。；;")))
    return tuple(found.values()) if len(found) > 1 else ()
