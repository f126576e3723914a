"""A text with what the place grammar asks about it at one offset after another, found in two passes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

_HAN = re.compile(r"[\u4e00-\u9fff]+")


class ScannedText(NamedTuple):
    """A text; where the words stand that no name contains, and the tails of places."""

    text: str
    stops: Sequence[int]
    """By offset: the length of the word before it that no name contains; 0 where there is none."""
    stop_starts: frozenset[int]
    """Where a word begins that no name contains."""
    tails: Mapping[int, int]
    """Where a tail begins, and where the longest that begins there ends."""

    def has_stop(self, start: int, end: int) -> bool:
        """Whether a word no name contains stands, or ends, in this stretch."""
        return any(self.stops[start + 1 : end + 1])

    def is_boundary(self, at: int) -> bool:
        """Whether a name may begin at `at`: after the start, a sign, or a word no name contains."""
        return at == 0 or self.stops[at] > 0 or not is_han(self.text[at - 1])

    def find_han_end(self, at: int) -> int:
        """Where the Chinese characters that begin at `at` end."""
        run = _HAN.match(self.text, at)
        return run.end() if run else at


class TextScanner:
    """Makes lines; immutable after it is made."""

    def __init__(self, *, stop: Iterable[str], tail: Iterable[str]) -> None:
        self._stops = AhoCorasick(list(stop))
        self._tails = AhoCorasick(list(tail))

    def scan(self, text: str) -> ScannedText:
        """This text, with its words."""
        words = self._stops.find_matches_as_indexes(text, overlapping=True)
        stops = [0] * (len(text) + 1)
        for _, start, end in words:
            if end - start > stops[end]:
                stops[end] = end - start
        # Of tails that begin at one place, the longest comes last.
        tails = {start: end for _, start, end in self._tails.find_matches_as_indexes(text, overlapping=True)}
        return ScannedText(text, stops, frozenset([start for _, start, _ in words]), tails)


def is_han(char: str) -> bool:
    """Whether this is a Chinese character."""
    return "\u4e00" <= char <= "\u9fff"
