"""Learned weights of characters and their neighbours: signs where no written word tells; pure.

Nobody writes down every way to say that a lamp burns again. `rules sayings` learns from example sentences
which pieces lean to which sign, for each side; what reaches 0 is heard as that sign.
"""

import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import sqrt

from handlers.triage.classify.ngram_weights import FULL, LANE, MIDDLE, POINT, add_up_weights
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import LabelRule

PLAIN_LENGTH = 18
"""Characters up to which every piece counts in full; a long story has more of everything."""
MOST_CHARACTERS = 80
"""Longer messages are read up to here: a verdict comes first, what follows is its story."""
BEGIN, END = "^", "$"
"""Before the first character of a text, and after its last: 没 at the end asks."""


def list_pieces(text: str) -> set[str]:
    """Every character of the folded text, every two and three neighbours, and what begins and ends it."""
    text = text[:MOST_CHARACTERS]
    pieces = {
        *text,
        *map(str.__add__, text, text[1:]),
        *map("".join, zip(text, text[1:], text[2:], strict=False)),
    }
    kept = {piece for piece in pieces if not any(map(_tells_nothing, piece))}
    return kept | _list_ends(text)


def _list_ends(text: str) -> set[str]:
    return {BEGIN + text[:1], text[-1:] + END}


def _tells_nothing(character: str) -> bool:
    return character.isspace() or character.isdigit()


def compute_share(text: str) -> float:
    """What one piece of this text counts for: less the longer the text is."""
    length = min(MOST_CHARACTERS, sum([not character.isspace() for character in text]))
    return min(1.0, sqrt(PLAIN_LENGTH / length)) if length else 1.0


class SignWeights:
    """The weights of one side; immutable after it is made."""

    def __init__(self, rules: Mapping[str, LabelRule]) -> None:
        self._signs = tuple(rules)
        self._starts = [rule.start for rule in rules.values()]
        self._lanes = struct.Struct(f"<{len(self._signs)}I")
        self._nothing = sum(MIDDLE << LANE * at for at in range(len(self._signs)))
        # All signs are in one number, a lane each: one addition a piece instead of one a sign.
        self._weights = add_up_weights(rules.values())
        # What `list_pieces` takes from between the ends: to look for these alone asks nothing of each piece.
        self._inner = {
            piece: weight for piece, weight in self._weights.items() if not any(map(_tells_nothing, piece))
        }

    def score(self, text: str) -> dict[str, float]:
        """The points of every sign for the folded text; from 0 on it counts as heard."""
        sums = self._lanes.unpack((self._nothing + self._add_up(text)).to_bytes(self._lanes.size, "little"))
        share = compute_share(text)
        return {
            sign: (start + share * (total - MIDDLE)) / POINT
            for sign, start, total in zip(self._signs, self._starts, sums, strict=True)
        }

    def _add_up(self, text: str) -> int:
        """The sum of the weights of `list_pieces`."""
        text = text[:MOST_CHARACTERS]
        two = [*map(str.__add__, text, text[1:])]
        three = map(str.__add__, two, text[2:])
        said, inner = {*text, *two, *three, *_list_ends(text)}, self._inner
        ends = [piece for piece in _list_ends(text) if piece not in inner]
        return sum([inner[piece] for piece in said if piece in inner]) + sum(
            [self._weights.get(piece, 0) for piece in ends]
        )

    def list_top_pieces(self, text: str, sign: str, most: int = 3) -> Sequence[str]:
        """The pieces of the folded text that speak most for this sign, the heaviest first."""
        lane = LANE * self._signs.index(sign)
        found = [
            (piece, weight)
            for piece in list_pieces(text)
            if (weight := (self._nothing + self._weights.get(piece, 0) >> lane & FULL) - MIDDLE) > 0
        ]
        return [piece for piece, _ in sorted(found, key=lambda each: (-each[1], each[0]))[:most]]


@lru_cache(maxsize=16)
def weights_of(pack: Pack, side: str) -> SignWeights | None:
    """The weights of one side of this pack; None where it has learned none."""
    rules = pack.sayings.sides.get(side) if pack.sayings is not None else None
    return SignWeights(rules) if rules else None
