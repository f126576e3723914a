"""The labelled parts of an address: town, community, road, house number and so on.

Every unit of the text (a character, or a number) begins a part, is inside it, ends it or is the
whole of it. Marks around the unit speak for and against each of these roles with whole numbers, and so
does which part follows which; the reading with the highest sum over the whole text is taken. All
weights are in the pack, learned by `rules learn` or written by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handlers.triage.address.features import NEVER, OUTSIDE, Unit, build_marks, split_units
from handlers.triage.rules.schema import PartRules
from handlers.triage.types import AddressPart, Reason

Ints = NDArray[np.int64]

ROLES = ("begin", "inside", "end", "only")
BEGIN, INSIDE, END, ONLY = range(len(ROLES))
MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class UnitSpan:
    """A part, as the numbers of its first and last unit and of its type."""

    first: int
    last: int
    type: int


class AddressParser:
    """The compiled part rules of one pack; immutable after it is made."""

    def __init__(self, rules: PartRules) -> None:
        self.types = tuple(rules.types)
        self._endings = None if rules.near else frozenset(rules.endings)
        entries = list(_list_weights(rules))
        names = sorted({mark for _, _, mark, _ in entries})
        self._numbers = {mark: number for number, mark in enumerate(names, 1)}
        # Row 0 is for marks without a weight; the last row has the start scores.
        self._weights: Ints = np.zeros((len(names) + 2, len(ROLES), len(self.types)), np.int64)
        for role, kind, mark, weight in entries:
            self._weights[self._numbers[mark], role, kind] = weight
        self._always = len(names) + 1
        self._weights[self._always] = _build_starts(rules)
        self._transitions = _build_transitions(rules)

    def parse(self, text: str) -> tuple[AddressPart, ...]:
        """The parts in the order of the text; they never overlap."""
        where = split_units(text)
        if not where:
            return ()
        pieces = find_best_reading(self._scores(text, where), self._transitions)
        parts = (AddressPart(self.types[p.type], where[p.first][0], where[p.last][1]) for p in pieces)
        return tuple(part for part in parts if part.type != OUTSIDE)

    def explain_part(self, text: str, part: AddressPart) -> tuple[Reason, ...]:
        """The marks for and against this part, heaviest first."""
        kind, where = self.types.index(part.type), split_units(text)
        inside = [at for at, (start, _) in enumerate(where) if part.start <= start < part.end]
        found = build_marks(text, where, self._endings)
        reasons = [
            Reason(mark, where[at][0], int(weight), part.type)
            for at in inside
            for mark in found[at]
            if (weight := self._weights[self._numbers.get(mark, 0), _find_role(at, inside), kind])
        ]
        return tuple(sorted(reasons, key=lambda each: -abs(each.weight))[:MOST_REASONS])

    def _scores(self, text: str, where: Sequence[Unit]) -> Ints:
        """The scores by unit, role and type."""
        rows: list[int] = []
        starts: list[int] = []
        number = self._numbers.get
        for found in build_marks(text, where, self._endings):
            starts.append(len(rows))
            rows.append(self._always)
            rows += filter(None, map(number, found))
        scores: Ints = np.add.reduceat(self._weights.take(rows, axis=0), starts, axis=0)
        return scores


def _list_weights(rules: PartRules) -> list[tuple[int, int, str, int]]:
    """Every weight as (role, type, mark, weight)."""
    return [
        (role, kind, mark, weight)
        for kind, rule in enumerate(rules.types.values())
        for role, name in enumerate(ROLES)
        if (role_rule := rule.role(name)) is not None
        for weight, several in role_rule.words.items()
        for mark in several
    ]


def _build_starts(rules: PartRules) -> Ints:
    """The score of each role of each type before any mark; NEVER for roles that a type does not have."""
    roles_by_name = [[rule.role(name) for rule in rules.types.values()] for name in ROLES]
    return np.array(
        [[NEVER if role is None else role.start for role in roles] for roles in roles_by_name], np.int64
    )


def _build_transitions(rules: PartRules) -> Ints:
    number = {name: at for at, name in enumerate(rules.types)}
    weights: Ints = np.zeros((len(number), len(number)), np.int64)
    for before, rule in enumerate(rules.types.values()):
        for weight, names in rule.next.items():
            for name in names:
                weights[before, number[name]] = weight
    return weights


def _find_role(at: int, inside: Sequence[int]) -> int:
    if len(inside) == 1:
        return ONLY
    return BEGIN if at == inside[0] else END if at == inside[-1] else INSIDE


def find_best_reading(scores: Ints, follow: Ints) -> list[UnitSpan]:
    """The parts with the highest sum (Viterbi); of equal ones the type written first.

    `scores` are by unit, role and type, `follow` by type and next type.
    """
    open_ = np.zeros(scores.shape[2], np.int64)
    """The best reading up to here whose next part has this type."""
    begun = going = np.full_like(open_, NEVER)
    came, length = [], []
    """By unit and type: the type before the part that may begin here, and how the part ends."""
    since = np.zeros_like(open_)
    closed = open_
    for at, role in enumerate(scores):
        if at:
            paths = closed[:, None] + follow
            came.append(paths.argmax(axis=0))
            open_ = paths.max(axis=0)
        held = np.maximum(begun, going)
        several, alone = held + role[END], open_ + role[ONLY]
        since_here = np.where(begun >= going, at - 1, since)
        length.append(np.where(alone >= several, at, since_here))
        closed = np.maximum(several, alone)
        begun, going, since = open_ + role[BEGIN], held + role[INSIDE], since_here
    return _trace(int(closed.argmax()), came, length)


def _trace(kind: int, came: Sequence[Ints], firsts: Sequence[Ints]) -> list[UnitSpan]:
    """The parts, followed back from the last one to the first."""
    pieces, last = [], len(firsts) - 1
    while last >= 0:
        first = int(firsts[last][kind])
        pieces.append(UnitSpan(first, last, kind))
        if first:
            kind = int(came[first - 1][kind])
        last = first - 1
    return pieces[::-1]
