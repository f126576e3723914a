"""Who is called to what is urgent: by its class, and by words that tell of danger to people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.triage.rules.packs import Pack
from handlers.triage.text.normalize import fold


@dataclass(frozen=True, slots=True)
class _Entry:
    units: tuple[str, ...]
    classes: frozenset[str]
    words: tuple[str, ...]


class RescueTable:
    """The rescue entries of a pack, with the words of their groups."""

    def __init__(self, pack: Pack) -> None:
        self._entries = tuple(
            _Entry(each.units, frozenset(each.classes), tuple(_list_words(pack, each.words)))
            for each in pack.rescue
        )

    def list_units(self, class_id: str, folded: str) -> Sequence[tuple[str, ...]]:
        """The units to call, each as names of which the first there is counts; `folded`: the words said."""
        named = [each for each in self._entries if each.classes or each.words]
        found = [
            each.units
            for each in named
            if class_id in each.classes or any(word in folded for word in each.words)
        ]
        return found or [each.units for each in self._entries if each not in named]


def _list_words(pack: Pack, words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from map(fold, pack.groups[word[1:]] if word.startswith("$") else (word,))
