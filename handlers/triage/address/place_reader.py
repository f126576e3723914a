"""The place a message names: found by the grammar of places, its borders set by what was learned."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.triage.address.boundaries import BoundaryCorrector
from handlers.triage.address.place_grammar import PlaceGrammar, PlaceMatch
from handlers.triage.address.place_names import WORTH, Span
from handlers.triage.rules.schema import PartRules, PlaceWords

# A place known only by where it stands in the sentence is no sign of a report.
UNSURE = 24
GUESSED = WORTH["bare"]
_STATES = frozenset("红白青紫肿黑黄热冷烫痛疼晕倒了着的地得在到从是去来都")
"""How somebody is, and what leads to a place: said right before a name, they are no part of it."""


class PlaceReader:
    """The compiled vocabulary and marks of one pack; immutable after it is made."""

    def __init__(self, words: PlaceWords, borders: PartRules | None) -> None:
        self._grammar = PlaceGrammar(words)
        self._corrector = BoundaryCorrector(borders, words)

    def find(
        self,
        text: str,
        names: Sequence[tuple[int, int, tuple[str, ...]]],
        matter: Sequence[Span],
        known: Sequence[Span],
    ) -> PlaceMatch | None:
        """The place as the grammar finds it, quickly; the arguments are those of `PlaceGrammar.find`."""
        return self._grammar.find(text, names, matter, known)

    def correct(
        self,
        text: str,
        found: PlaceMatch | None,
        matter: Sequence[Span],
        names: Sequence[tuple[int, int, tuple[str, ...]]] = (),
    ) -> PlaceMatch | None:
        """The place with the borders people give it, if it is one: worth its time where somebody is sent.

        `names`: as of `find`; what ends before such a name is no part of it: 脸通红|白鹤新村三栋.
        """
        place = self._correct_borders(text, found, matter)
        if place is None or place.stated:
            return place
        begins = [start for start, end, _ in names if place.start < start and end <= place.end]
        before = text[place.start : min(begins)] if begins else ""
        return replace(place, start=min(begins)) if before and _STATES.issuperset(before) else place

    def _correct_borders(
        self, text: str, found: PlaceMatch | None, matter: Sequence[Span]
    ) -> PlaceMatch | None:
        if found is None:
            span = self._corrector.find_place(text, matter)
            return self._grammar.classify(text, *span) if span else None
        if found.stated:
            return found
        guessed = found.worth <= GUESSED
        span = self._corrector.correct_borders(text, found.start, found.end, matter, guessed=guessed)
        if span is None:
            return None
        if span[0] < found.end and found.start < span[1]:
            return replace(found, start=span[0], end=span[1])
        return found if found.codes else self._grammar.classify(text, *span)
