"""Every word of a pack and every name of the organisation, found in one pass over the text.

`Lexicon.match` gives scores by side (a class id, `nature:投诉`, `talk:ad`, …) with the words
behind each. A side counts a word once; of overlapping words of one side the longest counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from handlers.triage.classify.word_pairs import Hit, PartHit, Span, WordPair, find_closest_pairs, is_inside
from handlers.triage.rules.packs import Pack, iter_rules
from handlers.triage.rules.schema import Near, Rule
from handlers.triage.text.normalize import fold
from handlers.triage.types import Reason

SOLID = 4
DUTY_WORD = "unit:"
"""The side of a keyword of duty is this and the code of the unit."""


class WordEffects(NamedTuple):
    """The effects of one word; a tuple, since it is unpacked for every word of every text."""

    weights: tuple[tuple[str, int], ...] = ()
    parts: int = 0
    """The parts of pairs it belongs to, one bit each."""
    pairs: tuple[WordPair, ...] = ()
    """The pairs it may be the first word of."""
    cancels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Codes of the units that this name means, or lies in."""
    solid: bool = False
    """Whether it is a word of the problem, and so never part of a place name."""
    classed: bool = False
    """Whether it is a word of any class, even one that only tells the subject."""


@dataclass(slots=True)
class _WordDraft:
    weights: dict[str, int] = field(default_factory=dict)
    parts: list[int] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LexiconMatch:
    """The words found in a text, and their scores by side. Offsets are those of the text."""

    text: str
    folded: str
    scores: Mapping[str, int]
    hits: Mapping[str, tuple[Hit, ...]]
    """By side, what counted, as (start, end, weight)."""
    names: tuple[tuple[int, int, tuple[str, ...]], ...]
    paired: Mapping[str, int]
    """By side, the part of the score that comes from pairs of words."""
    matter: tuple[Span, ...] = ()
    """Spans of the words of the problem."""
    known: tuple[Span, ...] = ()
    """Spans of all words of classes."""

    def list_reasons(self, *sides: str) -> list[Reason]:
        """The words that counted for these sides."""
        return [
            Reason(self.text[start:end], start, float(weight), side)
            for side in sides
            if side in self.hits
            for start, end, weight in self.hits[side]
        ]


class Lexicon:
    """The automaton over all words, and the effects of each; immutable after it is made."""

    def __init__(
        self, pack: Pack, names: Mapping[str, Sequence[str]], duties: Sequence[tuple[str, str]] = ()
    ) -> None:
        builder = _Builder(pack)
        for side, rule in iter_rules(pack):
            builder.add_rule(side, rule)
        for word in pack.idioms:
            builder.get_draft(word).cancels.append("*")
        for word, codes in names.items():
            builder.get_draft(word).names.extend(codes)
        for word, code in duties:
            builder.get_draft(word).weights[f"{DUTY_WORD}{code}"] = len(word)
        self._effects = builder.build_effects()
        self.words = tuple(builder.words)
        self._automaton = AhoCorasick(list(builder.words) or ["\0"])

    def list_solid_words(self) -> list[str]:
        """The words that are part of a problem and never of a place name."""
        return [word for word, marks in zip(self.words, self._effects, strict=True) if marks.solid]

    def find_matches(self, folded: str) -> list[tuple[int, int, int]]:
        """Every word in the folded text, overlapping ones too, as (word number, start, end)."""
        return self._automaton.find_matches_as_indexes(folded, overlapping=True)

    def match(self, text: str, folded: str) -> LexiconMatch:
        """Scores and reasons by side; `folded` is the folded form of `text`."""
        found: dict[str, list[Hit]] = defaultdict(list)
        cancels: dict[str, list[Span]] = defaultdict(list)
        parts: list[PartHit] = []
        names: list[tuple[int, int, tuple[str, ...]]] = []
        matter: list[Span] = []
        known: list[Span] = []
        for number, start, end in self.find_matches(folded):
            span = start, end
            weights, of, pairs, cancelled, codes, solid, classed = self._effects[number]
            for side, weight in weights:
                found[side].append((start, end, weight))
            if of:
                parts.append((of, pairs, span))
            for side in cancelled:
                cancels[side].append(span)
            if solid:
                matter.append(span)
            if classed:
                known.append(span)
            if codes:
                names.append((start, end, codes))
        paired = find_closest_pairs(folded, parts, cancels)
        counted = _resolve_hits(text, found, paired, cancels)
        scores = {side: sum([hit[2] for hit in hits]) for side, hits in counted.items()}
        worth = {side: sum([hit[2] for hit in hits]) for side, hits in paired.items()}
        return LexiconMatch(text, folded, scores, counted, tuple(names), worth, tuple(matter), tuple(known))


