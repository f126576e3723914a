"""What was made of a short text is made once for the same facts; of what is longer nothing is kept."""

import pytest

from handlers.triage import engine
from handlers.triage.engine import Classifier
from handlers.triage.rules.packs import Pack
from handlers.triage.types import Facts

SHORT, LONG = "路灯不亮了", "我的电话是13812345678"


@pytest.fixture
def classifier(pack: Pack) -> Classifier:
    """Its own, as it remembers."""
    return engine.build_classifier(pack, [])


def test_a_short_text_is_read_once(classifier: Classifier) -> None:
    first = classifier.triage(SHORT, facts=Facts())
    assert classifier.triage(SHORT, facts=Facts()) is first


def test_the_same_words_to_the_bot_and_overheard_are_two_things(classifier: Classifier) -> None:
    classifier.triage(SHORT, facts=Facts(addressed=False))
    fresh = engine.build_classifier(classifier.pack, [])
    assert classifier.triage(SHORT, facts=Facts()) == fresh.triage(SHORT, facts=Facts())


def test_what_may_hold_a_telephone_number_is_not_kept(classifier: Classifier) -> None:
    first = classifier.triage(LONG, facts=Facts())
    assert classifier.triage(LONG, facts=Facts()) is not first


def test_what_is_kept_is_bounded(classifier: Classifier) -> None:
    first = classifier.triage("收到", facts=Facts())
    for number in range(1100):
        classifier.triage(f"{number}", facts=Facts())
    assert classifier.triage("收到", facts=Facts()) is not first
