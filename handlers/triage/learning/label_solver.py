"""The solver for labels: a linear model, one label against the rest, pruned and trained again in turns.

Cutting a finished model down to its heaviest weights costs two points; training again on what is
left after each cut costs none, because the words kept learn to speak for the words removed.

The trainer is dual coordinate descent for the squared hinge loss (Hsieh et al., ICML 2008), all
labels at once: some 5,000 messages of 300 words take a fifth of a second a pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Tried from 0.1 to 1 on titles and on letters: less learns too little, more overfits.
COST = 0.4
# Passes after which the score on unseen folds does not move any more.
PASSES, LAST_PASSES = 8, 20
# How many times the words wanted in the end are kept by each cut before the last.
CUTS = (5, 2, 1)


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Rows of (column, value), one after the other; `starts` gives where each begins."""

    columns: Ints
    values: Floats
    starts: Ints
    width: int

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[Sequence[int], Sequence[float]]], width: int) -> "SparseRows":
        """The rows of (columns, values) joined end to end."""
        return cls(
            np.array([column for columns, _ in rows for column in columns], np.int64),
            np.array([value for _, values in rows for value in values], np.float64),
            np.cumsum([0, *(len(columns) for columns, _ in rows)]),
            width,
        )

    def scale_columns(self, by: Floats) -> "SparseRows":
        """The rows with every column multiplied by its own factor."""
        return SparseRows(self.columns, self.values * by[self.columns], self.starts, self.width)

    def select_columns(self, keep: Mask) -> "SparseRows":
        """The rows with the kept columns only, numbered anew."""
        number = np.cumsum(keep) - 1
        inside = keep[self.columns]
        before = np.concatenate(([0], np.cumsum(inside)))
        return SparseRows(
            number[self.columns[inside]], self.values[inside], before[self.starts], int(keep.sum())
        )

    def compute_spread(self) -> Floats:
        """The standard deviation of each column: how much a weight on it can tell rows apart."""
        rows = len(self.starts) - 1
        mean = np.bincount(self.columns, self.values, self.width) / rows
        square = np.bincount(self.columns, self.values**2, self.width) / rows
        return np.sqrt(np.maximum(square - mean**2, 0.0))


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights by column and label; most are zero."""

    weights: Floats
    starts: Floats
    """The score of each label before any word."""


def fit(rows: SparseRows, labels: Ints, *, words: int, share: Floats, seed: int) -> LinearModel:
    """A model with at most `words` weights a label; `share` is how much each row counts.

    Equal input and `seed` give equal weights.
    """
    chance = np.random.default_rng(seed)
    rows, length = _normalize_length(rows)
    signs = np.where(labels[:, None] == np.arange(labels.max() + 1)[None, :], 1.0, -1.0)
    costs = COST * share[:, None] * _balance(signs, share)
    live = np.ones((rows.width, signs.shape[1]), bool)
    kept = np.arange(rows.width)
    model = _train(rows, signs, costs, live, passes=PASSES, chance=chance)
    for cut in CUTS:
        live = _select_heaviest(model.weights * rows.compute_spread()[:, None], words * cut)
        some: Mask = np.asarray(live.any(axis=1))
        rows, live, kept = rows.select_columns(some), live[some], kept[some]
        passes = LAST_PASSES if cut == CUTS[-1] else PASSES
        model = _train(rows, signs, costs, live, passes=passes, chance=chance)
    weights = np.zeros((length.width, signs.shape[1]))
    weights[kept] = model.weights / length.factor
    return LinearModel(weights, model.starts)


@dataclass(frozen=True, slots=True)
class _RowScale:
    factor: float
    width: int


def _normalize_length(rows: SparseRows) -> tuple[SparseRows, _RowScale]:
    """The rows scaled to a mean length of about one, so that one cost suits every corpus."""
    squares = np.add.reduceat(np.append(rows.values**2, 0.0), rows.starts[:-1])
    mean = float(np.sqrt(squares[np.diff(rows.starts) > 0]).mean()) or 1.0
    by = mean / 1.25
    return SparseRows(rows.columns, rows.values / by, rows.starts, rows.width), _RowScale(by, rows.width)


def _balance(signs: Floats, share: Floats) -> Floats:
    """Costs by row and label: a rare label counts for more, so that macro-F1 does not neglect it."""
    ours = (share[:, None] * (signs > 0)).sum(axis=0)
    balance: Floats = np.where(signs > 0, share.sum() / (signs.shape[1] * ours), 1.0)
    return balance


def _select_heaviest(weights: Floats, most: int) -> Mask:
    """For each label its `most` heaviest columns; of equal ones the first."""
    live = np.zeros(weights.shape, bool)
    order = np.argsort(-np.abs(weights), axis=0, kind="stable")[:most]
    np.put_along_axis(live, order, True, axis=0)  # numpy's own positional argument
    live &= weights != 0
    return live


def _train(
    rows: SparseRows,
    signs: Floats,
    costs: Floats,
    live: Mask,
    *,
    passes: int,
    chance: np.random.Generator,
) -> LinearModel:
    count = len(signs)
    mask = live.astype(np.float64)
    weights = np.zeros(mask.shape)
    starts = np.zeros(mask.shape[1])
    alphas = np.zeros(signs.shape)
    ridge = 0.5 / costs
    places = [slice(rows.starts[at], rows.starts[at + 1]) for at in range(count)]
    curves = np.stack([(rows.values[p] ** 2) @ mask[rows.columns[p]] for p in places]) + 1.0 + ridge
    for _ in range(passes):
        for at in chance.permutation(count):
            columns, values = rows.columns[places[at]], rows.values[places[at]]
            scores = values @ weights[columns] + starts
            slope = signs[at] * scores - 1.0 + ridge[at] * alphas[at]
            better = np.maximum(alphas[at] - slope / curves[at], 0.0)
            step = (better - alphas[at]) * signs[at]
            if step.any():
                alphas[at] = better
                weights[columns] += np.outer(values, step) * mask[columns]
                starts += step
    return LinearModel(weights, starts)
