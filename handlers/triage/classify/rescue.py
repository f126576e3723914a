"""Who is called to what is urgent: by its class, and by words that tell of danger to people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.triage.rules.packs import Pack
from handlers.triage.text.normalize import fold


@dataclass(frozen=True, slots=True)
class _Entry:
    units: tuple[str, ...]
    phone: str
    classes: frozenset[str]
    words: tuple[str, ...]


class RescueTable:
    """The rescue entries of a pack, with the words of their groups."""

    def __init__(self, pack: Pack) -> None:
        self._entries = tuple(
            _Entry(each.units, each.phone, frozenset(each.classes), tuple(_list_words(pack, each.words)))
            for each in pack.rescue
        )

    def list_units(self, class_id: str, folded: str) -> Sequence[tuple[str, ...]]:
        """The units to call, each as names of which the first there is counts; `folded`: the words said."""
        return [each.units for each in self._find_entries(class_id, folded)]

    def list_phones(self, class_id: str, folded: str) -> tuple[str, ...]:
        """The numbers to dial, each once: by what is said, as `list_units`."""
        phones = (each.phone for each in self._find_entries(class_id, folded) if each.phone)
        return tuple(dict.fromkeys(phones))

    def _find_entries(self, class_id: str, folded: str) -> Sequence[_Entry]:
        named = [each for each in self._entries if each.classes or each.words]
        found = [
            each for each in named if class_id in each.classes or any(word in folded for word in each.words)
        ]
        return found or [each for each in self._entries if each not in named]


def _list_words(pack: Pack, words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from map(fold, pack.groups[word[1:]] if word.startswith("$") else (word,))