class _Builder:
    def __init__(self, pack: Pack) -> None:
        self.groups = pack.groups
        self.words: dict[str, _WordDraft] = {}
        self.pairs: dict[int, list[WordPair]] = {}
        """By the bit of each part they begin with."""
        self._numbers: dict[tuple[str, ...], int] = {}
        self._written: dict[str, _WordDraft] = {}
        """By each spelling: many words stand in several rules."""

    def get_draft(self, word: str) -> _WordDraft:
        if (known := self._written.get(word)) is not None:
            return known
        draft = self.words.setdefault(fold(word.replace("_", " ")), _WordDraft())
        self._written[word] = draft
        return draft

    def expand_groups(self, words: Iterable[str]) -> list[str]:
        return [each for word in words for each in (self.groups[word[1:]] if word[0] == "$" else (word,))]

    def add_rule(self, side: str, rule: Rule) -> None:
        for weight, words in rule.words.items():
            for word in self.expand_groups(words):
                self.get_draft(word).weights[side] = weight
        for word in self.expand_groups(rule.not_):
            self.get_draft(word).cancels.append(side)
        for near in rule.near:
            self._add_pair(side, near)

    def _add_pair(self, side: str, near: Near) -> None:
        of, with_ = self._parts(near.of), self._parts(near.with_)
        pair = WordPair(side, of, with_, near.within, near.weight, sum({*with_}))
        for part in pair.first_parts:
            self.pairs.setdefault(part, []).append(pair)

    def _parts(self, words: tuple[str, ...]) -> tuple[int, ...]:
        """Parts: one for each named group, one for the words written out."""
        plain = tuple(sorted(word for word in words if word[0] != "$"))
        sets = [self.groups[word[1:]] for word in words if word[0] == "$"] + ([plain] if plain else [])
        return tuple(self._number(each) for each in sets)

    def _number(self, words: tuple[str, ...]) -> int:
        if words not in self._numbers:
            self._numbers[words] = 1 << len(self._numbers)
            for word in words:
                self.get_draft(word).parts.append(self._numbers[words])
        return self._numbers[words]

    def build_effects(self) -> list[WordEffects]:
        """The effects of every word, in the order of the words, when all rules have been added."""
        # Twenty-seven thousand words have a quarter as many effects: those of one list have the same.
        known: dict[tuple[object, ...], WordEffects] = {}
        effects = []
        for draft in self.words.values():
            written = (*draft.weights.items(), None, *draft.parts, None, *draft.cancels, None, *draft.names)
            if (built := known.get(written)) is None:
                built = known[written] = self._build_effects_of(draft)
            effects.append(built)
        return effects

    def _build_effects_of(self, draft: _WordDraft) -> WordEffects:
        of_classes = [(side, weight) for side, weight in draft.weights.items() if ":" not in side]
        return WordEffects(
            weights=tuple(draft.weights.items()),
            parts=sum({*draft.parts}),
            pairs=tuple([pair for part in draft.parts for pair in self.pairs.get(part, ())]),
            cancels=tuple(draft.cancels),
            names=tuple(draft.names),
            solid=any(weight >= SOLID for _, weight in of_classes),
            classed=any("/" not in side for side, _ in of_classes),
        )


def _resolve_hits(
    text: str,
    found: Mapping[str, list[Hit]],
    paired: Mapping[str, list[Hit]],
    cancels: Mapping[str, list[Span]],
) -> dict[str, tuple[Hit, ...]]:
    counted: dict[str, tuple[Hit, ...]] = {}
    anywhere = cancels.get("*", [])
    for side in {**found, **paired}:
        kept = found.get(side, [])
        if cancels and (here := [*anywhere, *cancels.get(side, ())]):
            kept = [hit for hit in kept if not is_inside(hit, here)]
        if len(kept) > 1:
            kept = _keep_longest(text, kept)
        if hits := (*kept, *paired.get(side, ())):
            counted[side] = hits
    return counted


def _keep_longest(text: str, hits: list[Hit]) -> list[Hit]:
    """Of overlapping words the longest; a word said twice counts once."""
    taken: list[Hit] = []
    seen_words: set[str] = set()
    for hit in sorted(hits, key=lambda each: (each[0] - each[1], each[0])):
        word = text[hit[0] : hit[1]]
        if word not in seen_words and all(hit[1] <= t[0] or t[1] <= hit[0] for t in taken):
            seen_words.add(word)
            taken.append(hit)
    return taken
