"""Where a place truly begins and ends, learned from examples in which people have marked it.

The grammar of places knows how places are built and rarely misses one; whether 那条弄堂 belongs to it,
or the verb before it, is heard better from the characters around. So the grammar finds, and
this moves the borders where the marks speak clearly for others, and gives up a guess they know better.
"""

import math
import re
from collections.abc import Sequence
from itertools import accumulate

from handlers.triage.address.features import Unit
from handlers.triage.address.parser import BEGIN, END, INSIDE, ONLY, OUTSIDE, SpanReader
from handlers.triage.rules.schema import PartRules

PLACE = "place"
SIGNS = re.compile(r"[，。！？；,!?;\n]")
# 三栋五零二: a number that the grammar took for one of the place is no end of anything else.
NUMBERED = re.compile(r"[0-9]|[零〇幺一二三四五六七八九十]{2}")
# How much better other borders must be; tried from 0 to 150 on writers not learned from: less moves
# borders that were right, more leaves those that were wrong.
CLEARLY = 60
# How much better no place at all must be than a guess (血压药一, for its place in the sentence).
SURELY = 100


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause begins and ends that holds what stands from `start` to `end`.

    A place seldom reaches over a comma, and what is farther away tells nothing of its borders.
    """
    before = (match.end() for match in SIGNS.finditer(text, 0, start))
    after = SIGNS.search(text, end)
    return max(before, default=0), after.start() if after else len(text)


class Spots:
    """The compiled marks; immutable after it is made."""

    def __init__(self, rules: PartRules | None) -> None:
        self._reader = SpanReader(rules) if rules else None

    def mended(self, text: str, start: int, end: int, *, guessed: bool = False) -> tuple[int, int] | None:
        """Borders for what was found from `start` to `end`: others where they are clearly better.

        None for what was merely `guessed` and is surely no place.
        """
        if self._reader is None:
            return start, end
        left, right = clause(text, start, end)
        found = _borders(self._reader, text[left:right], start - left, end - left, guessed=guessed)
        return (left + found[0], left + found[1]) if found else None


def _borders(reader: SpanReader, text: str, start: int, end: int, *, guessed: bool) -> tuple[int, int] | None:
    where, gains = _gains(reader, text)
    first = next(at for at, unit in enumerate(where) if unit[1] > start)
    last = next(at for at in range(len(where) - 1, -1, -1) if where[at][0] < end)
    begin, until = gains.best(first, last)
    if guessed and gains.of(begin, until) < -SURELY:
        return None
    if NUMBERED.search(text, where[until][1], end):
        until = last
    exact = (where[first][0], where[last][1]) == (start, end)
    if exact and gains.of(begin, until) - gains.of(first, last) <= CLEARLY:
        return start, end
    return where[begin][0], where[until][1]


def _gains(reader: SpanReader, text: str) -> tuple[Sequence[Unit], "_Gains"]:
    """The units of the text, and what a place among them gives the whole, against none."""
    where, scores, follow = reader.weighed(text)
    place, outside = reader.types.index(PLACE), reader.types.index(OUTSIDE)
    lost = scores[:, ONLY, outside] + follow[outside, outside]
    begins, insides, ends = (scores[:, role, place] - lost for role in (BEGIN, INSIDE, END))
    begins[1:] += follow[outside, place] - follow[outside, outside]
    ends[:-1] += follow[place, outside]
    return where, _Gains(begins.tolist(), insides.tolist(), ends.tolist())


class _Gains:
    """What a place gains by beginning, going on and ending at each unit."""

    def __init__(self, begins: Sequence[int], insides: Sequence[int], ends: Sequence[int]) -> None:
        self._begins, self._ends = begins, ends
        self._before = [0, *accumulate(insides)]

    def of(self, first: int, last: int) -> float:
        """A place of one unit is none."""
        if first == last:
            return -math.inf
        return self._from(first) + self._upto(last)

    def best(self, first: int, last: int) -> tuple[int, int]:
        """The best borders of what shares a unit with first to last."""
        begin, best = 0, (-math.inf, first, last)
        for until in range(1, len(self._begins)):
            if until - 1 <= last and self._from(until - 1) > self._from(begin):
                begin = until - 1
            if until >= first:
                best = max(best, (self._from(begin) + self._upto(until), begin, until))
        return best[1], best[2]

    def _from(self, at: int) -> int:
        return self._begins[at] - self._before[at + 1]

    def _upto(self, at: int) -> int:
        return self._before[at] + self._ends[at]
