"""Pairs counted by hand."""

from typing import Any

from handlers.triage.engine import Classifier
from handlers.triage.evaluation.metrics import evaluate

LAMP = {"id": "a", "text": "解放路28号路灯不亮", "cluster": "one"}
SAME = {"id": "b", "text": "解放路二十八号的路灯不亮了", "cluster": "one"}
RUBBISH = {"id": "c", "text": "滨江小区3号楼垃圾堆成山没人清", "cluster": "two"}
WATER = {"id": "d", "text": "阳光花园3号楼停水两天了", "cluster": "two"}
STRAY = {"id": "e", "text": "翡翠湾5号楼电梯困人", "cluster": None}


def cluster(understanding: Classifier, rows: list[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = evaluate(understanding, rows)["scores"]["cluster"]
    return told


def test_a_pair_put_together_as_in_the_gold_is_right(bare: Classifier) -> None:
    told = cluster(bare, [LAMP, SAME, STRAY])
    assert {**told, "missed": [], "invented": []} == told
    assert (told["rows"], told["clusters"], told["pairs"], told["said"]) == (3, 1, 1, 1)
    assert (told["recall"], told["precision"], told["f1"]) == (1, 1, 1)


def test_a_pair_left_apart_costs_recall_and_is_told(bare: Classifier) -> None:
    told = cluster(bare, [LAMP, SAME, RUBBISH, WATER])
    assert (told["recall"], told["precision"], told["f1"]) == (0.5, 1, 0.6667)
    assert told["missed"] == ["c 滨江小区3号楼垃圾堆成山没人清 | d 阳光花园3号楼停水两天了"]


def test_two_rows_without_a_cluster_put_together_are_wrong(bare: Classifier) -> None:
    told = cluster(bare, [{**LAMP, "cluster": None}, {**SAME, "cluster": None}, RUBBISH, WATER])
    assert (told["recall"], told["precision"]) == (0, 0)
    assert told["invented"] == ["a 解放路28号路灯不亮 | b 解放路二十八号的路灯不亮了"]


def test_without_classes_and_places_nothing_is_scored() -> None:
    assert evaluate(None, [LAMP, SAME])["not_scored"] == ["cluster"]
