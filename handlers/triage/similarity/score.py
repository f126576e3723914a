"""Whether two reports are about one matter: place before wording, and always with the reasons.

The caller chooses candidates by class, place and time; here a pair of them is judged. Contradicting
places end it; the surer the place, the less the words must agree. Nothing here knows a database
or a clock.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from rapidfuzz import fuzz

from handlers.triage.similarity import location
from handlers.triage.similarity.colloquial import extract_gist, normalize_spelling, split_bigrams, strip_signs
from handlers.triage.similarity.location import ParsedPlace, PlaceRelation
from handlers.triage.similarity.photo_hash import is_one_picture, parse_hash

SAME_THRESHOLD = 0.6
"""From this score on two reports count as one matter."""
SHORT = 60
"""Characters. In a longer text a number may be anything: the writer's own door, a sum, a law."""
TELLING = 12
"""So many different characters beside courtesies are more than a stock phrase (路灯坏了)."""
ONE_SPOT, ELSEWHERE = 60.0, 1_000.0
"""Metres."""
NEEDED = {
    PlaceRelation.EQUAL: 0.3,
    PlaceRelation.PART: 0.4,
    PlaceRelation.NEAR: 0.45,
    PlaceRelation.UNKNOWN: 0.6,
}
"""How similar the words must be (0 to 1), by the relation of the places."""
AT_THE_DOOR, AT_THE_SITE = 0.05, 0.16
"""As NEEDED, where both name one door or junction, or one site."""
BY_CHANCE = 0.2
"""Two letters about anything at one site share words; two short messages hardly any."""
NO_PLACE = 0.85
OTHER_CLASS = 0.8
BEYOND = 2.0
"""More than any wording reaches."""


@dataclass(frozen=True, slots=True)
class ReportFeatures:
    """The parts of a report that are compared."""

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
class Similarity:
    """How similar two reports are (0 to 1), and what spoke for it."""

    score: float
    reasons: tuple[str, ...]
    """Any of place, point, words, photo, identical."""
    same: bool
    """Whether it is enough to say 「已有人反映」 and to follow the case."""


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """A report with everything that is computed once for all comparisons."""

    features: ReportFeatures
    place: ParsedPlace
    full_text: str
    """The whole text, without signs."""
    words: str
    """The words of the matter: without place and courtesies."""
    pairs: frozenset[str]
    photos: tuple[int, ...]
    is_distinctive: bool


NO_SIMILARITY = Similarity(0.0, (), same=False)


def prepare_report(features: ReportFeatures) -> PreparedReport:
    """Parse the place, the words and the photo hashes of a report."""
    normalized = normalize_spelling(features.text)
    place = normalize_spelling(features.place).strip()
    words = extract_gist(normalized.replace(place, " ") if place else normalized)
    whole = strip_signs(normalized)
    return PreparedReport(
        features,
        location.parse_place(features.place, features.text if len(whole) <= SHORT else ""),
        whole,
        words,
        split_bigrams(words),
        tuple(number for photo in features.photos if (number := parse_hash(photo)) is not None),
        len(set(extract_gist(normalized))) >= TELLING,
    )


def compare_reports(one: PreparedReport, other: PreparedReport) -> Similarity:
    """How similar two reports are; symmetric. The score is 0 where their places contradict each other."""
    relation = location.compare_places(one.place, other.place)
    metres = measure_distance(one.features.point, other.features.point)
    if relation is PlaceRelation.APART:
        return NO_SIMILARITY
    if one.full_text == other.full_text and (one.is_distinctive or relation is PlaceRelation.EQUAL):
        return Similarity(1.0, _reasons(relation, metres, "identical"), same=True)
    relation = _refine_relation(relation, one, other, metres)
    if relation is PlaceRelation.OTHER:
        return NO_SIMILARITY
    if _shares_photo(one, other):
        # The place that somebody states outweighs a picture, which may have been sent before.
        is_there = relation in (PlaceRelation.EQUAL, PlaceRelation.PART)
        return Similarity(
            0.95, _reasons(relation, metres, "photo"),
            same=is_there or not (_states_place(one) and _states_place(other)),
        )  # fmt: skip
    wording = _score_wording(one, other)
    needed = _choose_threshold(relation, one, other, metres)
    score = (
        SAME_THRESHOLD * wording / needed
        if wording < needed
        else SAME_THRESHOLD + (1 - SAME_THRESHOLD) * (wording - needed) / (1 - needed)
    )
    words = ("words",) if wording >= 0.3 else ()
    return Similarity(round(score, 3), _reasons(relation, metres, *words), same=wording >= needed)


