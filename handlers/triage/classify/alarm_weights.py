"""What characters, pairs of them and groups of words lean to: a danger, or talk of one.

The weights are learned from labelled lines (`rules dangers`) and stand in the pack to be read and changed.
They only weigh: a line without a written word of danger raises no alarm, whatever it leans to.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from math import sqrt
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick

from handlers.triage.classify.word_pairs import Span
from handlers.triage.rules.schema import AlarmRules
from handlers.triage.text.normalize import fold

Name = TypeVar("Name", bound=Hashable)

POINT = 100
PLAIN_LENGTH = 25
"""Characters up to which every mark counts in full; a long story has more of everything."""
GROUP = "$"
"""Begins the name of a group of words among the marks."""


def list_pieces(text: str) -> set[str]:
    """Every character of the folded text and every two neighbours, without digits and gaps."""
    pieces = {*text, *map(str.__add__, text, text[1:])}
    return {piece for piece in pieces if not any(char.isspace() or char.isdigit() for char in piece)}


def compute_share(text: str) -> float:
    """What one mark of this text counts for: less the longer the text is."""
    length = len("".join(text.split()))
    return min(1.0, sqrt(PLAIN_LENGTH / length)) if length else 1.0


class WordFinder(Generic[Name]):
    """Finds which lists of words a text has words of, in one pass over it; immutable after it is made."""

    def __init__(self, lists: Mapping[Name, Iterable[str]]) -> None:
        words: dict[str, list[Name]] = {}
        for name, several in lists.items():
            for word in several:
                words.setdefault(fold(word), []).append(name)
        self._owners = tuple(map(tuple, words.values()))
        self._automaton = AhoCorasick(list(words) or ["\0"])

    def find_names(self, text: str) -> set[Name]:
        """The names of the lists that have a word in the folded text."""
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return {name for number in {number for number, _, _ in found} for name in self._owners[number]}

    def find_spans(self, text: str) -> dict[Name, list[Span]]:
        """By name of the list, where its words stand in the folded text."""
        spans: dict[Name, list[Span]] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for name in self._owners[number]:
                spans.setdefault(name, []).append((start, end))
        return spans


class AlarmWeights:
    """The learned weights of a pack; immutable after it is made."""

    def __init__(self, rules: AlarmRules, groups: Mapping[str, Sequence[str]]) -> None:
        # Whole numbers: the sum of fractions would depend on their order, which is another in each process.
        self._start = rules.start
        self._weights = {mark: weight for weight, several in rules.words.items() for mark in several}
        self._groups = {GROUP + name: weight for weight, names in rules.groups.items() for name in names}
        self._finder = WordFinder({GROUP + name: groups.get(name, ()) for name in _names(rules)})
        # Whatever alarms is weighed again and again: as a danger, as a risk, as talk.
        self._score_lately = lru_cache(maxsize=8)(self._add_up)

    def score(self, text: str) -> float:
        """Above 0 where the folded text leans to a danger, below where it leans to talk; about -8 to 8."""
        return self._score_lately(text)

    def _add_up(self, text: str) -> float:
        marks = {*text, *map(str.__add__, text, text[1:])}
        said = sum(map(self._weights.get, marks, repeat(0)))
        said += sum(map(self._groups.__getitem__, self._finder.find_names(text)))
        return (self._start + said * compute_share(text)) / POINT


def _names(rules: AlarmRules) -> list[str]:
    return [name for names in rules.groups.values() for name in names]
