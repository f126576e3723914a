"""Evaluation on labelled messages: the numbers `gridbot rules eval` prints.

Every label of the rows gets a score: `MEASURES` maps the field to the function that measures it. A
field that this pack cannot be measured by is listed as not scored, never left out silently.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.triage.classify.labeller import Labeller
from handlers.triage.engine import Classifier
from handlers.triage.evaluation import clusters
from handlers.triage.evaluation.address_parts import describe_parts
from handlers.triage.types import AddressPart, Facts, Place, Triage

LabelledRow = Mapping[str, Any]
LabelPair = tuple[str, str]
MOST_CONFUSIONS, MOST_EXAMPLES, EXAMPLE_LENGTH = 12, 3, 40
Reader = Callable[[str], tuple[AddressPart, ...]]
"""Reads an address into its parts."""


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with the result of triage and the label given to it.

    The label is a learned one, or the class where labels are classes; None where the pack has no
    rules for it.
    """

    row: LabelledRow
    triage: Triage | None
    label: str | None
    class_id: str | None = None
    """The class given to it; the labelled one where that is what older labels have in its place."""
    parts: tuple[AddressPart, ...] | None = None
    """The parts of the address; None where the pack has no part rules."""


def evaluate(
    classifier: Classifier | None,
    rows: Iterable[LabelledRow],
    *,
    facts: Facts | None = None,
    labeller: Labeller | None = None,
    reader: Reader | None = None,
) -> dict[str, Any]:
    """Scores for every label of the rows; class, nature, urgency and place are measured on true reports only.

    `classifier`, `labeller` and `reader` are the parts of the pack that exist; `facts` hold for all rows.
    """
    facts = facts or Facts()
    judged = [_judge(row, classifier, labeller, facts) for row in rows]
    if reader:
        judged = [replace(each, parts=_parse_parts(each.row, reader)) for each in judged]
    fields = {field for each in judged for field, value in each.row.items() if value is not None}
    scores = {
        name: measure(judged) for name, measure in MEASURES.items() if LABEL_OF.get(name, name) in fields
    }
    return {
        "rows": len(judged),
        "scores": {name: score for name, score in scores.items() if score is not None},
        "not_scored": [name for name, score in scores.items() if score is None],
    }


def _judge(
    row: LabelledRow, classifier: Classifier | None, labeller: Labeller | None, facts: Facts
) -> JudgedRow:
    title, text = row.get("title") or "", row.get("text") or ""
    whole = f"{title}\n{text}" if title and text else title or text
    triage = classifier.triage(whole, facts=facts) if classifier else None
    class_id = _find_accepted_class(row, classifier, triage)
    if labeller:
        return JudgedRow(row, triage, labeller.label(text, title=title).label, class_id)
    known = classifier.pack.classes if classifier else {}
    return JudgedRow(row, triage, class_id if row.get("label") in known else None, class_id)


def _find_accepted_class(
    row: LabelledRow, classifier: Classifier | None, triage: Triage | None
) -> str | None:
    """The class of the result, or the labelled one that it was split from."""
    if classifier is None or triage is None:
        return None
    wanted = row.get("class") or row.get("label")
    return wanted if wanted in classifier.pack.also.get(triage.class_id, ()) else triage.class_id


def _parse_parts(row: LabelledRow, reader: Reader) -> tuple[AddressPart, ...] | None:
    return None if row.get("spans") is None else reader(row.get("text") or "")


