"""How well an `Understanding` reads labelled messages: the numbers `gridbot rules eval` prints."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from handlers.triage.engine import Understanding
from handlers.triage.result import Facts, Place, Triage

Row = Mapping[str, Any]


def evaluate(
    understanding: Understanding, rows: Iterable[Row], *, facts: Facts | None = None
) -> dict[str, Any]:
    """Report P/R/F1; class, nature and urgency over the true reports; place over those that name one."""
    facts = facts or Facts()
    judged = [(row, understanding.triage(row["text"], facts=facts)) for row in rows]
    reports = [(row, triage) for row, triage in judged if row["report"]]
    classes = [(row["class"], triage.class_id) for row, triage in reports]
    return {
        "rows": len(judged),
        "report": _detection([(bool(row["report"]), triage.report) for row, triage in judged]),
        "class_macro_f1": macro_f1(classes),
        "class_accuracy": _share(sum(gold == said for gold, said in classes), len(classes)),
        "nature_macro_f1": macro_f1([(row["nature"], triage.nature) for row, triage in reports]),
        "urgent": _detection([(bool(row["urgent"]), triage.urgent) for row, triage in reports]),
        "place": _places(reports),
    }


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean F1 over the labels that occur in the gold."""
    scores = [
        _detection([(gold == label, said == label) for gold, said in pairs])["f1"]
        for label in sorted({gold for gold, _ in pairs})
    ]
    return round(sum(scores) / len(scores), 4) if scores else 0.0


def _detection(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    hit = sum(gold and said for gold, said in pairs)
    precision = _share(hit, sum(said for _, said in pairs))
    recall = _share(hit, sum(gold for gold, _ in pairs))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": precision, "recall": recall, "f1": round(f1, 4)}


def _places(reports: Sequence[tuple[Row, Triage]]) -> dict[str, float]:
    named = [(row, triage.place) for row, triage in reports if row["place"]]
    nowhere = [triage.place for row, triage in reports if not row["place"]]
    return {
        "exact": _share(sum(_spoken(place) == row["place"] for row, place in named), len(named)),
        "overlap": _share(sum(_overlaps(row, place) for row, place in named), len(named)),
        "invented": _share(sum(_spoken(place) is not None for place in nowhere), len(nowhere)),
    }


def _spoken(place: Place | None) -> str | None:
    return place.text if place is not None and place.end > place.start else None


def _overlaps(row: Row, place: Place | None) -> bool:
    if place is None or place.end == place.start:
        return False
    start: int = row["text"].index(row["place"])
    return place.start < start + len(row["place"]) and start < place.end


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
