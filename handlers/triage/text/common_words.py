"""Common words of the language, from jieba's dictionary: words that mean themselves and name no place.

jieba's tagger and segmenter are not needed for that, and not loaded. The dictionary has one line a
word, `静 1873 a`; there are so many that reading them line by line would slow the start of each process.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PLACE_TAGS = ("ns", "nt", "nz", "nr")
"""Tags of names of places, bodies, things and people in the dictionary."""
_SAYINGS = ("i", "l")
_SEEN = 4
"""Rarer words of its corpus are rather misspellings."""

_WORDS = re.compile(rf"^(\S+) \d+ (?!{'|'.join(_PLACE_TAGS)})", re.MULTILINE)
_SHORT_WORDS = re.compile(rf"\n(\S\S(?= (?:[{_SEEN}-9]|\d\d))|\S{{4}}(?= \d+ (?:{'|'.join(_SAYINGS)})\n))")
"""In one pass, from one end of a line to the next: this is read at every start."""


def load_words() -> frozenset[str]:
    """All words that are not tagged as names. ModuleNotFoundError where jieba is not installed."""
    return frozenset(_WORDS.findall(_read_dictionary()))


@cache
def load_short_words() -> frozenset[str]:
    """Words of two characters, names included, and sayings of four. ModuleNotFoundError without jieba."""
    return frozenset(_SHORT_WORDS.findall(f"\n{_read_dictionary()}\n"))


def _read_dictionary() -> str:
    # Importing the package would load pkg_resources and more: half as long again as the reading.
    package = find_spec("jieba")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("jieba")
    return Path(package.origin).with_name("dict.txt").read_text(encoding="utf-8")
