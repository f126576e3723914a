"""Learned weights of single characters and pairs of them: a soft second opinion beside the words of rules.

Nobody writes down every way to say that a lamp is dark, or every way to talk of lamps that are fine.
`rules hints` learns from the example sentences of the pack which n-grams speak for which class, for a
report and for urgency; a sentence made of such n-grams gets their points, even where it contains no
word of the pack.
"""

import math
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from handlers.triage.rules.schema import HintRules, LabelRule

LANE = 8 * struct.calcsize("<I")
FULL = (1 << LANE) - 1
MIDDLE = 1 << (LANE - 1)
"""The value of a lane that means 0, so that no sum of weights becomes negative."""
MOST_CHARACTERS = 120
POINT = 100


@dataclass(frozen=True, slots=True)
class NgramScores:
    """The points of a text, in the unit of the words of rules."""

    classes: Mapping[str, float] = field(default_factory=dict)
    report: float = 0.0
    urgent: float = 0.0
    natures: Mapping[str, float] = field(default_factory=dict)


def add_up_weights(sides: Iterable[LabelRule]) -> dict[str, int]:
    """By piece, its weights for all sides in one number, a lane each, the first side lowest."""
    weights: dict[str, int] = {}
    find = weights.get
    for at, side in enumerate(sides):
        for weight, pieces in side.words.items():
            in_lane = weight << LANE * at
            for piece in pieces:
                weights[piece] = find(piece, 0) + in_lane
    return weights


class NgramWeights:
    """Weights by n-gram; immutable after it is made."""

    def __init__(self, rules: HintRules | None, classes: Sequence[str]) -> None:
        rules = rules or HintRules()
        self._classes = tuple(classes)
        self._order = {name: at for at, name in enumerate(classes)}
        self._natures = tuple(rules.natures)
        sides = [
            rules.report, rules.urgent, *rules.natures.values(),
            *(rules.classes.get(name, LabelRule()) for name in classes),
        ]  # fmt: skip
        self._others = len(sides) - len(self._classes)
        # All sides are in one number, a lane each: one addition a piece instead of one a side.
        self._lanes = struct.Struct(f"<{len(sides)}I")
        self._nothing = sum((MIDDLE + side.start) << LANE * at for at, side in enumerate(sides))
        weights = add_up_weights(sides)
        self._pieces = tuple(weights)
        self._weights = tuple(weights.values())
        self._automaton = AhoCorasick(self._pieces or ["\0"])

    def score(self, text: str, *, least: float = 0.0, always_include: Collection[str] = ()) -> NgramScores:
        """The points of this text; of classes those above `least` points, and those in `always_include`."""
        sides = self._unpack_lanes(sum([self._weights[piece] for piece in self._find_pieces(text)]))
        report, urgent, *others = sides[: self._others]
        classes = sides[self._others :]
        enough = MIDDLE + math.floor(least * POINT)
        scores = {
            name: (score - MIDDLE) / POINT
            for name, score in zip(self._classes, classes, strict=True)
            if score > enough
        }
        for name in always_include:
            scores[name] = (classes[self._order[name]] - MIDDLE) / POINT
        natures = {name: (score - MIDDLE) / POINT for name, score in zip(self._natures, others, strict=True)}
        return NgramScores(scores, (report - MIDDLE) / POINT, (urgent - MIDDLE) / POINT, natures)

    def list_top_pieces(self, text: str, class_id: str, most: int = 3) -> list[tuple[str, float]]:
        """The n-grams of the text that speak most for this class, with their points."""
        at = self._others + self._order[class_id]
        start = self._nothing >> LANE * at & FULL
        found = [
            (self._pieces[piece], weight / POINT)
            for piece in self._find_pieces(text)
            if (weight := (self._nothing + self._weights[piece] >> LANE * at & FULL) - start) > 0
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:most]

    def _find_pieces(self, text: str) -> set[int]:
        """The numbers of the n-grams in the text; a repeated one counts once."""
        matches = self._automaton.find_matches_as_indexes(text[:MOST_CHARACTERS], overlapping=True)
        return {number for number, _, _ in matches}

    def _unpack_lanes(self, weights: int) -> tuple[int, ...]:
        """The sum of weights of each side, with its start value, offset by `MIDDLE`."""
        return self._lanes.unpack((self._nothing + weights).to_bytes(self._lanes.size, "little"))
