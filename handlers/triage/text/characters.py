"""A text with what the place grammar asks about it at one offset after another, found in two passes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

_HAN = re.compile(r"[\u4e00-\u9fff]+")


class Line(NamedTuple):
    """A text; where the words stand that no name contains, and the tails of places."""

    text: str
    stops: Sequence[int]
    """By offset: the length of the word before it that no name contains; 0 where there is none."""
    begun: frozenset[int]
    """Where a word begins that no name contains."""
    tails: Mapping[int, int]
    """Where a tail begins, and where the longest that begins there ends."""

    def stopped(self, start: int, end: int) -> bool:
        """Whether a word no name contains stands, or ends, in this stretch."""
        return any(self.stops[start + 1 : end + 1])

    def edge(self, at: int) -> bool:
        """Whether a name may begin at `at`: after the start, a sign, or a word no name contains."""
        return at == 0 or self.stops[at] > 0 or not is_han(self.text[at - 1])

    def han_from(self, at: int) -> int:
        """Where the Chinese characters that begin at `at` end."""
        run = _HAN.match(self.text, at)
        return run.end() if run else at


class Lines:
    """Makes lines; immutable after it is made."""

    def __init__(self, *, stop: Iterable[str], tail: Iterable[str]) -> None:
        self._stops = AhoCorasick(list(stop))
        self._tails = AhoCorasick(list(tail))

    def line(self, text: str) -> Line:
        """This text, with its words."""
        words = self._stops.find_matches_as_indexes(text, overlapping=True)
        stops = [0] * (len(text) + 1)
        for _, start, end in words:
            if end - start > stops[end]:
                stops[end] = end - start
        # Of tails that begin at one place, the longest comes last.
        tails = {start: end for _, start, end in self._tails.find_matches_as_indexes(text, overlapping=True)}
        return Line(text, stops, frozenset([start for _, start, _ in words]), tails)


def is_han(char: str) -> bool:
    """Whether this is a Chinese character."""
    return "\u4e00" <= char <= "\u9fff"
