"""The solver for address parts: a linear-chain conditional random field with few weights.

The weights are raised and lowered until the true reading of each address is the likely one
(Lafferty et al., ICML 2001), by AdaGrad on small batches of addresses of one length. Then the
model is cut to the heaviest weights and trained again on what is left, so that the marks kept
learn to speak for the marks removed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Numbers of the two pseudo marks: padding, and the start weight that every unit has.
NOTHING, ALWAYS = 0, 1
STEP, BATCH = 0.2, 32
# Regularisation for each address.
DECAY = 5e-4
# Passes after which the score on unseen folds does not move any more; the last ones are averaged.
PASSES, AVERAGED = 8, 3


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of units (type and role), and which of them open or close a part."""

    types: Ints
    """By tag: the number of its type."""
    opens: Mask
    closes: Mask
    """By tag: whether a part begins or ends with this unit."""

    def build_across_mask(self) -> Mask:
        """By tag and next tag: whether the next tag may begin the next part."""
        return np.logical_and.outer(self.closes, self.opens)

    def build_within_mask(self) -> Mask:
        """By tag and next tag: whether the next tag may continue the same part."""
        return np.equal.outer(self.types, self.types) & np.logical_and.outer(~self.closes, ~self.opens)


@dataclass(frozen=True, slots=True)
class Encoded:
    """One address as numbers: the marks of each unit, padded with NOTHING, and its tag."""

    marks: Ints
    tags: Ints


@dataclass(frozen=True, slots=True)
class CrfModel:
    """Weights by mark and tag, and by type and next type; most are zero."""

    marks: Floats
    follow: Floats


def fit(addresses: Sequence[Encoded], tags: Tags, *, width: int, most: int, seed: int) -> CrfModel:
    """A model with at most `most` weights a type, beside the start weights.

    `width` is the number of marks, with NOTHING and ALWAYS; equal input and `seed` give equal weights.
    """
    chance = np.random.default_rng(seed)
    live = np.ones((width, len(tags.types)), bool)
    model = _train(addresses, tags, live, chance)
    spread = np.sqrt(_count_marks(addresses, width))
    live = _select_heaviest(np.abs(model.marks) * spread[:, None], tags, most)
    return _train(addresses, tags, live, chance)


def _count_marks(addresses: Sequence[Encoded], width: int) -> Floats:
    """In how many addresses each mark occurs."""
    counts = np.zeros(width, np.float32)
    for address in addresses:
        counts[np.unique(address.marks)] += 1
    return counts


