"""Scores of a few rows, counted by hand."""

from typing import Any

import pytest

from handlers.triage.classify.labeller import Labeller
from handlers.triage.engine import Classifier
from handlers.triage.evaluation.metrics import describe_labels, evaluate, macro_f1
from handlers.triage.rules.schema import LabelRule, Score
from handlers.triage.types import AddressPart, Facts

LAMP = {
    "text": "解放路28号路灯不亮", "report": True, "class": "fac.lamp",
    "nature": "求助", "place": "解放路28号", "urgent": False,
}  # fmt: skip
CHATTER = {"text": "谢谢", "report": False, "class": None, "nature": None, "place": None, "urgent": False}


@pytest.fixture(scope="module")
def labeller() -> Labeller:
    rules = {
        "水": LabelRule.model_validate({"words": {5: "水"}}),
        "灯": LabelRule.model_validate({"start": 1, "words": {5: "灯"}}),
    }
    return Labeller(rules, Score(length=0))


def numbers(score: dict[str, Any], *names: str) -> list[float]:
    return [score[name] for name in names]


def test_rows_read_perfectly_score_one_everywhere(bare: Classifier) -> None:
    scores = evaluate(bare, [LAMP, CHATTER])["scores"]
    assert numbers(scores["report"], "precision", "recall", "f1") == [1, 1, 1]
    assert scores["class"]["macro_f1"] == scores["nature"]["macro_f1"] == 1
    assert scores["place"] == {"rows": 1, "exact": 1, "overlap": 1, "invented": 0}


def test_precision_and_recall_of_reports_count_every_row(bare: Classifier) -> None:
    rows = [LAMP, {**LAMP, "report": False}, {**CHATTER, "report": True, "class": "env.rubbish"}, CHATTER]
    score = evaluate(bare, rows)["scores"]["report"]
    assert numbers(score, "precision", "recall", "f1") == [0.5, 0.5, 0.5]
    assert (score["missed"], score["invented"]) == (["谢谢"], ["解放路28号路灯不亮"])


def test_class_and_place_are_scored_over_true_reports_only(bare: Classifier) -> None:
    scores = evaluate(bare, [LAMP, {**LAMP, "report": False, "class": "env.rubbish"}])["scores"]
    assert (scores["class"]["rows"], scores["place"]["rows"]) == (1, 1)


def test_a_wrong_class_is_told_with_its_message(bare: Classifier) -> None:
    wrong = {**LAMP, "id": "x1", "class": "env.rubbish"}
    told = evaluate(bare, [wrong, wrong, LAMP])["scores"]["class"]
    assert told["confusions"] == [
        {"gold": "env.rubbish", "said": "fac.lamp", "count": 2, "examples": ["x1 解放路28号路灯不亮"] * 2}
    ]
    assert told["each"]["fac.lamp"] == {"precision": 0.3333, "recall": 1.0, "f1": 0.5, "rows": 1}


def test_a_place_is_found_behind_the_title_too(bare: Classifier) -> None:
    told = evaluate(bare, [{**LAMP, "title": "请来修灯"}])["scores"]["place"]
    assert (told["exact"], told["overlap"]) == (1, 1)


def test_labels_are_scored_by_the_learned_words(labeller: Labeller) -> None:
    rows = [
        {"title": "停水", "text": "", "label": "水"},
        {"title": "", "text": "灯坏了", "label": "灯"},
        {"title": "缴费", "text": "没有着落", "label": "水"},
    ]
    told = evaluate(None, rows, labeller=labeller)["scores"]["label"]
    # 水: precision 1, recall 1/2, F1 2/3; 灯: precision 1/2, recall 1, F1 2/3.
    assert (told["macro_f1"], told["accuracy"]) == (0.6667, 0.6667)


def test_parts_of_addresses_are_scored_by_who_reads_them() -> None:
    rows: list[dict[str, Any]] = [
        {"text": "长风路8号", "spans": [["road", 0, 3], ["roadno", 3, 5]]},
        {"text": "双塔镇", "spans": [["town", 0, 3]]},
        {"text": "没有标过部件"},
    ]
    told = evaluate(None, rows, reader=lambda text: (AddressPart("road", 0, 3),))["scores"]["spans"]
    assert (told["rows"], told["road"]["f1"], told["town"]["f1"]) == (2, 0.6667, 0.0)


def test_parts_nobody_reads_are_named_and_not_scored(bare: Classifier) -> None:
    assert evaluate(bare, [{"text": "双塔镇", "spans": [["town", 0, 3]]}])["not_scored"] == ["spans"]


def test_only_labels_the_rows_carry_are_scored(bare: Classifier) -> None:
    assert set(evaluate(bare, [{"text": "路灯不亮", "urgent": False}])["scores"]) == {"urgent", "danger"}


def test_labels_nobody_has_rules_for_are_named_and_not_scored(bare: Classifier) -> None:
    told = evaluate(bare, [{"title": "停水", "text": "", "label": "城乡建设", "spans": []}])
    assert (told["scores"], told["not_scored"]) == ({}, ["label", "spans"])


def test_labels_that_are_classes_are_scored_by_the_classes(bare: Classifier) -> None:
    assert evaluate(bare, [{"text": "路灯不亮", "label": "fac.lamp"}])["scores"]["label"]["macro_f1"] == 1


def test_a_group_where_the_bot_only_listens_may_be_judged_as_such(bare: Classifier) -> None:
    row = {"text": "好像没水了", "report": True}
    addressed = bare.triage(row["text"], facts=Facts()).report  # type: ignore[arg-type]
    told = evaluate(bare, [row], facts=Facts(addressed=False))["scores"]["report"]
    assert told["recall"] <= float(addressed)


def test_danger_is_scored_over_all_rows_as_urgent_and_a_case(bare: Classifier) -> None:
    rows = [
        {"text": "着火了着火了", "report": True, "urgent": True},
        {"text": "今天天气真好", "report": True, "urgent": True},
        {"text": "有人落水了快来", "report": False, "urgent": False},
        {"text": "晚上吃什么", "report": False, "urgent": False},
    ]
    score = evaluate(bare, rows)["scores"]["danger"]
    assert (score["rows"], score["recall"], score["precision"]) == (4, 0.5, 0.5)
    assert score["invented"] == ["有人落水了快来"]


def test_an_older_label_is_right_where_its_class_was_split(bare: Classifier) -> None:
    text = "有人噎住了 脸发紫 没呼吸了"
    assert bare.triage(text, facts=Facts()).class_id == "med.emergency"
    for label in ("med.emergency", "health.medical"):
        assert evaluate(bare, [{"text": text, "class": label}])["scores"]["class"]["accuracy"] == 1
    assert evaluate(bare, [{"text": text, "class": "fac.lamp"}])["scores"]["class"]["accuracy"] == 0


def test_macro_f1_weighs_every_class_alike() -> None:
    assert macro_f1([("a", "a"), ("a", "a"), ("b", "a")]) == pytest.approx(0.4, abs=1e-3)


def test_a_label_that_is_never_asked_for_costs_others_precision_and_is_not_averaged() -> None:
    told = describe_labels([("a", "a"), ("a", "c")])
    assert (told["macro_f1"], list(told["each"])) == (0.6667, ["a"])
