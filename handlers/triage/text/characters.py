"""A text with the positions the place grammar asks for at every offset, found in two passes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

_HAN = re.compile(r"[\u4e00-\u9fff]+")


class ScannedText(NamedTuple):
    """A text, the positions of stop words (which no name contains), and of place tails (门口, 对面)."""

    text: str
    stops: Sequence[int]
    """By offset: the length of the stop word that ends there; 0 where none does."""
    stop_starts: frozenset[int]
    """Offsets at which a stop word begins."""
    tails: Mapping[int, int]
    """Start of each tail to the end of the longest tail that begins there."""

    def has_stop(self, start: int, end: int) -> bool:
        """Whether a stop word stands, or ends, between these offsets."""
        return any(self.stops[start + 1 : end + 1])

    def is_boundary(self, at: int) -> bool:
        """Whether a name may begin at `at`: at the start, after a sign, or after a stop word."""
        return at == 0 or self.stops[at] > 0 or not is_han(self.text[at - 1])

    def find_han_end(self, at: int) -> int:
        """Where the run of Chinese characters that begins at `at` ends."""
        run = _HAN.match(self.text, at)
        return run.end() if run else at


class TextScanner:
    """Finds stop words and place tails; immutable after it is made."""

    def __init__(self, *, stop: Iterable[str], tail: Iterable[str]) -> None:
        self._stops = AhoCorasick(list(stop))
        self._tails = AhoCorasick(list(tail))

    def scan(self, text: str) -> ScannedText:
        """The text with its stop words and tails."""
        words = self._stops.find_matches_as_indexes(text, overlapping=True)
        stops = [0] * (len(text) + 1)
        for _, start, end in words:
            if end - start > stops[end]:
                stops[end] = end - start
        # Of tails that begin at one place, the longest comes last.
        tails = {start: end for _, start, end in self._tails.find_matches_as_indexes(text, overlapping=True)}
        return ScannedText(text, stops, frozenset([start for _, start, _ in words]), tails)


def is_han(char: str) -> bool:
    """Whether this is a Chinese character (U+4E00 to U+9FFF)."""
    return "\u4e00" <= char <= "\u9fff"
