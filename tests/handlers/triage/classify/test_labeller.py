import math

import pytest

from handlers.triage.classify.labeller import Labeller
from handlers.triage.rules.schema import LabelRule, Score

RULES = {
    "水": LabelRule.model_validate({"start": -1, "words": {10: "水管 水", -4: "河水"}}),
    "灯": LabelRule.model_validate({"words": {6: "路灯"}}),
}


def test_overlapping_words_count_all_and_a_repeated_word_counts_less() -> None:
    found = Labeller(RULES, Score(length=0.5)).label("水管水管")
    assert found.score == pytest.approx((10 * math.log(3) * 2) / 2 - 1, abs=0.01)


def test_a_word_of_the_title_counts_by_its_share() -> None:
    found = Labeller(RULES, Score(repeat="once", title=3, length=0)).label("路灯", title="路灯")
    assert (found.label, found.score) == ("灯", 24)


def test_a_word_against_a_label_takes_away() -> None:
    plain = Score(repeat="once", length=0)
    assert Labeller(RULES, plain).label("河水").score == 5


def test_the_runner_up_and_the_margin_are_told() -> None:
    found = Labeller(RULES, Score(repeat="once", length=0)).label("水管边的路灯")
    assert (found.label, found.runner_up, found.margin) == ("水", "灯", 13)


def test_every_decision_names_its_words_and_where_they_stand() -> None:
    found = Labeller(RULES, Score(repeat="once", length=0)).label("是河水", title="水管")
    told = {(reason.word, reason.start, reason.weight) for reason in found.reasons}
    assert told == {("水管", 0, 10.0), ("水", 0, 20.0), ("河水", 4, -4.0)}


def test_without_any_word_the_label_that_starts_highest_is_said() -> None:
    assert Labeller(RULES, Score()).label("").label == "灯"


def test_a_written_word_is_found_whatever_its_width_and_case() -> None:
    rules = {"网": LabelRule.model_validate({"words": {5: "WiFi"}}), "无": LabelRule(start=1)}
    assert Labeller(rules, Score(length=0)).label("ｗｉｆｉ断了").label == "网"
