"""The shipped rules, asked with everyday sentences that were made up for these tests."""

from pathlib import Path

import pytest

from handlers.triage.engine import Understanding
from handlers.triage.evaluate import evaluate, macro_f1
from handlers.triage.result import Facts

LINES = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
SENTENCES = [tuple(line.split(" ", 1)) for line in LINES if not line.startswith("#")]
REPORTS = [(gold, text) for gold, text in SENTENCES if gold != "chatter"]


def test_every_class_is_reached_by_a_sentence_people_say(bare: Understanding) -> None:
    reached = {gold for gold, text in REPORTS if bare.triage(text, facts=Facts()).class_id == gold}
    assert reached == set(bare.pack.classes)


def test_nearly_all_sentences_find_their_class_and_open_a_report(bare: Understanding) -> None:
    judged = [(gold, bare.triage(text, facts=Facts())) for gold, text in REPORTS]
    assert sum(triage.class_id == gold for gold, triage in judged) >= 0.95 * len(judged)
    assert sum(triage.report for _, triage in judged) >= 0.97 * len(judged)


def test_talk_among_neighbours_rarely_opens_a_report(bare: Understanding) -> None:
    talk = [text for gold, text in SENTENCES if gold == "chatter"]
    assert sum(bare.triage(text, facts=Facts()).report for text in talk) <= 0.07 * len(talk)


def test_evaluation_of_perfect_rows_is_one_everywhere(bare: Understanding) -> None:
    row = {
        "text": "解放路28号路灯不亮", "report": True, "class": "fac.lamp",
        "nature": "求助", "place": "解放路28号", "urgent": False,
    }  # fmt: skip
    told = evaluate(bare, [row, {"text": "谢谢", "report": False}])
    assert told["report"]["f1"] == told["class_macro_f1"] == told["nature_macro_f1"] == 1.0
    assert told["place"] == {"exact": 1.0, "overlap": 1.0, "invented": 0.0}


def test_macro_f1_weighs_every_class_alike() -> None:
    assert macro_f1([("a", "a"), ("a", "a"), ("b", "a")]) == pytest.approx(0.4, abs=1e-3)
