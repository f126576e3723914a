"""Groups of reports about one matter, and which of the groups are hot.

Pairs to be compared come from an inverted index over rare shared words and places, so thousands of
reports cost some pairs a report and not all pairs. What pairs cannot tell, `hotspots` may.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.triage.similarity.hotspots import find_hotspots
from handlers.triage.similarity.keywords import choose_phrases
from handlers.triage.similarity.score import PreparedReport, compare_reports

MOST_SHARING = 40
"""Where more reports share a word, each is compared with its neighbours in order of the text only."""
NEIGHBOURS = 10
MOST_RARE = 12
THREE_DAYS = timedelta(days=3)
BURST = timedelta(hours=2)
"""Within so short a time one class at one place is one matter, whatever the words: 淹了, 积水, 过不去."""
MAJORITY = 0.5
"""Share of a group above which its commonest class is what the group is about."""

IndexPair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class HotGroup:
    """Several reports about one matter in a short time."""

    members: frozenset[int]
    """Positions in the list of reports."""
    words: tuple[str, ...]
    """The words of most members, and of few other reports."""
    place: str
    """The place most members speak of, as one of them names it; empty where none does."""
    class_id: str


def cluster_reports(reports: Sequence[PreparedReport]) -> list[set[int]]:
    """Groups of two and more reports, as positions in `reports`, the largest first.

    The order of the reports makes no difference.
    """
    return _group_reports(reports).list_groups()


def find_topics(
    reports: Sequence[PreparedReport],
    times: Sequence[datetime],
    *,
    reporters: Sequence[Hashable | None] | None = None,
    within: timedelta = THREE_DAYS,
    least: int = 3,
    fallback_class: str | None = None,
) -> list[HotGroup]:
    """Groups that at least `least` people reported within `within`, the largest first.

    `times` are aware and parallel to `reports`, and so are `reporters`: who sent each report, None where
    nobody knows, which is nobody's voice; without `reporters` each report is by somebody else. Wider than
    `cluster_reports`: one class at one place name is a topic, whatever the house numbers, with one shared
    word or within `BURST`; `fallback_class` is no such class.
    """
    groups = _group_reports(reports)
    for members in _group_by_class(reports, times, least, fallback_class):
        groups.join_all(members)
    counts = Counter(pair for report in reports for pair in report.pairs)
    voices = range(len(reports)) if reporters is None else reporters
    crowds = (
        _find_densest_window(
            sorted(_drop_strays(reports, group, counts, fallback_class), key=lambda m: (times[m], m)),
            times, voices, within,
        )
        for group in groups.list_groups()
    )  # fmt: skip
    hot = sorted(
        (crowd for crowd in crowds if _count_voices(crowd, voices) >= least), key=lambda c: (-len(c), min(c))
    )
    return [_build_hot_group(reports, crowd, counts) for crowd in hot]


def _drop_strays(
    reports: Sequence[PreparedReport], members: set[int], counts: Counter[str], fallback_class: str | None
) -> set[int]:
    """The members without those that are about something else: a fallen tree beside the rubble.

    Where most are of one class, a report of another class is not of it, and one of no class only with one
    of the group's words. Where no class has most of them, the words decide alone.
    """
    classes = Counter(reports[member].features.class_id for member in members)
    classes.pop(fallback_class or "", None)
    most = max(classes, key=lambda each: (classes[each], each), default="")
    named = classes[most] > MAJORITY * classes.total()
    words = choose_phrases([reports[member] for member in sorted(members)], counts, size=len(reports))

    def belongs(report: PreparedReport) -> bool:
        if named and report.features.class_id != fallback_class:
            return report.features.class_id == most
        return not words or any(word in report.full_text for word in words)

    return {member for member in members if belongs(reports[member])}


def _count_voices(members: Iterable[int], voices: Sequence[Hashable | None]) -> int:
    return len({voices[member] for member in members} - {None})


def _group_reports(reports: Sequence[PreparedReport]) -> "_DisjointSets":
    groups = _DisjointSets(len(reports))
    for one, other in sorted(_candidates(reports)):
        if compare_reports(reports[one], reports[other]).same:
            groups.join(one, other)
    for spot in find_hotspots(reports, groups.list_roots()):
        groups.join_all(spot.members)
    return groups


def _candidates(reports: Sequence[PreparedReport]) -> set[IndexPair]:
    counts = Counter(pair for report in reports for pair in report.pairs)
    holders: dict[str, list[int]] = defaultdict(list)
    for number, report in enumerate(reports):
        shared = (pair for pair in report.pairs if counts[pair] > 1)
        rare = sorted(shared, key=lambda pair: (counts[pair], pair))[:MOST_RARE]
        for key in (*rare, *(f"@{name}" for name in report.place.names), f"={report.full_text}"):
            holders[key].append(number)
    return {pair for numbers in holders.values() for pair in _pairs(numbers, reports)}


def _pairs(numbers: Sequence[int], reports: Sequence[PreparedReport]) -> Iterator[IndexPair]:
    reach = len(numbers)
    if reach > MOST_SHARING:
        reach = NEIGHBOURS
        numbers = sorted(
            numbers, key=lambda each: (reports[each].full_text, reports[each].features.area or "", each)
        )
    for at, one in enumerate(numbers):
        for other in numbers[at + 1 : at + 1 + reach]:
            yield (one, other) if one < other else (other, one)


def _group_by_class(
    reports: Sequence[PreparedReport], times: Sequence[datetime], least: int, fallback_class: str | None
) -> Iterator[frozenset[int]]:
    """Reports of one class with the same place names, whatever the numbers: a shared word, or a burst."""
    together: dict[tuple[str, frozenset[str]], set[int]] = defaultdict(set)
    for number, report in enumerate(reports):
        if report.place.names and report.features.class_id != fallback_class:
            together[report.features.class_id, report.place.names].add(number)
    for members in together.values():
        holders = Counter(pair for member in members for pair in reports[member].pairs)
        when = [times[member] for member in members]
        is_one_matter = len(members) in holders.values() or max(when) - min(when) <= BURST
        if len(members) >= least and is_one_matter:
            yield frozenset(members)


def _find_densest_window(
    members: Sequence[int], at: Sequence[datetime], voices: Sequence[Hashable | None], within: timedelta
) -> frozenset[int]:
    """The members that came within one window of time: the window with the most people, then the most
    members; `members` are sorted by time.
    """
    best: Sequence[int] = ()
    most = (0, 0)
    first = 0
    heard: Counter[Hashable | None] = Counter()
    for last, member in enumerate(members):
        heard[voices[member]] += 1
        while at[member] - at[members[first]] > within:
            gone = voices[members[first]]
            heard[gone] -= 1
            if not heard[gone]:
                del heard[gone]
            first += 1
        size = (len(heard) - (None in heard), last + 1 - first)
        if size > most:
            best, most = members[first : last + 1], size
    return frozenset(best)


def _build_hot_group(
    reports: Sequence[PreparedReport], members: frozenset[int], counts: Counter[str]
) -> HotGroup:
    chosen = [reports[member] for member in sorted(members)]
    classes = Counter(report.features.class_id for report in chosen)
    return HotGroup(
        members,
        choose_phrases(chosen, counts, size=len(reports)),
        _choose_place(chosen),
        min(classes, key=lambda each: (-classes[each], each)),
    )


def _choose_place(chosen: Sequence[PreparedReport]) -> str:
    """The place whose names most reports contain; of equal ones the shortest."""
    placed_reports = [report for report in chosen if report.place.names]
    support = {
        report.features.place: sum(
            all(name in other.full_text for name in report.place.names) for other in chosen
        )
        for report in placed_reports
    }
    return min(support, key=lambda place: (-support[place], len(place), place), default="")


class _DisjointSets:
    """Sets that are united when they share a member (union-find)."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def join(self, one: int, other: int) -> None:
        self._parent[self._find_root(one)] = self._find_root(other)

    def join_all(self, members: frozenset[int]) -> None:
        first = min(members)
        for member in members:
            self.join(first, member)

    def list_roots(self) -> list[int]:
        """For every member the number of the root that represents its set."""
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
