"""What a seed draws: a function of the stored seed and of what was drawn from, to be repeated."""

import hashlib
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class DrawGroup:
    """Cases of which the same share is drawn, by number."""

    share: Decimal
    numbers: Collection[str]

    def to_json(self) -> dict[str, Any]:
        """As a draw keeps it."""
        return {"share": str(self.share), "numbers": sorted(self.numbers)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "DrawGroup":
        """The inverse of `to_json`."""
        return cls(Decimal(stored["share"]), stored["numbers"])


def draw_cases(seed: str, groups: Iterable[DrawGroup]) -> list[str]:
    """The numbers that this seed draws, sorted: of each group its share, rounded up."""
    found = (number for group in groups for number in _draw_group(seed, group))
    return sorted(found)


def _draw_group(seed: str, group: DrawGroup) -> list[str]:
    wanted = math.ceil(group.share * len(group.numbers))
    return sorted(group.numbers, key=lambda number: _shuffle_key(seed, number))[:wanted]


def _shuffle_key(seed: str, number: str) -> bytes:
    return hashlib.sha256(f"{seed}:{number}".encode()).digest()
