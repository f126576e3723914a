"""Words of the language, from jieba's dictionary: what is meant as it stands and names no place.

Its tagger and its cutter are not needed for that, and not loaded. The dictionary has a line for each
word, `静 1873 a`, and so many of them that each process would feel it at its start if it read them
line by line.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PLACE_TAGS = ("ns", "nt", "nz", "nr")
"""How the dictionary marks names of places, bodies, things and people."""
_SAYINGS = ("i", "l")
_SEEN = 4
"""A word that its corpus has less often is rather a slip of somebody's pen."""

_WORDS = re.compile(rf"^(\S+) \d+ (?!{'|'.join(_PLACE_TAGS)})", re.MULTILINE)
_PAIRS = re.compile(rf"^(\S\S) (?:[{_SEEN}-9]|\d\d)", re.MULTILINE)
_FOURS = re.compile(rf"^(\S{{4}}) \d+ (?:{'|'.join(_SAYINGS)})$", re.MULTILINE)


def load_words() -> frozenset[str]:
    """Words that name no place."""
    return frozenset(_WORDS.findall(_read_dictionary()))


@cache
def load_short_words() -> frozenset[str]:
    """Words of two characters, names too, that others are made of; and sayings, which are made of nothing."""
    dictionary = _read_dictionary()
    return frozenset(_PAIRS.findall(dictionary)) | frozenset(_FOURS.findall(dictionary))


def _read_dictionary() -> str:
    # Importing the package would load pkg_resources and more: half as long again as the reading.
    package = find_spec("jieba")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("jieba")
    return Path(package.origin).with_name("dict.txt").read_text(encoding="utf-8")
