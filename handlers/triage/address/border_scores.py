"""How much the marks in a text speak for a place from one unit to another, against none at all.

The same sums as those of `AddressParser` over the types place and outside, without arrays: a clause has
few units, and most marks have no weight. Only the marks of the nearest neighbours are read.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

from handlers.triage.address.features import HEAD, NEVER, OUTSIDE, TAIL, Unit, split_signs
from handlers.triage.rules.schema import LabelRule, PartRules

PLACE = "place"
_ROLES = ("begin", "inside", "end")
_Points = tuple[int, int, int]
# The marks of the nearest neighbours: how many letters before, at and behind the unit they name.
_SHAPES = ((0, 1, 0), (1, 1, 0), (0, 1, 1), (2, 0, 0), (0, 0, 2), (1, 1, 1))


class BorderMarks:
    """The weights of marks for a place that begins, goes on or ends; immutable after it is made."""

    def __init__(self, rules: PartRules) -> None:
        place, outside = rules.types[PLACE], rules.types[OUTSIDE]
        sides = [place.role(name) for name in _ROLES]
        against = _list_weights(outside.only)
        by_side = [_list_weights(side) for side in sides]
        tables: list[dict[str, _Points]] = [{} for _ in _SHAPES]
        for mark in against.keys() | set().union(*by_side):
            begin, inside, end = (weights.get(mark, 0) - against.get(mark, 0) for weights in by_side)
            if (parsed := _parse_mark(mark)) is not None:
                tables[parsed[0]][parsed[1]] = begin, inside, end
        self._find = tuple(table.get for table in tables)
        into, stay = (_find_next(outside.next, name) for name in (PLACE, OUTSIDE))
        lost = (outside.only.start if outside.only else NEVER) + stay
        begin, inside, end = (side.start - lost if side else NEVER for side in sides)
        self._starts: _Points = begin, inside, end
        self._into, self._out, self._stay = into - stay, _find_next(place.next, OUTSIDE), stay

    def score(self, text: str) -> tuple[Sequence[Unit], "BorderScores"]:
        """The units of the text, and the points of every place among them."""
        where, letters = split_signs(text)
        signs = f"{HEAD}{HEAD}{letters}{TAIL}{TAIL}"
        begins, insides, ends = [], [], []
        here, left, right, before, behind, both = self._find
        for at in range(2, len(signs) - 2):
            begin, inside, end = self._starts
            for points in (
                here(signs[at]),
                left(signs[at - 1 : at + 1]),
                right(signs[at : at + 2]),
                before(signs[at - 2 : at]),
                behind(signs[at + 1 : at + 3]),
                both(signs[at - 1 : at + 2]),
            ):
                if points:
                    begin += points[0]
                    inside += points[1]
                    end += points[2]
            begins.append(begin + self._into)
            insides.append(inside)
            ends.append(end + self._out)
        if begins:
            begins[0] -= self._into
            ends[-1] += self._stay - self._out
        return where, BorderScores(begins, insides, ends)


def _parse_mark(mark: str) -> tuple[int, str] | None:
    """The number of the shape of a mark, and its letters; None for one of no such shape."""
    for number, (before, here, behind) in enumerate(_SHAPES):
        closed = before + 1 + here
        if len(mark) == closed + 1 + behind and mark[before] == "[" and mark[closed] == "]":
            return number, mark[:before] + mark[before + 1 : closed] + mark[closed + 1 :]
    return None


def _list_weights(rule: LabelRule | None) -> dict[str, int]:
    """Each mark of the rule with its weight."""
    words = rule.words.items() if rule else ()
    return {mark: weight for weight, several in words for mark in several}


def _find_next(rule: Mapping[int, Sequence[str]], name: str) -> int:
    return next((weight for weight, names in rule.items() if name in names), 0)


class BorderScores:
    """The points a place gains by beginning, going on and ending at each unit."""

    def __init__(self, begins: Sequence[int], insides: Sequence[int], ends: Sequence[int]) -> None:
        before = [0, *accumulate(insides)]
        self._begins = [begin - behind for begin, behind in zip(begins, before[1:], strict=True)]
        self._ends = [so_far + end for so_far, end in zip(before, ends, strict=False)]

    def score(self, first: int, last: int) -> float:
        """The points of a place from `first` to `last`; minus infinity for a single unit, which is none."""
        return -math.inf if first == last else self._begins[first] + self._ends[last]

    def find_best(self, first: int, last: int) -> tuple[int, int]:
        """The best borders of a place that shares a unit with the span from `first` to `last`."""
        begins, ends = self._begins, self._ends
        begin, best = 0, (-math.inf, first, last)
        for until in range(1, len(begins)):
            if until - 1 <= last and begins[until - 1] > begins[begin]:
                begin = until - 1
            if until >= first and (points := begins[begin] + ends[until]) >= best[0]:
                best = max(best, (points, begin, until))
        return best[1], best[2]
