"""Learning on letters made up here, of words that say plainly what they are about."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.classify.labeller import Labeller
from handlers.triage.learning import label_training, pack_writer
from handlers.triage.learning.label_training import LabelledMessage, LearningError
from handlers.triage.rules import packs

MATTERS = {
    "灯": ("路灯不亮", "灯杆歪了", "巷子里漆黑", "灯泡坏了"),
    "水": ("自来水停了", "水管爆裂", "没水做饭", "水压太小"),
    "校": ("学校收费", "老师补课", "幼儿园招生", "学生转学"),
}
FILLING = ("请问领导", "希望解决", "已经三天", "我们小区", "谢谢")


def letters(count: int = 90) -> list[LabelledMessage]:
    chance = random.Random(7)
    made = []
    for number in range(count):
        label = sorted(MATTERS)[number % len(MATTERS)]
        said = [*chance.sample(MATTERS[label], 2), *chance.sample(FILLING, 2)]
        chance.shuffle(said)
        made.append(LabelledMessage(said[0], f"第{number}封：" + "，".join(said[1:]), label))
    return made


@pytest.fixture(scope="module")
def learned() -> label_training.LearnedLabels:
    return label_training.learn(letters(), words=20)


def test_the_same_letters_give_the_same_file_to_the_byte(learned: label_training.LearnedLabels) -> None:
    again = label_training.learn(letters(), words=20)
    assert pack_writer.dump_labels(again) == pack_writer.dump_labels(learned)


def test_no_label_has_more_words_than_asked_for(learned: label_training.LearnedLabels) -> None:
    assert 0 < learned.count_most_words() <= 20


def test_what_is_written_is_what_is_read(learned: label_training.LearnedLabels, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(pack_writer.dump_labels(learned), encoding="utf-8")
    pack = packs.load_pack([tmp_path / "pack.yaml"])
    assert (pack.labels, pack.score) == (learned.labels, learned.score)


def test_the_file_lists_the_heaviest_words_first_and_words_against_last(
    learned: label_training.LearnedLabels,
) -> None:
    for rule in learned.labels.values():
        weights = list(rule.words)
        assert weights == sorted(weights, reverse=True)
        assert weights[0] > 0 > weights[-1]
        assert all(words == tuple(sorted(words)) for words in rule.words.values())


def test_a_letter_nobody_has_seen_is_labelled_by_its_words(learned: label_training.LearnedLabels) -> None:
    found = Labeller(learned.labels, learned.score).label("楼下的路灯又坏了", title="灯不亮")
    assert found.label == "灯"
    assert "灯" in "".join(reason.word for reason in found.reasons)


def test_letters_held_back_are_labelled_by_words_from_the_others() -> None:
    told = label_training.cross_validate(letters(), 3, words=30)
    assert told["scores"]["label"]["macro_f1"] >= 0.95
    assert told["scores"]["label"]["rows"] == 90
    assert told["most_words"] <= 30


@given(
    st.lists(
        st.builds(
            LabelledMessage, st.sampled_from("甲乙丙"), st.text("子丑寅", max_size=2), st.sampled_from("ab")
        )
    ),
    st.integers(2, 5),
)
def test_parts_are_disjoint_cover_everything_and_keep_equal_letters_together(
    messages: list[LabelledMessage], count: int
) -> None:
    if len({(each.title, each.text) for each in messages}) < count:
        with pytest.raises(LearningError):
            label_training.split_folds(messages, count)
        return
    parts = label_training.split_folds(messages, count)
    assert sorted(number for part in parts for number in part) == list(range(len(messages)))
    wording = [{(messages[number].title, messages[number].text) for number in part} for part in parts]
    assert sum(map(len, wording)) == len(set().union(*wording))


def test_parts_have_their_share_of_every_label() -> None:
    messages = letters(90)
    for part in label_training.split_folds(messages, 5):
        assert [sum(messages[number].label == label for number in part) for label in MATTERS] == [6, 6, 6]


def test_the_label_is_never_learned_from_letters_held_back() -> None:
    messages = letters(9)
    rest = label_training.leave_out(messages, [0, 4])
    assert messages[0] not in rest
    assert len(rest) == 7


def test_a_row_without_a_label_is_no_message() -> None:
    assert label_training.parse_message({"text": "谢谢", "class": None}) is None


def test_a_row_may_be_read_by_its_title_alone() -> None:
    row = {"title": "停水", "text": "三天了", "label": "水"}
    assert label_training.parse_message(row, title_only=True) == LabelledMessage("停水", "", "水")


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [LabelledMessage("停水", "", "水")] * 3,
        [LabelledMessage("甲", "", "a"), LabelledMessage("乙", "", "b")],
    ],
)
def test_what_cannot_be_learned_from_is_refused(messages: list[LabelledMessage]) -> None:
    with pytest.raises(LearningError):
        label_training.learn(messages)
