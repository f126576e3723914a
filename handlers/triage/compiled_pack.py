"""What is compiled of a pack beside its words, once for all classifiers that share it.

Another organisation, or one more word in a rule, leaves it as it is; making it anew takes longer than
all the rest of a classifier.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from handlers.triage.address.boundaries import BoundaryCorrector
from handlers.triage.address.place_grammar import PlaceGrammar
from handlers.triage.classify.ngram_weights import NgramWeights
from handlers.triage.rules.packs import Pack


class CompiledPack(NamedTuple):
    """The grammar of places, and what was learned."""

    grammar: PlaceGrammar
    ngram_weights: NgramWeights
    corrector: BoundaryCorrector


class _IdentityKey:
    """Equal if it holds the very same things: to compare what they hold would take as long as to compile."""

    def __init__(self, *things: Any) -> None:
        self.things = things

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.things)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _IdentityKey) and list(map(id, self.things)) == list(map(id, other.things))


def compile_pack(pack: Pack) -> CompiledPack:
    """What is compiled of this pack, or was of another that shares places, classes, hints and spots."""
    return _compile_shared(_IdentityKey(pack.places, pack.classes, pack.hints, pack.spots))


@lru_cache(maxsize=2)
def _compile_shared(key: _IdentityKey) -> CompiledPack:
    places, classes, hints, spots = key.things
    return CompiledPack(PlaceGrammar(places), NgramWeights(hints, tuple(classes)), BoundaryCorrector(spots))
