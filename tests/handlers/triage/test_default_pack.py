"""The shipped rules, asked with everyday sentences that were made up for these tests."""

from pathlib import Path

from handlers.triage.engine import Classifier
from handlers.triage.types import Facts

LINES = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
SENTENCES = [tuple(line.split(" ", 1)) for line in LINES if not line.startswith("#")]
REPORTS = [(gold, text) for gold, text in SENTENCES if gold != "chatter"]


def test_every_class_is_reached_by_a_sentence_people_say(bare: Classifier) -> None:
    reached = {
        class_id
        for class_id, examples in bare.pack.examples.items()
        if any(bare.triage(each.text, facts=Facts()).class_id == class_id for each in examples)
    }
    assert reached == set(bare.pack.classes)


def test_sentences_the_pack_has_never_seen_mostly_find_their_class(bare: Classifier) -> None:
    """They were written to be unusual; plain wording does far better."""
    found = [bare.triage(text, facts=Facts()).class_id == gold for gold, text in REPORTS]
    assert sum(found) >= 0.55 * len(found)


def test_no_sentence_of_these_tests_is_in_the_pack(bare: Classifier) -> None:
    known = {each.text for examples in bare.pack.examples.values() for each in examples}
    assert known.isdisjoint(text for _, text in REPORTS)


def test_talk_among_neighbours_rarely_opens_a_report(bare: Classifier) -> None:
    talk = [text for gold, text in SENTENCES if gold == "chatter"]
    assert sum(bare.triage(text, facts=Facts()).report for text in talk) <= 0.12 * len(talk)
