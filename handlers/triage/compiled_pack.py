"""What is compiled of a pack beside its words, once for all understandings that share it.

Another organisation, or one more word in a rule, leaves it as it is; making it anew takes longer than
all the rest of an understanding.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from handlers.triage.address.boundaries import Spots
from handlers.triage.address.place_grammar import PlaceGrammar
from handlers.triage.classify.ngram_weights import Hints
from handlers.triage.rules.packs import Pack


class Compiled(NamedTuple):
    """The grammar of places, and what was learned."""

    grammar: PlaceGrammar
    hints: Hints
    spots: Spots


class _Same:
    """Equal if it holds the very same things: to compare what they hold would take as long as to compile."""

    def __init__(self, *things: Any) -> None:
        self.things = things

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.things)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and list(map(id, self.things)) == list(map(id, other.things))


def compiled(pack: Pack) -> Compiled:
    """Of this pack, or of another that shares places, classes, hints and spots with it."""
    return _compiled(_Same(pack.places, pack.classes, pack.hints, pack.spots))


@lru_cache(maxsize=2)
def _compiled(of: _Same) -> Compiled:
    places, classes, hints, spots = of.things
    return Compiled(PlaceGrammar(places), Hints(hints, tuple(classes)), Spots(spots))
