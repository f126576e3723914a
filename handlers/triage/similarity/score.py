"""Whether two reports are about one matter: place before wording, and always with the reasons.

The caller chooses candidates by class, place and time; here a pair of them is judged. A place that
contradicts ends it; the surer the place, the less the words must agree. Nothing here knows a database
or a clock.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from rapidfuzz import fuzz

from handlers.triage.similarity import location
from handlers.triage.similarity.colloquial import bigrams, even, gist, letters
from handlers.triage.similarity.location import Relation, Whereabouts

SAME = 0.6
"""From this score on it may be said that the matter is known."""
SHORT = 60
"""In a longer text a number may be anybody's: the writer's own door, a sum, a law."""
TELLING = 12
"""So many characters beside courtesies are more than a stock phrase (路灯坏了)."""
ONE_PICTURE = 10
BLANK = 4
ONE_SPOT, ELSEWHERE = 60.0, 1_000.0
"""Metres."""
NEEDED = {Relation.EQUAL: 0.3, Relation.PART: 0.4, Relation.NEAR: 0.45, Relation.UNKNOWN: 0.6}
"""How alike the words must be, by how the places stand to each other."""
AT_THE_DOOR, AT_THE_SITE = 0.05, 0.16
"""The same where both name one door or junction, or one site; a street is long."""
BY_CHANCE = 0.2
"""Two letters about anything at one site share words; two short messages hardly any."""
NO_PLACE = 0.85
OTHER_CLASS = 0.8
BEYOND = 2.0
"""No wording is enough."""


@dataclass(frozen=True, slots=True)
class Look:
    """What of a report is compared."""

    text: str
    class_id: str
    place: str = ""
    """The place as spoken; may be empty."""
    area: str | None = None
    """Code of the territorial unit."""
    point: tuple[float, float] | None = None
    """Latitude and longitude, WGS-84."""
    photos: tuple[str, ...] = ()
    """dhash of its photos, hex."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two reports are, and what spoke for it."""

    score: float
    reasons: tuple[str, ...]
    """Of place, point, words, photo, identical."""
    same: bool
    """Enough to say 「已有人反映」 and to follow the case."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report, and what of it is worked out once."""

    look: Look
    where: Whereabouts
    whole: str
    """All it says, without signs."""
    words: str
    """What it says of the matter: without place and courtesies."""
    pairs: frozenset[str]
    photos: tuple[int, ...]
    telling: bool


NOTHING = Likeness(0.0, (), same=False)


def prepare(look: Look) -> Prepared:
    """What can be worked out once a report."""
    evened = even(look.text)
    place = even(look.place).strip()
    words = gist(evened.replace(place, " ") if place else evened)
    whole = letters(evened)
    return Prepared(
        look,
        location.read(look.place, look.text if len(whole) <= SHORT else ""),
        whole,
        words,
        bigrams(words),
        tuple(number for photo in look.photos if (number := _picture(photo)) is not None),
        len(set(gist(evened))) >= TELLING,
    )


def likeness(one: Prepared, other: Prepared) -> Likeness:
    """Symmetric; a score of 0 where the places contradict each other."""
    relation = location.relation(one.where, other.where)
    metres = _metres(one.look.point, other.look.point)
    if relation is Relation.APART:
        return NOTHING
    if one.whole == other.whole and (one.telling or relation is Relation.EQUAL):
        return Likeness(1.0, _reasons(relation, metres, "identical"), same=True)
    relation = _settled(relation, one, other, metres)
    if relation is Relation.OTHER:
        return NOTHING
    if _one_picture(one, other):
        return Likeness(0.95, _reasons(relation, metres, "photo"), same=True)
    alike = _wording(one, other)
    needed = _needed(relation, one, other, metres)
    score = SAME * alike / needed if alike < needed else SAME + (1 - SAME) * (alike - needed) / (1 - needed)
    words = ("words",) if alike >= 0.3 else ()
    return Likeness(round(score, 3), _reasons(relation, metres, *words), same=alike >= needed)


