"""Correction of where a place begins and ends, learned from examples in which people marked it.

The grammar of places knows how places are built and rarely misses one; whether 那条弄堂 belongs to it,
or the verb before it, is decided better from the characters around. So the grammar finds a place, and
this module moves its borders where the marks speak clearly for others, and rejects some guesses.
"""

import math
import re
from collections.abc import Sequence
from itertools import accumulate

from handlers.triage.address.features import Unit
from handlers.triage.address.parser import BEGIN, END, INSIDE, ONLY, OUTSIDE, AddressParser
from handlers.triage.rules.schema import PartRules

PLACE = "place"
SIGNS = re.compile(r"[，。！？；,!?;\n]")
# 三栋五零二: a number that the grammar found as part of the place stays part of it.
NUMBERED = re.compile(r"[0-9]|[零〇幺一二三四五六七八九十]{2}")
# How much better other borders must be; tried from 0 to 150 on unseen writers: less moves
# borders that were right, more leaves those that were wrong.
MOVE_THRESHOLD = 60
# How much better no place at all must be than a guess (血压药一, for its place in the sentence).
REJECT_THRESHOLD = 100


def find_clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Start and end of the clause that contains the span from `start` to `end`.

    A place seldom reaches over a comma, and text farther away says nothing about its borders.
    """
    before = (match.end() for match in SIGNS.finditer(text, 0, start))
    after = SIGNS.search(text, end)
    return max(before, default=0), after.start() if after else len(text)


class BoundaryCorrector:
    """The compiled marks around places; immutable after it is made. Without rules it changes nothing."""

    def __init__(self, rules: PartRules | None) -> None:
        self._reader = AddressParser(rules) if rules else None

    def correct_borders(
        self, text: str, start: int, end: int, *, guessed: bool = False
    ) -> tuple[int, int] | None:
        """The borders of a place found from `start` to `end`, moved where others are clearly better.

        None for a place that was merely `guessed` and is clearly none.
        """
        if self._reader is None:
            return start, end
        left, right = find_clause(text, start, end)
        found = _choose_borders(self._reader, text[left:right], start - left, end - left, guessed=guessed)
        return (left + found[0], left + found[1]) if found else None


def _choose_borders(
    reader: AddressParser, text: str, start: int, end: int, *, guessed: bool
) -> tuple[int, int] | None:
    where, gains = _score_borders(reader, text)
    first = next(at for at, unit in enumerate(where) if unit[1] > start)
    last = next(at for at in range(len(where) - 1, -1, -1) if where[at][0] < end)
    begin, until = gains.find_best(first, last)
    if guessed and gains.score(begin, until) < -REJECT_THRESHOLD:
        return None
    if NUMBERED.search(text, where[until][1], end):
        until = last
    exact = (where[first][0], where[last][1]) == (start, end)
    if exact and gains.score(begin, until) - gains.score(first, last) <= MOVE_THRESHOLD:
        return start, end
    return where[begin][0], where[until][1]


def _score_borders(reader: AddressParser, text: str) -> tuple[Sequence[Unit], "_BorderScores"]:
    """The units of the text, and how much a place among them adds to the sum of the whole reading."""
    where, scores, follow = reader.score_units(text)
    place, outside = reader.types.index(PLACE), reader.types.index(OUTSIDE)
    lost = scores[:, ONLY, outside] + follow[outside, outside]
    begins, insides, ends = (scores[:, role, place] - lost for role in (BEGIN, INSIDE, END))
    begins[1:] += follow[outside, place] - follow[outside, outside]
    ends[:-1] += follow[place, outside]
    return where, _BorderScores(begins.tolist(), insides.tolist(), ends.tolist())


class _BorderScores:
    """The points a place gains by beginning, going on and ending at each unit."""

    def __init__(self, begins: Sequence[int], insides: Sequence[int], ends: Sequence[int]) -> None:
        self._begins, self._ends = begins, ends
        self._before = [0, *accumulate(insides)]

    def score(self, first: int, last: int) -> float:
        """The points of a place from `first` to `last`; minus infinity for a single unit, which is none."""
        if first == last:
            return -math.inf
        return self._score_begin(first) + self._score_end(last)

    def find_best(self, first: int, last: int) -> tuple[int, int]:
        """The best borders of a place that shares a unit with the span from `first` to `last`."""
        begin, best = 0, (-math.inf, first, last)
        for until in range(1, len(self._begins)):
            if until - 1 <= last and self._score_begin(until - 1) > self._score_begin(begin):
                begin = until - 1
            if until >= first:
                best = max(best, (self._score_begin(begin) + self._score_end(until), begin, until))
        return best[1], best[2]

    def _score_begin(self, at: int) -> int:
        return self._begins[at] - self._before[at + 1]

    def _score_end(self, at: int) -> int:
        return self._before[at] + self._ends[at]
