import pytest

from handlers.triage.classify.ngram_weights import NgramWeights
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import HintRules, LabelRule

RULES = HintRules(
    classes={
        "lamp": LabelRule(start=-50, words={300: ("路灯", "黑"), 120: ("灯",)}),
        "bin": LabelRule(words={200: ("满",), 50: ("黑",)}),
    },
    report=LabelRule(start=-100, words={250: ("没人",), -400: ("哈哈",)}),
    urgent=LabelRule(start=-200, words={350: ("救命",)}),
    natures={"建议": LabelRule(words={75: ("没人",)}), "感谢": LabelRule(start=-25)},
)


@pytest.fixture(scope="module")
def hints() -> NgramWeights:
    return NgramWeights(RULES, ["lamp", "bin", "other"])


@pytest.fixture(scope="module")
def shipped(pack: Pack) -> NgramWeights:
    return NgramWeights(pack.hints, tuple(pack.classes))


def test_pieces_add_up_to_where_a_side_begins(hints: NgramWeights) -> None:
    leaning = hints.score("路灯黑没人")
    assert leaning.classes == {"lamp": 6.7, "bin": 0.5}
    assert (leaning.report, leaning.urgent) == (1.5, -2.0)
    assert leaning.natures == {"建议": 0.75, "感谢": -0.25}


def test_weights_against_a_side_are_taken_off(hints: NgramWeights) -> None:
    assert hints.score("哈哈没人").report == -2.5


def test_a_piece_said_twice_counts_once(hints: NgramWeights) -> None:
    assert hints.score("救命救命救命").urgent == hints.score("救命").urgent == 1.5


def test_only_classes_above_the_least_are_told_and_those_asked_for(hints: NgramWeights) -> None:
    assert hints.score("黑", least=1).classes == {"lamp": 2.5}
    assert hints.score("黑", least=1, always_include=["bin", "other"]).classes == {
        "lamp": 2.5,
        "bin": 0.5,
        "other": 0,
    }


def test_a_pack_without_hints_leans_nowhere() -> None:
    leaning = NgramWeights(None, ["lamp"]).score("路灯黑没人管")
    assert (leaning.classes, leaning.report, leaning.urgent) == ({}, 0, 0)


def test_the_pieces_that_lean_most_are_told_and_stand_in_the_text(hints: NgramWeights) -> None:
    assert hints.list_top_pieces("路灯黑", "lamp") == [("路灯", 3.0), ("黑", 3.0), ("灯", 1.2)]


def test_pieces_of_known_words_lean_to_their_class(shipped: NgramWeights) -> None:
    scores = shipped.score("巷子里灯全瞎了黑得很").classes
    assert max(scores, key=lambda name: scores[name]) == "fac.lamp"


def test_talk_sounds_less_like_a_report_than_a_report_does(shipped: NgramWeights) -> None:
    report, talk = shipped.score("路边一堆垃圾几天没人清"), shipped.score("今晚打麻将三缺一来不来")
    assert report.report > 0 > talk.report
