"""Groups about one matter in a heap of reports, and which of them are hot.

Pairs to be judged come from an inverted index over rare shared words and places, so a heap of
thousands costs some pairs a report and not all of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.triage.likeness import Prepared, likeness

MOST_SHARING = 40
"""A word or place that more reports share tells no two of them apart."""
MOST_RARE = 12
THREE_DAYS = timedelta(days=3)
SHOWN_WORDS, SHOWN_PLACES = 5, 3

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class HotGroup:
    """Several reports about one matter in a short time."""

    members: frozenset[int]
    """Positions in the heap."""
    words: tuple[str, ...]
    """What most of them say."""
    place: str
    """The place most of them name; empty where none does."""
    class_id: str


def clusters(looks: Sequence[Prepared], *, most: int = MOST_SHARING) -> list[set[int]]:
    """Groups of two and more, by position, the largest first; who is about nothing shared is in none.

    The order of the heap makes no difference.
    """
    groups = _Groups(len(looks))
    for one, other in sorted(_candidates(looks, most)):
        if likeness(looks[one], looks[other]).same:
            groups.join(one, other)
    return groups.found()


def topics(
    looks: Sequence[Prepared], at: Sequence[datetime], *, within: timedelta = THREE_DAYS, least: int = 3
) -> list[HotGroup]:
    """Groups of which at least `least` reports came within `within`, with what they share."""
    hot = []
    for group in clusters(looks):
        if crowd := _crowd(sorted(group, key=lambda each: (at[each], each)), at, within, least):
            hot.append(_told(looks, crowd))
    return hot


def _candidates(looks: Sequence[Prepared], most: int) -> set[Pair]:
    counts = Counter(pair for look in looks for pair in look.pairs)
    holders: dict[str, list[int]] = defaultdict(list)
    for number, look in enumerate(looks):
        shared = (pair for pair in look.pairs if 1 < counts[pair] <= most)
        rare = sorted(shared, key=lambda pair: (counts[pair], pair))[:MOST_RARE]
        for key in (*rare, *(f"@{name}" for name in look.where.names), f"={look.whole}"):
            holders[key].append(number)
    return {pair for numbers in holders.values() if len(numbers) <= most for pair in _pairs(numbers)}


def _pairs(numbers: Sequence[int]) -> Iterator[Pair]:
    for at, one in enumerate(numbers):
        for other in numbers[at + 1 :]:
            yield one, other


def _crowd(
    members: Sequence[int], at: Sequence[datetime], within: timedelta, least: int
) -> frozenset[int] | None:
    """The most members that came within one stretch of time."""
    best: Sequence[int] = ()
    first = 0
    for last, member in enumerate(members):
        while at[member] - at[members[first]] > within:
            first += 1
        if last + 1 - first > len(best):
            best = members[first : last + 1]
    return frozenset(best) if len(best) >= least else None


def _told(looks: Sequence[Prepared], members: frozenset[int]) -> HotGroup:
    chosen = [looks[member] for member in sorted(members)]
    words = Counter(pair for look in chosen for pair in look.pairs)
    places = Counter(look.look.place for look in chosen if look.look.place)
    classes = Counter(look.look.class_id for look in chosen)
    return HotGroup(
        members,
        tuple(sorted(words, key=lambda word: (-words[word], word))[:SHOWN_WORDS]),
        _most(places),
        _most(classes),
    )


def _most(counts: Counter[str]) -> str:
    return min(counts, key=lambda each: (-counts[each], each)) if counts else ""


class _Groups:
    """Union of sets that share a member."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def join(self, one: int, other: int) -> None:
        self._parent[self._root(one)] = self._root(other)

    def found(self) -> list[set[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for number in range(len(self._parent)):
            members[self._root(number)].add(number)
        return sorted(
            (group for group in members.values() if len(group) > 1), key=lambda g: (-len(g), min(g))
        )

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number
