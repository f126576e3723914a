"""Words of the language, from jieba's dictionary: what is meant as it stands and names no place.

Its tagger and its cutter are not needed for that, and not loaded.
"""

from collections.abc import Iterator
from functools import cache

_PLACE_TAGS = ("ns", "nt", "nz", "nr")
"""How the dictionary marks names of places, bodies, things and people."""
_SAYINGS = ("i", "l")
_SEEN = 4
"""A word that its corpus has less often is rather a slip of somebody's pen."""


def words() -> frozenset[str]:
    """Words that name no place; takes a quarter of a second."""
    return frozenset(word for word, _, tag in _entries() if not tag.startswith(_PLACE_TAGS))


@cache
def pieces() -> frozenset[str]:
    """Words of two characters, names too, that others are made of; and sayings, which are made of nothing."""
    entries = _entries()
    return frozenset(
        word
        for word, seen, tag in entries
        if (len(word) == 2 and seen >= _SEEN) or (len(word) == 4 and tag in _SAYINGS)
    )


def _entries() -> Iterator[tuple[str, int, str]]:
    import jieba

    with jieba.get_dict_file() as file:
        for line in file:
            word, seen, tag = line.decode().split()
            yield word, int(seen), tag
