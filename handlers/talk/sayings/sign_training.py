"""Training of sign weights: which pieces of a sentence tell, on each side, what somebody means.

One logistic regression a sign, all of a side at once. A sign counts as heard from the points on at which it
was right in `ENOUGH` of the sentences that its learning had not seen: that threshold is part of its start.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from handlers.talk.sayings.saying_file import Saying
from handlers.talk.sayings.sign_weights import compute_share, list_pieces
from handlers.triage.classify.ngram_weights import POINT
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import LabelRule, SayingRules
from handlers.triage.text.normalize import fold

Floats = NDArray[np.float64]

ENOUGH = 0.86
"""Share of right ones from which a sign counts as heard."""
LESS, FEW = 0.76, 5
"""The share for signs that never are right so often, and the sayings that show it."""
PARTS = 3
"""Into so many parts the sayings are cut to find the thresholds."""
RIDGE, STEP, PASSES, SLOWER, SLOW = 0.5, 0.1, 100, 0.6, 0.2
KEEP, KEEP_SQUARES, CALM = 0.9, 0.999, 1e-8
"""As in the training of alarms (`handlers.triage.learning.alarm_training`)."""
SEEN = 2
"""A piece seen in fewer sayings tells nothing."""
OTHER, MOST_OTHERS = 0.3, 3_000
"""What a report or chatter of the pack's examples counts for beside a saying of a reporter, and how many."""
LEAST, GRAIN = 12, 10
"""Hundredths of a point: lighter weights are left out, the others are rounded."""
LOWEST, HIGHEST = -1.0, 2.0
"""Between which a threshold lies; a sign that is not right often enough at the highest is not learned."""
REPORTER = "reporter"


@dataclass(frozen=True, slots=True)
class LearnedSayings:
    """The learned weights, and from how many sayings they come."""

    rules: SayingRules
    sayings: int

    def count_weights(self) -> int:
        """How many pieces have a weight, each sign by itself."""
        rules = [rule for signs in self.rules.sides.values() for rule in signs.values()]
        return sum(len(words) for rule in rules for words in rule.words.values())


def learn(pack: Pack, sayings: Sequence[Saying], *, seed: int = 0) -> LearnedSayings:
    """The weights of every side; the same sayings, examples and seed give the same."""
    by_side: dict[str, list[Saying]] = defaultdict(list)
    for saying in sayings:
        by_side[saying.side].append(saying)
    others = list(_iter_examples(pack))
    sides = {
        side: _learn_side(several, others if side == REPORTER else [], seed)
        for side, several in by_side.items()
    }
    return LearnedSayings(SayingRules(sides=sides), len(sayings))


