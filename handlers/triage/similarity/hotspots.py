"""What many say of one place, each in words of their own.

Fifty letters about one pond share few words with each other, but a name (枫桥雅苑) and a word
(鱼塘) that hardly anybody says without the other. A name and a word make a hot spot where most who
say one say the other too, and chance does not bring them together so often.
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
"""Of those who say the name so many say the word, and of those who say the word so many the name."""
MOST = 0.6
"""So many of those who say the name say it as their place, and so many of these mean one town."""
CHANCE = 1e-2
"""How often reports without any hot spot may show one."""
MANY = 8
TERMS = 6
"""Of the tail of the binomial; the rest adds nothing that matters."""

Holders = Mapping[str, set[int]]


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A name and the reports that say of it what is said of nothing else."""

    name: str
    members: frozenset[int]


def find_hotspots(reports: Sequence[PreparedReport], groups: Sequence[int]) -> Iterator[Hotspot]:
    """The hot spots among these reports, by name.

    `groups`: of each report the number of the group it is in already; what is copied a hundred times is
    one voice.
    """
    named = {
        name: members
        for name, members in _group_by_name(reports).items()
        if _is_one_place(reports, name, members)
    }
    saying: dict[str, set[int]] = defaultdict(set)
    for number, look in enumerate(reports):
        for pair in look.pairs:
            saying[pair].add(groups[number])
    voices = len(set(groups))
    rivals = sum(len(holders) >= LEAST for holders in saying.values())
    for name in sorted(named):
        sharers = len({groups[member] for member in named[name]})
        if sharers < LEAST:
            continue
        here = _collect_words(reports, named[name], name)
        core = {
            word: worth
            for word, members in here.items()
            if word not in name
            and (worth := _score_mutual(members, saying[word], sharers, groups))
            and _compute_odds(members, saying[word], sharers / voices, groups) * rivals < CHANCE
        }
        if core:
            yield Hotspot(
                name, _select_members(core, {member: reports[member].full_text for member in named[name]})
            )


def _group_by_name(looks: Sequence[PreparedReport]) -> dict[str, set[int]]:
    """Every name some report gives as its place, and all reports whose text speaks of it."""
    names = sorted({name for look in looks for name in look.place.names if len(name) >= SHORTEST_NAME})
    found: dict[str, set[int]] = defaultdict(set)
    automaton = AhoCorasick(names or ["\0"])
    for number, look in enumerate(looks):
        for name, _, _ in automaton.find_matches_as_indexes(look.full_text, overlapping=True):
            found[names[name]].add(number)
    return dict(found)


def _is_one_place(looks: Sequence[PreparedReport], name: str, members: set[int]) -> bool:
    """Whether most who say the name mean to say where they are, and all mean one town.

    人民法院 is spoken of but is where nothing happens; a 采石场 every other town has.
    """
    at_home = [
        looks[member].place for member in members if any(name in each for each in looks[member].place.names)
    ]
    towns = Counter(town for where in at_home for town in where.areas)
    # Of many long letters every third naming it as the place is proof as well: they name other places too.
    needed = min(MOST * len(members), max(MANY, len(members) / 3))
    return len(at_home) >= needed and (
        not towns or max(towns.values()) >= MOST * sum(bool(where.areas) for where in at_home)
    )


def _collect_words(looks: Sequence[PreparedReport], members: set[int], name: str) -> Holders:
    """The words these reports say, but none that runs into the name."""
    said: dict[str, set[int]] = defaultdict(set)
    for member in members:
        for piece in looks[member].words.split(name):
            for pair in split_bigrams(piece):
                said[pair].add(member)
    return said


def _score_mutual(members: set[int], sayers: set[int], sharers: int, units: Sequence[int]) -> float:
    both = len({units[member] for member in members})
    if both < LEAST:
        return 0.0
    worth = min(both / sharers, both / max(len(sayers), both))
    return worth if worth >= MUTUAL else 0.0


def _compute_odds(members: set[int], sayers: set[int], share: float, units: Sequence[int]) -> float:
    """The chance that so many of the word's sayers name the place, were they spread at random."""
    both = len({units[member] for member in members})
    draws = max(len(sayers), both)
    return sum(
        comb(draws, hits) * share**hits * (1 - share) ** (draws - hits)
        for hits in range(both, min(draws, both + TERMS) + 1)
    )


def _select_members(core: Mapping[str, float], texts: Mapping[int, str]) -> frozenset[int]:
    """Who says the most telling word, if only in naming the place, or two others."""
    best = {word for word, worth in core.items() if worth == max(core.values())}
    return frozenset(
        member
        for member, text in texts.items()
        if any(word in text for word in best) or sum(word in text for word in core) > 1
    )
