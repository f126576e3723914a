"""Duplicates and hot topics: everything that decides whether reports are about one matter.

`compare_reports` judges a pair; `cluster_reports` and `find_topics` group many reports.
"""

from handlers.triage.similarity.clustering import HotGroup, cluster_reports, find_topics
from handlers.triage.similarity.score import (
    SAME_THRESHOLD,
    PreparedReport,
    ReportFeatures,
    Similarity,
    compare_reports,
    prepare_report,
)

__all__ = [
    "SAME_THRESHOLD",
    "HotGroup",
    "PreparedReport",
    "ReportFeatures",
    "Similarity",
    "cluster_reports",
    "compare_reports",
    "find_topics",
    "prepare_report",
]
