"""The parts of a pack that take long to compile, shared by all classifiers built from it.

They do not depend on the organisation or on single words of rules, so they are compiled once; it
takes longer than building the rest of a classifier.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from handlers.triage.address.place_reader import PlaceReader
from handlers.triage.classify.ngram_weights import NgramWeights
from handlers.triage.rules.packs import Pack


class CompiledPack(NamedTuple):
    """The reader of places and the n-gram weights of a pack."""

    places: PlaceReader
    ngram_weights: NgramWeights


class _IdentityKey:
    """A cache key that compares identities: comparing contents would take as long as compiling them."""

    def __init__(self, *things: Any) -> None:
        self.things = things

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.things)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _IdentityKey) and list(map(id, self.things)) == list(map(id, other.things))


def compile_pack(pack: Pack) -> CompiledPack:
    """The compiled parts of this pack; cached for packs with the same places, classes, hints and spots."""
    return _compile_shared(_IdentityKey(pack.places, pack.classes, pack.hints, pack.spots))


@lru_cache(maxsize=2)
def _compile_shared(key: _IdentityKey) -> CompiledPack:
    places, classes, hints, borders = key.things
    return CompiledPack(PlaceReader(places, borders), NgramWeights(hints, tuple(classes)))