def _iter_examples(pack: Pack) -> Iterator[str]:
    """Reports and chatter among the examples of the pack: what people say who report for the first time."""
    texts = [fold(example.text) for several in pack.examples.values() for example in several]
    step = max(1, len(texts) // MOST_OTHERS)
    yield from islice(texts, 0, None, step)


def _learn_side(sayings: Sequence[Saying], others: Sequence[str], seed: int) -> dict[str, LabelRule]:
    signs = sorted({sign for saying in sayings for sign in saying.signs})
    part = np.random.default_rng(seed).integers(PARTS, size=len(sayings))
    points = np.zeros((len(sayings), len(signs)))
    for number in range(PARTS):
        kept = [saying for saying, at in zip(sayings, part, strict=True) if at != number]
        weights, starts = _train(kept, others, signs)
        for row in np.flatnonzero(part == number).tolist():
            points[row] = _score(sayings[row].text, weights, starts)
    weights, starts = _train(sayings, others, signs)
    found = {}
    for at, sign in enumerate(signs):
        right = np.array([sign in saying.signs for saying in sayings])
        threshold = _find_threshold(points[:, at], right)
        if threshold is not None:
            pieces = {piece: float(row[at]) for piece, row in weights.items()}
            found[sign] = _to_rule(pieces, float(starts[at]) - threshold)
    return found


def _find_threshold(points: Floats, right: NDArray[np.bool_]) -> float | None:
    """The points from which on this sign is right often enough; None: it never is."""
    for enough in (ENOUGH, LESS):
        for threshold in np.arange(LOWEST, HIGHEST, 0.1):
            heard = points >= threshold
            if heard.sum() >= FEW and right[heard].mean() >= enough:
                return float(threshold)
    return None


def _to_rule(pieces: Mapping[str, float], start: float) -> LabelRule:
    words: dict[int, list[str]] = {}
    for weight, piece in sorted((-GRAIN * round(POINT * w / GRAIN), piece) for piece, w in pieces.items()):
        if abs(weight) > LEAST:
            words.setdefault(-weight, []).append(piece)
    return LabelRule(start=round(POINT * start), words={weight: tuple(ps) for weight, ps in words.items()})


def _score(text: str, weights: Mapping[str, Floats], starts: Floats) -> Floats:
    rows = [weights[piece] for piece in list_pieces(text) if piece in weights]
    return starts + compute_share(text) * np.sum(rows, axis=0) if rows else starts


class _Cells:
    """Which pieces stand in which sentence, and what each counts for there: a sparse matrix."""

    def __init__(self, texts: Sequence[str]) -> None:
        pieces = [sorted(list_pieces(text)) for text in texts]
        seen = Counter(piece for several in pieces for piece in several)
        self.pieces = sorted(piece for piece, count in seen.items() if count >= SEEN)
        number = {piece: at for at, piece in enumerate(self.pieces)}
        cells = [
            (row, number[piece], compute_share(texts[row]))
            for row, several in enumerate(pieces)
            for piece in several
            if piece in number
        ]
        self._rows = np.array([row for row, _, _ in cells])
        self._columns = np.array([column for _, column, _ in cells])
        self._shares = np.array([share for _, _, share in cells])[:, None]
        self._by_column = np.argsort(self._columns, kind="stable")
        self._row_starts = np.searchsorted(self._rows, np.arange(len(texts)))
        self._column_starts = np.searchsorted(self._columns[self._by_column], np.arange(len(number)))
        self._is_empty = np.bincount(self._rows, minlength=len(texts)) == 0

    def sum_rows(self, weights: Floats) -> Floats:
        """For every sentence, the weights of its pieces."""
        starts = np.minimum(self._row_starts, len(self._rows) - 1)
        sums: Floats = np.add.reduceat(weights[self._columns] * self._shares, starts, axis=0)
        sums[self._is_empty] = 0.0
        return sums

    def sum_columns(self, errors: Floats) -> Floats:
        """For every piece, the errors of the sentences that it stands in."""
        shares, rows = self._shares[self._by_column], self._rows[self._by_column]
        sums: Floats = np.add.reduceat(errors[rows] * shares, self._column_starts, axis=0)
        return sums


def _train(
    sayings: Sequence[Saying], others: Sequence[str], signs: Sequence[str]
) -> tuple[dict[str, Floats], Floats]:
    """The weights of every piece for every sign, and the start values."""
    cells = _Cells([*(saying.text for saying in sayings), *others])
    right = np.array(
        [[float(sign in each.signs) for sign in signs] for each in _with_others(sayings, others)]
    )
    worth = np.array([1.0] * len(sayings) + [OTHER] * len(others))[:, None]
    weights = np.zeros((len(cells.pieces) + 1, len(signs)))
    weights[-1] = -2.0
    slopes, squares = np.zeros_like(weights), np.zeros_like(weights)
    for at in range(1, PASSES + 1):
        likely = 1 / (1 + np.exp(-(cells.sum_rows(weights[:-1]) + weights[-1])))
        wrong = (likely - right) * worth
        slope = np.vstack([cells.sum_columns(wrong) + RIDGE * weights[:-1], wrong.sum(axis=0)])
        slopes = KEEP * slopes + (1 - KEEP) * slope
        squares = KEEP_SQUARES * squares + (1 - KEEP_SQUARES) * slope * slope
        step = STEP if at < SLOWER * PASSES else STEP * SLOW
        steadied = np.sqrt(squares / (1 - KEEP_SQUARES**at)) + CALM
        weights -= step * slopes / (1 - KEEP**at) / steadied
    return dict(zip(cells.pieces, weights[:-1], strict=True)), weights[-1]


def _with_others(sayings: Sequence[Saying], others: Iterable[str]) -> list[Saying]:
    return [*sayings, *(Saying(REPORTER, frozenset(), text) for text in others)]
