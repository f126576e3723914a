"""How well the shipped rules understand group chat nobody wrote rules from: the bars, with nothing to spare.

`gridbot rules eval tests/data/group_chat.jsonl` prints the same figures, and the confusions.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.triage.engine import Classifier
from handlers.triage.evaluation.metrics import evaluate
from handlers.triage.types import Facts

CHAT = Path(__file__).parents[2] / "data" / "group_chat.jsonl"


@pytest.fixture(scope="module")
def scores(bare: Classifier) -> dict[str, dict[str, Any]]:
    rows = [json.loads(line) for line in CHAT.read_text(encoding="utf-8").splitlines()]
    scores: dict[str, dict[str, Any]] = evaluate(bare, rows, facts=Facts())["scores"]
    return scores


@pytest.mark.parametrize(
    ("what", "measure", "bar"),
    [
        ("report", "f1", 0.95),
        ("report", "precision", 0.97),
        ("class", "macro_f1", 0.85),
        ("nature", "macro_f1", 0.85),
        ("urgent", "recall", 0.97),
        ("urgent", "precision", 0.85),
        ("place", "exact", 0.80),
        ("place", "overlap", 0.93),
    ],
)
def test_group_chat_is_understood(
    scores: dict[str, dict[str, Any]], what: str, measure: str, bar: float
) -> None:
    assert scores[what][measure] >= bar
