"""What a line leans to: weights that are learned, and only weigh what is written."""

from dataclasses import replace

import pytest

from handlers.triage.classify.alarm_weights import AlarmWeights, compute_share, list_pieces
from handlers.triage.engine import Classifier, build_classifier
from handlers.triage.learning import alarm_training, pack_writer
from handlers.triage.learning.alarm_training import LabelledLine
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import AlarmRules
from handlers.triage.types import Facts, Triage

OVERHEARD = Facts(addressed=False)


def is_alarm(found: Triage) -> bool:
    return found.urgent and found.report


def test_digits_and_gaps_are_no_pieces() -> None:
    assert list_pieces("3楼 着火") == {"楼", "着", "火", "着火"}


def test_a_group_counts_once_and_a_long_line_counts_each_mark_for_less() -> None:
    weights = AlarmWeights(AlarmRules(start=-100, groups={200: ("fire",)}), {"fire": ("着火", "冒烟")})
    assert weights.score("着火") == weights.score("着火冒烟") == pytest.approx(1.0)
    assert weights.score("着火" + "天" * 98) == pytest.approx(-1 + 2 * compute_share("天" * 100)) == 0.0


def test_a_line_that_leans_to_danger_raises_no_alarm_without_a_written_word_of_it(pack: Pack) -> None:
    leaning = build_classifier(replace(pack, alarm=AlarmRules(start=800)), [])
    for text in ("三楼左边第二个", "菜市场那边的橘子甜", "嗯嗯那个东西就那样"):
        assert not is_alarm(leaning.triage(text, facts=OVERHEARD))


def test_a_line_that_leans_to_talk_outvotes_no_plain_word_that_nothing_speaks_against(pack: Pack) -> None:
    calm = build_classifier(replace(pack, alarm=AlarmRules(start=-800)), [])
    assert is_alarm(calm.triage("幼儿园二楼着火了，孩子们都在里面，快来救人", facts=OVERHEARD))
    assert is_alarm(calm.triage("有人掉进河里了", facts=OVERHEARD))


def test_a_line_that_leans_far_to_talk_only_names_a_danger(pack: Pack) -> None:
    for start, heard in ((0, True), (-200, True), (-300, False)):
        leaning = build_classifier(replace(pack, alarm=AlarmRules(start=start)), [])
        assert is_alarm(leaning.triage("这个牌子上写着一氧化碳中毒", facts=OVERHEARD)) == heard


def test_who_speaks_of_an_end_is_heard_however_far_the_line_leans_to_talk(pack: Pack) -> None:
    calm = build_classifier(replace(pack, alarm=AlarmRules(start=-800)), [])
    assert calm.triage("我不想活了，没人管我", facts=OVERHEARD).risk == "self_harm"


@pytest.mark.parametrize(
    "text",
    [
        "锅炉房的管子崩了，白汽里有人在叫",
        "他把打火机凑到汽油桶边上，谁也劝不动",
        "我弟趴在台阶上，叫他不应声",
        "货架压下来，店员的腿抽不出来",
    ],
)
def test_danger_is_heard_in_words_that_nobody_gave_points_to(bare: Classifier, text: str) -> None:
    found = bare.triage(text, facts=OVERHEARD)
    assert is_alarm(found)
    assert any(each.side.startswith("danger:") for each in found.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "锅炉房师傅讲了半天他年轻时抢险的事",
        "那部片子里男主把汽油点着，特效真好",
        "老奶奶坐门口晒太阳，叫她吃饭都不应",
        "窗户外面擦玻璃的师傅系着绳子，别打电话了",
    ],
)
def test_talk_of_danger_raises_no_alarm(bare: Classifier, text: str) -> None:
    assert not is_alarm(bare.triage(text, facts=Facts()))


def test_the_same_lines_give_the_same_weights_and_what_only_danger_says_weighs_for_it(pack: Pack) -> None:
    lines = [LabelledLine(f"{room}号楼塌了快来", danger=True) for room in "东南西北"]
    lines += [LabelledLine(f"{room}号楼晒太阳", danger=False) for room in "东南西北"]
    small = replace(pack, examples={})
    learned = alarm_training.learn(small, lines)
    assert pack_writer.dump_alarm(learned) == pack_writer.dump_alarm(alarm_training.learn(small, lines))
    weights = {mark: weight for weight, marks in learned.rules.words.items() for mark in marks}
    assert weights["塌了"] > 0 > weights["晒太"]
    assert (learned.lines, learned.examples) == (8, 0)


def test_a_row_without_a_label_is_no_line() -> None:
    assert alarm_training.parse_line({"text": "着火了"}) is None
    assert alarm_training.parse_line({"text": "着火了", "urgent": True}) == LabelledLine(
        "着火了", danger=True
    )
