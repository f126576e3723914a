"""Duplicates and hot topics: one door to what tells that reports are about one matter.

`likeness` judges a pair (see `likeness`), `clusters` and `topics` a heap (see `heaps`).
"""

from handlers.triage.similarity.clustering import HotGroup, clusters, topics
from handlers.triage.similarity.score import SAME, Likeness, Look, Prepared, likeness, prepare

__all__ = ["SAME", "HotGroup", "Likeness", "Look", "Prepared", "clusters", "likeness", "prepare", "topics"]
