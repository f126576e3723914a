"""A message that says several things, taken apart."""

import pytest

from handlers.talk.courtesy import is_courtesy
from handlers.talk.utterances import counts_problems, split_by_case, split_clauses, split_problems


def test_clauses_keep_the_stop_that_ends_them() -> None:
    assert split_clauses("灯换好了，井盖没动！谢谢") == ["灯换好了，", "井盖没动！", "谢谢"]


def test_clauses_of_one_case_stay_together_and_what_tells_nothing_goes_with_the_one_before() -> None:
    clauses = ["灯换好了，", "很快，", "井盖没动，", "还翘着"]
    cases = dict(zip(clauses, (1, None, 2, 2), strict=True))
    assert split_by_case(clauses, cases.__getitem__) == ["灯换好了，很快，", "井盖没动，还翘着"]
    assert split_by_case(clauses, lambda _: None) == ["".join(clauses)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("解放路的灯不亮，还有静海路井盖没了", 2),
        ("解放路的灯不亮；另外静海路井盖没了", 2),
        ("解放路灯还有一盏不亮", 1),
        ("路灯不亮，还有呢", 1),
        ("路灯不亮", 1),
    ],
)
def test_a_text_is_cut_before_the_word_that_begins_another_problem(text: str, count: int) -> None:
    parts = split_problems(text)
    assert len(parts) == count or (count == 1 and len(parts) <= 1)


@pytest.mark.parametrize("text", ["收到", "好的谢谢", "👍", "谢谢各位师傅", "嗯嗯", "[强]"])
def test_manners_are_no_more_than_that(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize("text", ["谢谢，但是还没修", "收到了吗", "路灯", "？修", "没好"])
def test_words_that_say_something_are_no_manners(text: str) -> None:
    assert not is_courtesy(text)


def test_how_a_list_is_announced_is_said_of_no_part_of_it() -> None:
    text = "两个事啊 一个是小区后门那堆旧沙发没人拖 二一个是有条大黄狗不牵绳子到处窜"
    assert split_problems(text) == ["一个是小区后门那堆旧沙发没人拖 ", "二一个是有条大黄狗不牵绳子到处窜"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1、碧桂园11栋电梯咣当响\n2、碧桂园11栋一楼养了四只鸡", ["碧桂园11栋电梯咣当响\n", "碧桂园11栋一楼养了四只鸡"]),
        ("特立路门口两个问题，一个是路灯不亮，一个是护栏倒了", ["特立路门口一个是路灯不亮，", "特立路门口一个是护栏倒了"]),
        ("俩事哈 一个天华路护栏倒了 一个东四路单车占道", ["一个天华路护栏倒了 ", "一个东四路单车占道"]),
    ],
)  # fmt: skip
def test_what_is_numbered_or_counted_is_cut_without_its_numbers(text: str, parts: list[str]) -> None:
    assert split_problems(text) == parts
    assert counts_problems(text)


def test_a_decimal_numbers_nothing() -> None:
    assert not counts_problems("1.5米高的围墙歪了")
    assert split_problems("2.5米高的围墙歪了，还有望仙路井盖坏了")[0].startswith("2.5米")
