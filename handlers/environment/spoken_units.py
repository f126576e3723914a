"""The units that a sentence names as people say them, and what it orders each of them to do."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.triage.text.homophones import write_as_known
from models.organisation import Unit

_OFFICE_ENDINGS = ("局", "委", "办", "所", "站", "队", "中心", "公司")
_DONE_WITH_CASES = frozenset({"派出"})
"""Short for 派出所, were it not what desks do: 没派出去的还有几件."""
_SHORTENED = re.compile(
    r"(?=([一-鿿])([一-鿿])(局|委|办))"
    r"|(?:[交转派归给由让请叫和跟、，,；;：: ]|\d\s?|^)([一-鿿])([一-鿿])"
    r"(?=$|[，。,.、；; 吧去来办查派牵负看管盯跟和先也再马立赶配协帮])"
)
"""Two characters of an office, with what it is or after who gets it: 市监局, 住建局; 转市监."""
_TOWN = re.compile("(?<![一-鿿])(?:街道|镇里|镇上)|(?<=[、和跟由让请给交派转])(?:街道|镇里|镇上)")
"""The only town there is, as those call it who work for it: 城管、街道一起."""
_LEAST_HEARD = 3
"""Characters of a name that may be known by its sound alone."""
_TOWN_KIND = "town"
_CREW = re.compile("(?:局|委|区|县|市)([一-鿿]{2,3}?)(?:支队|大队|中队)$")
"""What a crew of an office is called by all: 交警, of 公安局交警支队."""
_GIVES = re.compile(r"(?:交办|交给|派给|转给|[给交派转由让请叫])$|\d[#号\s]{0,2}$")
"""What stands before a unit that gets the case, or its number: 0004给城管, 0004城管."""
_DOES = re.compile(
    r"(?:局|委|办|那边|的人|的同志)?(?:也|先|再|同时|就近|今天|现在|今晚|明天|赶快|抓紧|一起){0,3}"
    r"(?:去|马上|赶紧|立即|立刻|负责|督促|联系|找|配合|协助|协同|派|带人|带队|来|到|牵头|主办|查|处理|安排|上门|做好|一起|管|盯|看|跟进|办|调|劝|接)"
)
"""What a unit is told to do, right after its name."""
_LEADS = re.compile(r"(?:局|委|办)?(?:牵头|主办|为主|负总责)")
_HELPS = re.compile("协助|协同|协办|配合|帮忙|帮着|支援|搭把手|一起去")
"""What a unit is asked to do beside the one that has the case."""
_GIVES_AWAY = re.compile("转给|交给|派给|改派|移交|转办")
_JOINED = re.compile(r"[、和跟与及,， ]{1,2}")
_GIVEN_BACK = re.compile("退|不|别|莫|说|已经")
"""What is said of a unit that does not get the case: 城管局退回来了，给住建局."""


@dataclass(frozen=True, slots=True)
class SpokenUnit:
    """A unit as a sentence names it, from offset `start` up to `end`."""

    unit: Unit
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class UnitOrder:
    """One unit, and the words that say what it is to do."""

    unit: Unit
    words: str
    """"" where it is only given the case."""


def find_spoken_unit(session: Session, text: str, *, but: int | None = None) -> Unit | None:
    """The unit that a sentence names, as people say it: 城管局, 城管, 住建的. None: it names none.

    The longest name counts, of equal ones the last; where none is named, an office whose name is shortened
    (市监局). `but`: id of a unit that is not looked for.
    """
    units = [unit for unit in session.scalars(select(Unit)) if unit.id != but]
    named = _list_named(units, text)
    if named:
        return max(named, key=lambda each: (each.end - each.start, each.start)).unit
    found = _list_shortened(units, text) or _list_misheard(units, text)
    return found[0].unit if found else None


def asks_to_help(clause: str) -> bool:
    """Whether a clause asks a unit to help whoever has the case, and does not give it to them: 请交警协助."""
    return _HELPS.search(clause) is not None and _GIVES_AWAY.search(clause) is None


def find_shortened(units: Iterable[Unit], name: str) -> Unit | None:
    """The only unit that this name shortens to two characters and what it is: 市监局."""
    found = _list_shortened(units, name)
    return found[0].unit if found else None


def list_unit_orders(session: Session, clauses: Sequence[str]) -> Sequence[UnitOrder]:
    """The orders that the clauses of a message give to units, the first to the one that leads.

    A unit that is merely spoken of (城管局退回来了，给住建局) is ordered nothing; a clause that names none
    belongs to what was ordered before it.
    """
    units = session.scalars(select(Unit)).all()
    orders: dict[int, UnitOrder] = {}
    leading, latest = None, None
    for clause in clauses:
        words = clause.strip(" ，,。；;")
        ordered = _read_clause(units, words)
        for order, leads in ordered:
            orders.setdefault(order.unit.id, order)
            latest, leading = order.unit.id, order.unit.id if leads else leading
        if not ordered and latest is not None and words:
            before = orders[latest]
            orders[latest] = replace(before, words="，".join(filter(None, (before.words, words))))
    return sorted(orders.values(), key=lambda order: order.unit.id != leading)


def _read_clause(units: Sequence[Unit], clause: str) -> list[tuple[UnitOrder, bool]]:
    """The units that one clause gives a case or something to do, and whether each is to lead."""
    named = _list_in_order(units, clause)
    # Of several that are named together, what is said after the last is said of each.
    ordered: list[tuple[UnitOrder, bool]] = []
    is_ordered = False
    for number in reversed(range(len(named))):
        each = named[number]
        after, before = clause[each.end :], clause[: each.start]
        following = named[number + 1].start if number + 1 < len(named) else len(clause)
        is_joined = is_ordered and _JOINED.fullmatch(clause[each.end : following]) is not None
        does = _DOES.match(after) is not None
        is_all = not before and not after.strip("的吧了 ")
        gets = is_all or (_GIVES.search(before) is not None and _GIVEN_BACK.match(after) is None)
        is_ordered = is_joined or does or gets
        if is_ordered:
            says_nothing = gets and len(named) == 1 and not after.strip("的吧了 ")
            order = UnitOrder(each.unit, "" if says_nothing else clause)
            ordered.append((order, _LEADS.match(after) is not None))
    return ordered[::-1]


def _list_in_order(units: Sequence[Unit], text: str) -> list[SpokenUnit]:
    """All units that the text names, by whatever name, in the order of the text; none inside another."""
    kept: list[SpokenUnit] = []
    found = [*_list_named(units, text), *_list_shortened(units, text), *_list_towns(units, text)]
    found = found or _list_misheard(units, text)
    for each in sorted(found, key=lambda each: (each.start - each.end, each.start)):
        if all(each.end <= other.start or each.start >= other.end for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda each: each.start)


def _list_named(units: Iterable[Unit], text: str) -> list[SpokenUnit]:
    """Where units are called by a name of theirs, each name once, at its last place."""
    found = []
    for unit in units:
        for name in _spoken_names(unit):
            at = text.rfind(name)
            if at >= 0:
                found.append(SpokenUnit(unit, at, at + len(name)))
    return found


def _list_misheard(units: Sequence[Unit], text: str) -> list[SpokenUnit]:
    """Where the words only sound like the name of an office: 转成管局."""
    offices = {
        name: unit
        for unit in units
        for name in _names_of(unit)
        if len(name) >= _LEAST_HEARD and name.endswith(_OFFICE_ENDINGS)
    }
    if not any(ending in text for ending in _OFFICE_ENDINGS):
        return []
    found = []
    for name, unit in offices.items():
        at = write_as_known(text, [name]).rfind(name)
        if at >= 0:
            found.append(SpokenUnit(unit, at, at + len(name)))
    return found


def _list_towns(units: Sequence[Unit], text: str) -> list[SpokenUnit]:
    towns = [unit for unit in units if unit.kind == _TOWN_KIND]
    if len(towns) != 1:
        return []
    return [SpokenUnit(towns[0], said.start(), said.end()) for said in _TOWN.finditer(text)]


def _list_shortened(units: Iterable[Unit], text: str) -> list[SpokenUnit]:
    """Where the words call a unit, and only that one, by two characters of its name and what it is."""
    units, found = list(units), []
    for said in _SHORTENED.finditer(text):
        first, second = said[1] or said[4], said[2] or said[5]
        endings = (said[3],) if said[3] else _OFFICE_ENDINGS
        meant = [
            unit for unit in units if any(_shortens(first, second, endings, name) for name in _names_of(unit))
        ]
        if len(meant) == 1:
            start = said.start(1) if said[1] else said.start(4)
            end = said.end(3) if said[3] else said.end(5)
            found.append(SpokenUnit(meant[0], start, end))
    return found


def _shortens(first: str, second: str, endings: Iterable[str], name: str) -> bool:
    """Whether the name begins, after that of its district, with the first, and has the second later."""
    own = next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), name)
    starts = [0, *(at + 1 for at, letter in enumerate(own) if letter in "市区县")]
    return own != name and any(own[at : at + 1] == first and second in own[at + 1 :] for at in starts)


def _names_of(unit: Unit) -> tuple[str, ...]:
    return tuple(name for name in (unit.name, unit.short, *unit.aliases) if name)


def _spoken_names(unit: Unit) -> set[str]:
    names = set(_names_of(unit))
    short = {
        name.removesuffix(ending) for name in names for ending in _OFFICE_ENDINGS if name.endswith(ending)
    }
    crews = {crew for name in names if (said := _CREW.search(name)) for crew in (said[1], f"{said[1]}队")}
    return {name for name in names | short | crews if len(name) > 1} - _DONE_WITH_CASES
