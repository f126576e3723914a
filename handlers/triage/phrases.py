"""The words that tell a group of reports from the rest of the heap, for people to read."""

from collections import Counter
from collections.abc import Sequence
from math import log

from handlers.triage.likeness import Prepared

SHOWN = 5
LONGEST = 6
MOST = 0.5
"""A word of a group is said by at least so many of it."""


def phrases(group: Sequence[Prepared], heap: Sequence[Prepared]) -> tuple[str, ...]:
    """At most five, the most telling first; written numbers are left out."""
    here = Counter(pair for look in group for pair in look.pairs)
    everywhere = Counter(pair for look in heap for pair in look.pairs)
    common = {
        pair: count / len(group) * log(1 + len(heap) / everywhere[pair])
        for pair, count in here.items()
        if count >= max(2, MOST * len(group)) and not any(map(str.isdigit, pair))
    }
    told: list[str] = []
    for pair in sorted(common, key=lambda each: (-common[each], each)):
        if not any(pair in word for word in told):
            told.append(_grown(pair, group))
    return tuple(told[:SHOWN])


def _grown(pair: str, group: Sequence[Prepared]) -> str:
    """搅拌 becomes 搅拌站 where most who say the one say the other."""
    word, holders = pair, [look.words for look in group if pair in look.words]
    while len(word) < LONGEST:
        followers = Counter(_neighbours(word, holders))
        longer, count = min(followers.items(), key=lambda each: (-each[1], each[0]), default=("", 0))
        if count < max(2, MOST * len(group)):
            break
        word = longer
    return word


def _neighbours(word: str, texts: Sequence[str]) -> list[str]:
    """The word with one more character, before or behind, once a text."""
    found: list[str] = []
    for text in texts:
        at = text.find(word)
        if at < 0:
            continue
        if at > 0:
            found.append(text[at - 1] + word)
        if at + len(word) < len(text):
            found.append(word + text[at + len(word)])
    return found