def _refine_relation(
    relation: PlaceRelation, one: PreparedReport, other: PreparedReport, metres: float | None
) -> PlaceRelation:
    """The relation of the places after points, areas and texts have been considered as well."""
    if metres is not None and metres > ELSEWHERE:
        return PlaceRelation.OTHER
    if relation is PlaceRelation.OTHER and _is_named_in(one, other) and _is_named_in(other, one):
        return PlaceRelation.PART
    if relation is PlaceRelation.UNKNOWN and (_is_named_in(one, other) or _is_named_in(other, one)):
        return PlaceRelation.PART
    # A report that names one junction or estate means it, whichever group it comes from.
    vague = relation is not PlaceRelation.EQUAL or (
        one.place.names == one.place.roads and not one.place.is_precise
    )
    return PlaceRelation.OTHER if vague and _has_other_area(one.features, other.features) else relation


def _is_named_in(one: PreparedReport, other: PreparedReport) -> bool:
    """Whether the text of `other` contains every place name of `one`."""
    return bool(one.place.names) and all(name in other.full_text for name in one.place.names)


def _has_other_area(one: ReportFeatures, other: ReportFeatures) -> bool:
    if not one.area or not other.area:
        return False
    return not (one.area.startswith(other.area) or other.area.startswith(one.area))


def _choose_threshold(
    relation: PlaceRelation, one: PreparedReport, other: PreparedReport, metres: float | None
) -> float:
    if relation is PlaceRelation.UNKNOWN:
        if not all(each.is_distinctive or each.place.key for each in (one, other)):
            return BEYOND
        if not one.place.key and not other.place.key:
            return NO_PLACE
    if (
        relation is PlaceRelation.PART
        and _is_street(one) != _is_street(other)
        and not _has_enough_words(one, other)
    ):
        return BEYOND  # 江海路路灯不亮 does not tell which lamp it is.
    if one.features.class_id != other.features.class_id:
        return OTHER_CLASS
    chance = BY_CHANCE if min(len(one.full_text), len(other.full_text)) > SHORT else 0.0
    if relation is PlaceRelation.EQUAL and one.place.is_precise and other.place.is_precise:
        return max(AT_THE_DOOR, chance)
    at_the_site = relation is PlaceRelation.EQUAL and one.place.names != one.place.roads
    if at_the_site or (metres is not None and metres <= ONE_SPOT):
        return max(AT_THE_SITE, chance)
    return NEEDED[relation]


def _is_street(one: PreparedReport) -> bool:
    return bool(one.place.roads) and one.place.names == one.place.roads


def _has_enough_words(one: PreparedReport, other: PreparedReport) -> bool:
    return min(len(one.words), len(other.words)) >= TELLING


def _score_wording(one: PreparedReport, other: PreparedReport) -> float:
    """Similarity of the words, 0 to 1: shared bigrams, whatever the order of clauses, and edit distance."""
    order = fuzz.ratio(one.words, other.words) / 100
    fewer = min(len(one.pairs), len(other.pairs))
    if not fewer:
        return order
    shared = len(one.pairs & other.pairs)
    mutual = 2 * shared / (len(one.pairs) + len(other.pairs))
    return max(0.35 * shared / fewer + 0.2 * mutual + 0.45 * order, 0.9 * mutual)


def _reasons(relation: PlaceRelation, metres: float | None, *more: str) -> tuple[str, ...]:
    place = ("place",) if relation in (PlaceRelation.EQUAL, PlaceRelation.PART, PlaceRelation.NEAR) else ()
    point = ("point",) if metres is not None and metres <= ONE_SPOT else ()
    return (*place, *point, *more)


def _states_place(report: PreparedReport) -> bool:
    """Whether the words name the place, which was not only supplied by group or sender."""
    return bool(report.place.key) and report.features.place in report.features.text


def _shares_photo(one: PreparedReport, other: PreparedReport) -> bool:
    return any(is_one_picture(left, right) for left in one.photos for right in other.photos)


def measure_distance(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float | None:
    """Metres between two points (latitude, longitude); None where one is unknown."""
    if one is None or other is None:
        return None
    (lat, lon), (lat2, lon2) = one, other
    half = sin(radians(lat2 - lat) / 2) ** 2
    half += cos(radians(lat)) * cos(radians(lat2)) * sin(radians(lon2 - lon) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(half))
