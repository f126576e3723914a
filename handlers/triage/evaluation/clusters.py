"""Evaluation of clustering: how well reports about one matter are grouped, counted by pairs.

A pair is right where the gold has both reports in one cluster; it is wrong where the gold does not,
also where neither has a cluster at all: a report without one is about something nobody else wrote of.
So duplicates that the labellers overlooked lower the precision, never the recall.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from handlers.triage import similarity
from handlers.triage.types import Triage

ClusterRow = Mapping[str, Any]
Pairs = set[tuple[int, int]]
MOST_EXAMPLES, EXAMPLE_LENGTH = 12, 30


def measure_clusters(read: Sequence[tuple[ClusterRow, Triage | None]]) -> dict[str, Any] | None:
    """Precision, recall and F1 over pairs, for all rows of a file; None where no row was triaged."""
    triaged = [(row, triage) for row, triage in read if triage is not None]
    if not triaged:
        return None
    rows = [row for row, _ in triaged]
    gold = _pairs(_group_by_cluster(rows).values())
    found = similarity.cluster_reports(
        [similarity.prepare_report(_build_features(row, triage)) for row, triage in triaged]
    )
    answer = _pairs(found)
    return {
        "rows": len(rows),
        "clusters": len(found),
        "pairs": len(gold),
        "said": len(answer),
        **_shares(gold, answer),
        "missed": _examples(gold - answer, rows),
        "invented": _examples(answer - gold, rows),
    }


def _build_features(row: ClusterRow, triage: Triage) -> similarity.ReportFeatures:
    text = "\n".join(part for part in (row.get("title"), row.get("text")) if part)
    place = triage.place
    spoken = place.text if place is not None and place.end > place.start else ""
    return similarity.ReportFeatures(text, triage.class_id, spoken, place.unit if place is not None else None)


def _group_by_cluster(rows: Sequence[ClusterRow]) -> dict[Hashable, set[int]]:
    groups: dict[Hashable, set[int]] = defaultdict(set)
    for number, row in enumerate(rows):
        if row.get("cluster") is not None:
            groups[row["cluster"]].add(number)
    return groups


def _pairs(groups: Iterable[set[int]]) -> Pairs:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def _shares(gold: Pairs, said: Pairs) -> dict[str, float]:
    both = len(gold & said)
    shares = {"recall": (both, len(gold)), "precision": (both, len(said))}
    shares["f1"] = (2 * both, len(gold) + len(said))
    return {name: round(part / whole, 4) if whole else 0.0 for name, (part, whole) in shares.items()}


def _examples(pairs: Pairs, rows: Sequence[ClusterRow]) -> list[str]:
    return [
        f"{_format_excerpt(rows[one])} | {_format_excerpt(rows[other])}"
        for one, other in sorted(pairs)[:MOST_EXAMPLES]
    ]


def _format_excerpt(row: ClusterRow) -> str:
    whole = f"{row.get('title') or ''} {row.get('text') or ''}".strip()[:EXAMPLE_LENGTH]
    return f"{row['id']} {whole}" if "id" in row else whole