def _select_heaviest(worth: Floats, tags: Tags, most: int) -> Mask:
    """For each type its `most` heaviest weights; of equal ones the first."""
    live = np.zeros(worth.shape, bool)
    for kind in range(int(tags.types.max()) + 1):
        ours = np.flatnonzero(tags.types == kind)
        flat = worth[:, ours].ravel()
        best = np.argsort(-flat, kind="stable")[:most]
        best = best[flat[best] > 0]
        live[best // len(ours), ours[best % len(ours)]] = True
    live[ALWAYS] = True
    return live


class _Trainer:
    """The weights and the state of AdaGrad."""

    def __init__(self, tags: Tags, live: Mask) -> None:
        count, kinds = len(tags.types), int(tags.types.max()) + 1
        self.tags, self.live = tags, live.astype(np.float32)
        self.live[NOTHING] = 0
        self.across, self.within = tags.build_across_mask(), tags.build_within_mask().astype(np.float32)
        self.of_type = (tags.types[:, None] == np.arange(kinds)[None, :]).astype(np.float32)
        self.marks = np.zeros((len(live), count), np.float32)
        self.follow = np.zeros((kinds, kinds), np.float32)
        self._seen_marks = np.full_like(self.marks, 1e-6)
        self._seen_follow = np.full_like(self.follow, 1e-6)

    def learn(self, marks: Ints, tags: Ints) -> None:
        """One step towards the true tags of addresses of one length."""
        count, length, most = marks.shape
        scores = self.marks[marks.reshape(-1, most)].sum(axis=1).reshape(count, length, -1)
        shares, moves = _compute_expected(scores, self._paths(), self.tags)
        wanted = -shares.reshape(count * length, -1)
        wanted[np.arange(count * length), tags.ravel()] += 1
        np.add.at(moves, (tags[:, :-1].ravel(), tags[:, 1:].ravel()), 1)
        self._step_marks(marks.ravel(), wanted, most=most, count=count)
        self._step_follow(self.of_type.T @ (moves * self.across) @ self.of_type, count)

    def _paths(self) -> Floats:
        """The factor of each tag following another: `follow` counts between parts, nothing inside a part."""
        across = np.exp(self.of_type @ self.follow @ self.of_type.T)
        return np.where(self.across, across, self.within)

    def _step_marks(self, marks: Ints, wanted: Floats, *, most: int, count: int) -> None:
        order = np.argsort(marks, kind="stable")
        ordered = marks[order]
        firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        rows = ordered[firsts]
        slope = np.add.reduceat(wanted[order // most], firsts, axis=0)
        slope = (slope - DECAY * count * self.marks[rows]) * self.live[rows]
        self._seen_marks[rows] += slope**2
        self.marks[rows] += STEP * slope / np.sqrt(self._seen_marks[rows])

    def _step_follow(self, slope: Floats, count: int) -> None:
        slope = slope - DECAY * count * self.follow
        self._seen_follow += slope**2
        self.follow += STEP * slope / np.sqrt(self._seen_follow)


def _compute_expected(scores: Floats, paths: Floats, tags: Tags) -> tuple[Floats, Floats]:
    """Forward and backward: the probability of each tag at each unit, and minus the expected number of
    each tag after each. All rows are scaled to sum to one on the way, so that nothing overflows.
    """
    count, length, width = scores.shape
    raised = np.exp(scores - scores.max(axis=2, keepdims=True)).transpose(1, 0, 2)
    ahead, behind = np.empty((2, length, count, width), np.float32)
    ahead[0] = raised[0] * tags.opens
    sums = np.empty((length, count, 1), np.float32)
    for at in range(length):
        if at:
            ahead[at] = (ahead[at - 1] @ paths) * raised[at]
        sums[at] = ahead[at].sum(axis=1, keepdims=True)
        ahead[at] /= sums[at]
    behind[-1] = tags.closes / (ahead[-1] * tags.closes).sum(axis=1, keepdims=True)
    moves = np.zeros_like(paths)
    for at in range(length - 1, 0, -1):
        here = raised[at] * behind[at] / sums[at]
        moves -= ahead[at - 1].T @ here
        behind[at - 1] = here @ paths.T
    return (ahead * behind).transpose(1, 0, 2), moves * paths


def _train(addresses: Sequence[Encoded], tags: Tags, live: Mask, chance: np.random.Generator) -> CrfModel:
    trainer = _Trainer(tags, live)
    marks, follow = np.zeros_like(trainer.marks), np.zeros_like(trainer.follow)
    for number in range(PASSES):
        for batch in _batches(addresses, chance):
            trainer.learn(
                np.stack([addresses[at].marks for at in batch]),
                np.stack([addresses[at].tags for at in batch]),
            )
        if number >= PASSES - AVERAGED:
            marks += trainer.marks / AVERAGED
            follow += trainer.follow / AVERAGED
    return CrfModel(marks, follow)


def _batches(addresses: Sequence[Encoded], chance: np.random.Generator) -> Iterator[list[int]]:
    """Addresses of one length in batches, in a new order each time."""
    by_length: dict[int, list[int]] = {}
    for at in chance.permutation(len(addresses)):
        by_length.setdefault(len(addresses[at].tags), []).append(int(at))
    batches = [
        ats[at : at + BATCH] for _, ats in sorted(by_length.items()) for at in range(0, len(ats), BATCH)
    ]
    for number in chance.permutation(len(batches)):
        yield batches[number]