def _measure_labels(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    named = [each for each in judged if each.row.get("label")]
    return _score_answers([(each, str(each.row["label"]), each.label) for each in named])


def _measure_classes(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    named = [each for each in judged if each.row.get("class") and each.row.get("report", True)]
    answers = [each.class_id if each.triage else each.label for each in named]
    return _score_answers(
        [(each, str(each.row["class"]), answer) for each, answer in zip(named, answers, strict=True)]
    )


def _measure_natures(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    named = [each for each in _select_reports(judged) if each.row.get("nature")]
    return _score_answers(
        [(each, str(each.row["nature"]), each.triage.nature if each.triage else None) for each in named]
    )


def _measure_report(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    named = [each for each in judged if each.row.get("report") is not None]
    return _score_detection(
        [(each, bool(each.row["report"]), each.triage.report) for each in named if each.triage]
    )


def _measure_urgent(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    named = [each for each in _select_reports(judged) if each.row.get("urgent") is not None]
    return _score_detection(
        [(each, bool(each.row["urgent"]), each.triage.urgent) for each in named if each.triage]
    )


def _measure_danger(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    """Danger is heard where the message is urgent *and* a case; over all rows, talk included."""
    named = [each for each in judged if each.row.get("urgent") is not None]
    return _score_detection(
        [
            (each, bool(each.row["urgent"]), each.triage.urgent and each.triage.report)
            for each in named
            if each.triage
        ]
    )


def _measure_places(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    read = [(each.row, each.triage.place) for each in _select_reports(judged) if each.triage]
    if not read:
        return None
    named = [(row, place) for row, place in read if row.get("place")]
    nowhere = [place for row, place in read if not row.get("place")]
    return {
        "rows": len(named),
        "exact": _compute_share(
            sum(_get_spoken_place(place) == row["place"] for row, place in named), len(named)
        ),
        "overlap": _compute_share(sum(_overlaps(row, place) for row, place in named), len(named)),
        "invented": _compute_share(
            sum(_get_spoken_place(place) is not None for place in nowhere), len(nowhere)
        ),
    }


def _measure_clusters(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    return clusters.measure_clusters([(each.row, each.triage) for each in judged])


def _measure_spans(judged: Sequence[JudgedRow]) -> dict[str, Any] | None:
    read = [(each.row, each.parts) for each in judged if each.parts is not None]
    pairs = [([AddressPart(*span) for span in row["spans"]], parts) for row, parts in read]
    return describe_parts(pairs) if pairs else None


MEASURES: Mapping[str, Callable[[Sequence[JudgedRow]], dict[str, Any] | None]] = {
    "label": _measure_labels,
    "class": _measure_classes,
    "report": _measure_report,
    "nature": _measure_natures,
    "urgent": _measure_urgent,
    "danger": _measure_danger,
    "place": _measure_places,
    "cluster": _measure_clusters,
    "spans": _measure_spans,
}


LABEL_OF = {"danger": "urgent"}
"""The field that a score is measured by, where it has another name."""


def macro_f1(pairs: Sequence[LabelPair]) -> float:
    """The mean F1 of all labels that occur in the gold; 0 where there are no pairs (gold, answer)."""
    scores = [_score_label(pairs, label)["f1"] for label in sorted({gold for gold, _ in pairs})]
    return round(sum(scores) / len(scores), 4) if scores else 0.0


def describe_labels(pairs: Sequence[LabelPair]) -> dict[str, Any]:
    """Macro-F1 and accuracy, with precision and recall of every label; pairs are (gold, answer)."""
    return {
        "rows": len(pairs),
        "macro_f1": macro_f1(pairs),
        "accuracy": _compute_share(sum(gold == said for gold, said in pairs), len(pairs)),
        "each": {label: _score_label(pairs, label) for label in sorted({gold for gold, _ in pairs})},
    }


def _score_answers(answers: Sequence[tuple[JudgedRow, str, str | None]]) -> dict[str, Any] | None:
    pairs = [(gold, said) for _, gold, said in answers if said is not None]
    if not pairs:
        return None
    wrong = [(each.row, gold, said) for each, gold, said in answers if said is not None and gold != said]
    return {**describe_labels(pairs), "confusions": _confusions(wrong)}


def _confusions(wrong: Sequence[tuple[LabelledRow, str, str]]) -> list[dict[str, Any]]:
    """The most frequent confusions, with the beginnings of some messages."""
    counts = Counter((gold, said) for _, gold, said in wrong)
    most = sorted(counts, key=lambda pair: (-counts[pair], pair))[:MOST_CONFUSIONS]
    return [
        {
            "gold": pair[0],
            "said": pair[1],
            "count": counts[pair],
            "examples": [_format_excerpt(row) for row, gold, said in wrong if (gold, said) == pair][
                :MOST_EXAMPLES
            ],
        }
        for pair in most
    ]


def _score_detection(answers: Sequence[tuple[JudgedRow, bool, bool]]) -> dict[str, Any] | None:
    if not answers:
        return None
    return {
        "rows": len(answers),
        **_compute_detection([(gold, said) for _, gold, said in answers]),
        "missed": [_format_excerpt(each.row) for each, gold, said in answers if gold and not said][
            :MOST_CONFUSIONS
        ],
        "invented": [_format_excerpt(each.row) for each, gold, said in answers if said and not gold][
            :MOST_CONFUSIONS
        ],
    }


def _select_reports(judged: Sequence[JudgedRow]) -> list[JudgedRow]:
    return [each for each in judged if each.row.get("report", True)]


def _format_excerpt(row: LabelledRow) -> str:
    whole = f"{row.get('title') or ''} {row.get('text') or ''}".strip()
    return f"{row['id']} {whole[:EXAMPLE_LENGTH]}" if "id" in row else whole[:EXAMPLE_LENGTH]


def _score_label(pairs: Sequence[LabelPair], label: str) -> dict[str, float]:
    found = _compute_detection([(gold == label, said == label) for gold, said in pairs])
    return {**found, "rows": sum(gold == label for gold, _ in pairs)}


def _compute_detection(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    hit = sum(gold and said for gold, said in pairs)
    precision = _compute_share(hit, sum(said for _, said in pairs))
    recall = _compute_share(hit, sum(gold for gold, _ in pairs))
    wanted = sum(gold for gold, _ in pairs) + sum(said for _, said in pairs)
    return {"precision": precision, "recall": recall, "f1": _compute_share(2 * hit, wanted)}


def _get_spoken_place(place: Place | None) -> str | None:
    return place.text if place is not None and place.end > place.start else None


def _overlaps(row: LabelledRow, place: Place | None) -> bool:
    if place is None or place.end == place.start:
        return False
    whole = f"{row['title']}\n{row['text']}" if row.get("title") and row.get("text") else row.get("text", "")
    start: int = whole.find(row["place"])
    return start >= 0 and place.start < start + len(row["place"]) and start < place.end


def _compute_share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
