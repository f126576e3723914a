"""What a classifier reads with, compiled from a pack and an organisation when it is first asked for.

Most commands, and processes that handle no messages, ask a classifier for the names of classes and no more:
they do without half a second and 80 MB. The reader of places and the n-gram weights do not depend on the
organisation or on single words of rules, and are shared by all classifiers of a pack: to compile them takes
longer than the rest.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, NamedTuple

from handlers.triage.address.place_reader import PlaceReader
from handlers.triage.classify.danger import DangerDetector
from handlers.triage.classify.lexicon import Lexicon
from handlers.triage.classify.ngram_weights import NgramWeights
from handlers.triage.rules.packs import Pack
from handlers.triage.text.homophones import HomophoneMatcher
from handlers.triage.types import PlaceFact, UnitFact
from handlers.triage.unit_directory import UnitDirectory

CommonWords = Callable[[], Collection[str]]
"""Loads words of the language."""


class CompiledParts:
    """The parts of one classifier; each is made once and never changes."""

    def __init__(
        self, pack: Pack, units: Sequence[UnitFact], places: Sequence[PlaceFact], common: CommonWords
    ) -> None:
        self.pack = pack
        self._units, self._known_places, self._load_common = tuple(units), tuple(places), common

    def compile(self) -> None:
        """Do now what the first message would have to wait for."""
        _ = self._danger, self._places, self._ngram_weights, self._homophones

    @cached_property
    def _directory(self) -> UnitDirectory:
        return UnitDirectory(self._units, self._known_places)

    @cached_property
    def _lexicon(self) -> Lexicon:
        names, duties = self._directory.build_gazetteer(), tuple(self._directory.list_keywords())
        return Lexicon(self.pack, names, duties)

    @cached_property
    def _danger(self) -> DangerDetector:
        return DangerDetector(self.pack, self._lexicon, self._load_common())

    @cached_property
    def _places(self) -> PlaceReader:
        return compile_pack(self.pack).places

    @cached_property
    def _ngram_weights(self) -> NgramWeights:
        return compile_pack(self.pack).ngram_weights

    @cached_property
    def _homophones(self) -> HomophoneMatcher:
        """Deaf without the words of the language: nobody else knows which of them sound like a name."""
        places, common = self.pack.places, self._load_common()
        names, words = (
            (self._directory.list_owned_names(), self._lexicon.list_solid_words()) if common else ((), ())
        )
        ordinary = chain(self._lexicon.words, places.stop, places.plain, places.never)
        return HomophoneMatcher(names, words, common=common, ordinary=ordinary, binding=places.stop)


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