def _settled(relation: Relation, one: Prepared, other: Prepared, metres: float | None) -> Relation:
    """What the words leave open, the points, the areas and the texts may settle."""
    if metres is not None and metres > ELSEWHERE:
        return Relation.OTHER
    if relation is Relation.OTHER and _named_in(one, other) and _named_in(other, one):
        return Relation.PART
    if relation is Relation.UNKNOWN and (_named_in(one, other) or _named_in(other, one)):
        return Relation.PART
    # Who names one junction or one estate means it, whichever group hears of it.
    vague = relation is not Relation.EQUAL or (one.where.names == one.where.roads and not one.where.fine)
    return Relation.OTHER if vague and _other_areas(one.look, other.look) else relation


def _named_in(one: Prepared, other: Prepared) -> bool:
    """Whether the other's text speaks of the place this one names."""
    return bool(one.where.names) and all(name in other.whole for name in one.where.names)


def _other_areas(one: Look, other: Look) -> bool:
    if not one.area or not other.area:
        return False
    return not (one.area.startswith(other.area) or other.area.startswith(one.area))


def _needed(relation: Relation, one: Prepared, other: Prepared, metres: float | None) -> float:
    if relation is Relation.UNKNOWN:
        if not all(each.telling or each.where.key for each in (one, other)):
            return BEYOND
        if not one.where.key and not other.where.key:
            return NO_PLACE
    if relation is Relation.PART and _a_street(one) != _a_street(other) and not _both_telling(one, other):
        return BEYOND  # 江海路路灯不亮: which of its lamps, the one at the gate or all of them?
    if one.look.class_id != other.look.class_id:
        return OTHER_CLASS
    chance = BY_CHANCE if min(len(one.whole), len(other.whole)) > SHORT else 0.0
    if relation is Relation.EQUAL and one.where.fine and other.where.fine:
        return max(AT_THE_DOOR, chance)
    at_the_site = relation is Relation.EQUAL and one.where.names != one.where.roads
    if at_the_site or (metres is not None and metres <= ONE_SPOT):
        return max(AT_THE_SITE, chance)
    return NEEDED[relation]


def _a_street(one: Prepared) -> bool:
    return bool(one.where.roads) and one.where.names == one.where.roads


def _both_telling(one: Prepared, other: Prepared) -> bool:
    return min(len(one.words), len(other.words)) >= TELLING


def _wording(one: Prepared, other: Prepared) -> float:
    """Between 0 and 1: shared neighbours, whatever the order of the clauses, and the order itself."""
    order = fuzz.ratio(one.words, other.words) / 100
    fewer = min(len(one.pairs), len(other.pairs))
    if not fewer:
        return order
    shared = len(one.pairs & other.pairs)
    mutual = 2 * shared / (len(one.pairs) + len(other.pairs))
    return max(0.35 * shared / fewer + 0.2 * mutual + 0.45 * order, 0.9 * mutual)


def _reasons(relation: Relation, metres: float | None, *more: str) -> tuple[str, ...]:
    place = ("place",) if relation in (Relation.EQUAL, Relation.PART, Relation.NEAR) else ()
    point = ("point",) if metres is not None and metres <= ONE_SPOT else ()
    return (*place, *point, *more)


def _picture(photo: str) -> int | None:
    """None for a hash that says nothing: a night, a wall."""
    try:
        number = int(photo, 16)
    except ValueError:
        return None
    return number if BLANK <= number.bit_count() <= 64 - BLANK else None


def _one_picture(one: Prepared, other: Prepared) -> bool:
    return any((mine ^ theirs).bit_count() < ONE_PICTURE for mine in one.photos for theirs in other.photos)


def _metres(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float | None:
    if one is None or other is None:
        return None
    (lat, lon), (lat2, lon2) = one, other
    half = sin(radians(lat2 - lat) / 2) ** 2
    half += cos(radians(lat)) * cos(radians(lat2)) * sin(radians(lon2 - lon) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(half))
