"""Hot spots: many reports about one place, each in words of its own.

Fifty letters about one pond share few words with each other, but a name (枫桥雅苑) and a word
(鱼塘) that hardly anybody uses without the other. A name and a word make a hot spot where most
reports with one of them contain the other too, and chance does not bring them together so often.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb

from ahocorasick_rs import AhoCorasick

from handlers.triage.similarity.colloquial import split_bigrams
from handlers.triage.similarity.score import PreparedReport

SHORTEST_NAME = 3
LEAST = 3
MUTUAL = 0.6
"""Share of the reports with the name that must have the word, and of those with the word the name."""
MOST = 0.6
"""Share of the reports with the name that must mean it as their place, and share of these in one town."""
CHANCE = 1e-2
"""How often reports without any hot spot may show one."""
MANY = 8
TERMS = 6
"""Terms of the tail of the binomial that are added up; the rest is negligible."""

Holders = Mapping[str, set[int]]


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A place name, and the numbers of the reports that share a telling word with it."""

    name: str
    members: frozenset[int]


def find_hotspots(reports: Sequence[PreparedReport], groups: Sequence[int]) -> Iterator[Hotspot]:
    """The hot spots among these reports.

    `groups` gives for each report the number of the group it is in already; a group counts as one voice,
    so that a text copied a hundred times is no hot spot.
    """
    named = {
        name: members
        for name, members in _group_by_name(reports).items()
        if _is_one_place(reports, name, members)
    }
    saying: dict[str, set[int]] = defaultdict(set)
    for number, report in enumerate(reports):
        for pair in report.pairs:
            saying[pair].add(groups[number])
    voices = len(set(groups))
    rivals = sum(len(holders) >= LEAST for holders in saying.values())
    for name in sorted(named):
        sharers = len({groups[member] for member in named[name]})
        if sharers < LEAST:
            continue
        sayers = _collect_words(reports, named[name], name)
        core = {
            word: worth
            for word, members in sayers.items()
            if word not in name
            and (worth := _score_mutual(members, saying[word], sharers, groups))
            and _compute_odds(members, saying[word], sharers / voices, groups) * rivals < CHANCE
        }
        if core:
            yield Hotspot(
                name, _select_members(core, {member: reports[member].full_text for member in named[name]})
            )


def _group_by_name(reports: Sequence[PreparedReport]) -> dict[str, set[int]]:
    """Every name that some report gives as its place, with all reports whose text contains it."""
    names = sorted({name for report in reports for name in report.place.names if len(name) >= SHORTEST_NAME})
    found: dict[str, set[int]] = defaultdict(set)
    automaton = AhoCorasick(names or ["\0"])
    for number, report in enumerate(reports):
        for name, _, _ in automaton.find_matches_as_indexes(report.full_text, overlapping=True):
            found[names[name]].add(number)
    return dict(found)


def _is_one_place(reports: Sequence[PreparedReport], name: str, members: set[int]) -> bool:
    """Whether most reports with the name mean it as their place, and mean one town.

    人民法院 is mentioned but is where nothing happens; every other town has a 采石场.
    """
    at_home = [
        reports[member].place
        for member in members
        if any(name in each for each in reports[member].place.names)
    ]
    towns = Counter(town for where in at_home for town in where.areas)
    # Of many long letters a third with the name as their place is enough: they name other places too.
    needed = min(MOST * len(members), max(MANY, len(members) / 3))
    return len(at_home) >= needed and (
        not towns or max(towns.values()) >= MOST * sum(bool(where.areas) for where in at_home)
    )


def _collect_words(reports: Sequence[PreparedReport], members: set[int], name: str) -> Holders:
    """The bigrams of these reports, but none that overlaps the name."""
    holders: dict[str, set[int]] = defaultdict(set)
    for member in members:
        for piece in reports[member].words.split(name):
            for pair in split_bigrams(piece):
                holders[pair].add(member)
    return holders


def _score_mutual(members: set[int], sayers: set[int], sharers: int, units: Sequence[int]) -> float:
    both = len({units[member] for member in members})
    if both < LEAST:
        return 0.0
    worth = min(both / sharers, both / max(len(sayers), both))
    return worth if worth >= MUTUAL else 0.0


def _compute_odds(members: set[int], sayers: set[int], share: float, units: Sequence[int]) -> float:
    """The chance that so many reports with the word name the place, were they spread at random."""
    both = len({units[member] for member in members})
    draws = max(len(sayers), both)
    return sum(
        comb(draws, hits) * share**hits * (1 - share) ** (draws - hits)
        for hits in range(both, min(draws, both + TERMS) + 1)
    )


def _select_members(core: Mapping[str, float], texts: Mapping[int, str]) -> frozenset[int]:
    """The reports that contain the most telling word, or two of the others."""
    best = {word for word, worth in core.items() if worth == max(core.values())}
    return frozenset(
        member
        for member, text in texts.items()
        if any(word in text for word in best) or sum(word in text for word in core) > 1
    )
