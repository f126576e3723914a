"""Evaluation of address parts: a part counts where type, start and end are right."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from handlers.triage.types import AddressPart

Parts = Iterable[AddressPart]


def describe_parts(pairs: Sequence[tuple[Parts, Parts]]) -> dict[str, Any]:
    """Precision, recall and F1 of every type in the gold, and F1 over all parts; pairs are (gold, answer)."""
    gold: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    for wanted, read in pairs:
        true, found = set(wanted), set(read)
        gold.update(part.type for part in true)
        answered.update(part.type for part in found)
        hit.update(part.type for part in true & found)
    return {
        "rows": len(pairs),
        "micro_f1": _f1(hit.total(), gold.total(), answered.total()),
        **{kind: _measure_type(hit[kind], gold[kind], answered[kind]) for kind in sorted(gold)},
    }


def _measure_type(hit: int, gold: int, answered: int) -> dict[str, float]:
    precision = round(hit / answered, 4) if answered else 0.0
    return {
        "precision": precision,
        "recall": round(hit / gold, 4),
        "f1": _f1(hit, gold, answered),
        "rows": gold,
    }


def _f1(hit: int, gold: int, answered: int) -> float:
    return round(2 * hit / (gold + answered), 4) if gold + answered else 0.0
