"""Who is called to what is urgent: by its class, and by words that tell of danger to people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.triage.rules.packs import Pack
from handlers.triage.text.normalize import fold


@dataclass(frozen=True, slots=True)
class SelfHelp:
    """What whoever is in danger can do until somebody comes."""

    phones: tuple[str, ...] = ()
    """The numbers to dial, each once, the fitting one first."""
    advice: str = ""
    """How to keep alive: a sentence; "" where the rules have none."""


@dataclass(frozen=True, slots=True)
class _Entry:
    units: tuple[str, ...]
    phone: str
    advice: str
    classes: frozenset[str]
    words: tuple[str, ...]


class RescueTable:
    """The rescue entries of a pack, with the words of their groups."""

    def __init__(self, pack: Pack) -> None:
        self._entries = tuple(
            _Entry(
                each.units,
                each.phone,
                each.advice,
                frozenset(each.classes),
                tuple(_list_words(pack, each.words)),
            )
            for each in pack.rescue
        )
        self._named = [each for each in self._entries if each.classes or each.words]
        self._others = [each for each in self._entries if each not in self._named]

    def list_units(self, class_id: str, folded: str) -> Sequence[tuple[str, ...]]:
        """The units to call, each as names of which the first there is counts; `folded`: the words said."""
        return [each.units for each in self._find_entries(class_id, folded)]

    def find_self_help(self, class_id: str, folded: str) -> SelfHelp:
        """What to dial and to do by what is said, as `list_units`; the advice on the class comes first."""
        entries = self._find_entries(class_id, folded)
        advised = [each for each in entries if each.advice]
        best = next((each for each in advised if class_id in each.classes), advised[0] if advised else None)
        phones = dict.fromkeys(each.phone for each in entries if each.phone)
        return SelfHelp(tuple(phones), best.advice if best is not None else "")

    def _find_entries(self, class_id: str, folded: str) -> Sequence[_Entry]:
        found = [
            each
            for each in self._named
            if class_id in each.classes or any(map(folded.__contains__, each.words))
        ]
        return found or self._others


def _list_words(pack: Pack, words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from map(fold, pack.groups[word[1:]] if word.startswith("$") else (word,))
