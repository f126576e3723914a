"""Groups about one matter among many reports, and which of them are hot.

Pairs to be judged come from an inverted index over rare shared words and places, so thousands
of reports cost some pairs each and not all of them. What pairs cannot tell, `find_hotspots` may.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.triage.similarity.hotspots import find_hotspots
from handlers.triage.similarity.keywords import choose_phrases
from handlers.triage.similarity.score import PreparedReport, compare_reports

MOST_SHARING = 40
"""Of more reports sharing a word, each is compared with its neighbours in order of the text."""
NEIGHBOURS = 10
MOST_RARE = 12
THREE_DAYS = timedelta(days=3)

IndexPair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class HotGroup:
    """Several reports about one matter in a short time."""

    members: frozenset[int]
    """Positions among the reports that were given."""
    words: tuple[str, ...]
    """What most of them say, and few others."""
    place: str
    """The place most of them speak of, as one of them names it; empty where none does."""
    class_id: str


def cluster_reports(reports: Sequence[PreparedReport]) -> list[set[int]]:
    """Groups of two and more, by position, the largest first; who is alone is in none.

    The order of the reports makes no difference.
    """
    return _group_reports(reports).list_groups()


def find_topics(
    reports: Sequence[PreparedReport],
    times: Sequence[datetime],
    *,
    within: timedelta = THREE_DAYS,
    least: int = 3,
    fallback_class: str | None = None,
) -> list[HotGroup]:
    """Groups of which at least `least` came within `within`, the largest first, with what they share.

    `times`: when each report came, in the order of `reports`.
    Wider than `cluster_reports`: one class and one word at one name are a topic, whatever the doors;
    `fallback_class` is no such class, since whatever fits nothing is in it.
    """
    groups = _group_reports(reports)
    for members in _group_by_class(reports, least, fallback_class):
        groups.join_all(members)
    counts = Counter(pair for look in reports for pair in look.pairs)
    crowds = (
        _find_densest_window(sorted(group, key=lambda m: (times[m], m)), times, within)
        for group in groups.list_groups()
    )
    hot = sorted((crowd for crowd in crowds if len(crowd) >= least), key=lambda c: (-len(c), min(c)))
    return [_build_hot_group(reports, crowd, counts) for crowd in hot]


def _group_reports(looks: Sequence[PreparedReport]) -> "_DisjointSets":
    groups = _DisjointSets(len(looks))
    for one, other in sorted(_candidates(looks)):
        if compare_reports(looks[one], looks[other]).same:
            groups.join(one, other)
    for spot in find_hotspots(looks, groups.list_roots()):
        groups.join_all(spot.members)
    return groups


def _candidates(looks: Sequence[PreparedReport]) -> set[IndexPair]:
    counts = Counter(pair for look in looks for pair in look.pairs)
    holders: dict[str, list[int]] = defaultdict(list)
    for number, look in enumerate(looks):
        shared = (pair for pair in look.pairs if counts[pair] > 1)
        rare = sorted(shared, key=lambda pair: (counts[pair], pair))[:MOST_RARE]
        for key in (*rare, *(f"@{name}" for name in look.place.names), f"={look.full_text}"):
            holders[key].append(number)
    return {pair for numbers in holders.values() for pair in _pairs(numbers, looks)}


def _pairs(numbers: Sequence[int], looks: Sequence[PreparedReport]) -> Iterator[IndexPair]:
    reach = len(numbers)
    if reach > MOST_SHARING:
        reach = NEIGHBOURS
        numbers = sorted(
            numbers, key=lambda each: (looks[each].full_text, looks[each].features.area or "", each)
        )
    for at, one in enumerate(numbers):
        for other in numbers[at + 1 : at + 1 + reach]:
            yield (one, other) if one < other else (other, one)


def _group_by_class(
    looks: Sequence[PreparedReport], least: int, fallback_class: str | None
) -> Iterator[frozenset[int]]:
    """Reports of one class whose places bear the same names, whatever the doors, and that share a word."""
    together: dict[tuple[str, frozenset[str]], set[int]] = defaultdict(set)
    for number, look in enumerate(looks):
        if look.place.names and look.features.class_id != fallback_class:
            together[look.features.class_id, look.place.names].add(number)
    for members in together.values():
        said = Counter(pair for member in members for pair in looks[member].pairs)
        if len(members) >= least and len(members) in said.values():
            yield frozenset(members)


def _find_densest_window(members: Sequence[int], at: Sequence[datetime], within: timedelta) -> frozenset[int]:
    """The most members that came within one stretch of time."""
    best: Sequence[int] = ()
    first = 0
    for last, member in enumerate(members):
        while at[member] - at[members[first]] > within:
            first += 1
        if last + 1 - first > len(best):
            best = members[first : last + 1]
    return frozenset(best)


def _build_hot_group(
    looks: Sequence[PreparedReport], members: frozenset[int], counts: Counter[str]
) -> HotGroup:
    chosen = [looks[member] for member in sorted(members)]
    classes = Counter(look.features.class_id for look in chosen)
    return HotGroup(
        members,
        choose_phrases(chosen, counts, size=len(looks)),
        _choose_place(chosen),
        min(classes, key=lambda each: (-classes[each], each)),
    )


def _choose_place(chosen: Sequence[PreparedReport]) -> str:
    """The place whose names most of them say; of equal ones the shortest."""
    placed_reports = [look for look in chosen if look.place.names]
    support = {
        look.features.place: sum(
            all(name in other.full_text for name in look.place.names) for other in chosen
        )
        for look in placed_reports
    }
    return min(support, key=lambda place: (-support[place], len(place), place), default="")


class _DisjointSets:
    """Sets that become one when they share a member."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def join(self, one: int, other: int) -> None:
        self._parent[self._find_root(one)] = self._find_root(other)

    def join_all(self, members: frozenset[int]) -> None:
        first = min(members)
        for member in members:
            self.join(first, member)

    def list_roots(self) -> list[int]:
        """For every member what stands for its set."""
        return [self._find_root(number) for number in range(len(self._parent))]

    def list_groups(self) -> list[set[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for number, root in enumerate(self.list_roots()):
            members[root].add(number)
        several = (group for group in members.values() if len(group) > 1)
        return sorted(several, key=lambda group: (-len(group), min(group)))

    def _find_root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number
