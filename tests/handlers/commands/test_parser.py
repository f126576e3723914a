"""From what people type to a verb, a number and the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.commands.parser import (
    is_command,
    nearest_word,
    parse,
    parse_bare,
    split_first_word,
    with_glued_number,
    with_next_number,
)
from handlers.commands.run import known_words
from models.workflow import BY_WORD

SPELLINGS = (
    "/{} 0031", "／{}　0031", "/{}0031", "/ {} 0031", "  /{}  0031  ", "/{}:0031", "/{} #0031", "/{} 〔WG261121-0031〕",
    "/{} WG261121-0031", "/{} wg261121-0031", "/{} ００３１", "/{} WG２６１１２１－００３１", "/{}\n0031", "/{}，0031", "/{} 210031",
)  # fmt: skip
WORDS = known_words()
VERBS = sorted(word for word in BY_WORD if not word.isascii())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_verb_is_read_in_every_spelling(spelling: str) -> None:
    for verb in VERBS:
        command = parse(spelling.format(verb), WORDS)
        assert command is not None
        assert command.word == verb
        assert command.numbers in {("0031",), ("WG261121-0031",), ("210031",)}
        assert command.rest == ""


@pytest.mark.parametrize(
    ("text", "word", "numbers", "rest"),
    [
        ("/反馈 0031 已清理，共 3 车", "反馈", ("0031",), "已清理，共 3 车"),
        ("/反馈已清理", "反馈", (), "已清理"),
        ("/核查 0031 不通过 还有一堆", "核查", ("0031",), "不通过 还有一堆"),
        ("/不同意作废 0031", "不同意作废", ("0031",), ""),
        ("/交办 0031 城管局 4小时", "交办", ("0031",), "城管局 4小时"),
        ("/反馈 0031 12345 热线已回复", "反馈", ("0031",), "12345 热线已回复"),
        ("/反馈 2026年3月已清理", "反馈", (), "2026年3月已清理"),
        ("/sign 0031", "sign", ("0031",), ""),
        ("/绑定 城管局 处置", "绑定", (), "城管局 处置"),
        ("/签受 0031", "签受", ("0031",), ""),
    ],
)
def test_what_stands_where(text: str, word: str, numbers: tuple[str, ...], rest: str) -> None:
    command = parse(text, WORDS)
    assert command is not None
    assert (command.word, command.numbers, command.rest) == (word, numbers, rest)


@pytest.mark.parametrize(
    ("said", "numbers", "rest"),
    [
        ("0031已清理", ("0031",), "已清理"),
        ("００３１已清理，共3车", ("0031",), "已清理，共3车"),
        ("#0031已清理", ("0031",), "已清理"),
        ("〔WG261121-0031〕已清理", ("WG261121-0031",), "已清理"),
        ("WG261121-0031已清理", ("WG261121-0031",), "已清理"),
    ],
)
def test_a_number_may_run_into_the_words(said: str, numbers: tuple[str, ...], rest: str) -> None:
    command = parse(f"/反馈 {said}", WORDS)
    assert command is not None
    assert command.numbers == ()
    found = with_glued_number(command)
    assert found is not None
    assert (found.numbers, found.rest) == (numbers, rest)


@pytest.mark.parametrize(
    "said",
    [
        "0031号楼已清理", "1203室漏水已修", "2026年3月已清理", "1500元已退", "1234平方米已清", "0031 已清理", "12345热线已回复",
        "13812345678已联系", "1200多斤垃圾已清", "0031", "已清理0031", "",
    ],
)  # fmt: skip
def test_digits_that_count_or_measure_are_no_number(said: str) -> None:
    command = parse(f"/反馈 {said}", WORDS)
    assert command is not None
    found = with_glued_number(command)
    # 12345 is a hotline or a case: whether there is such a case decides.
    assert found is None or said.startswith("12345")


def test_numbers_before_a_unit_are_taken_one_by_one() -> None:
    command = parse("/交办 0031 0032，0033 城管局 4小时", WORDS)
    assert command is not None
    assert command.numbers == ("0031",)
    second = with_next_number(command)
    assert second is not None
    third = with_next_number(second)
    assert third is not None
    assert (third.numbers, third.rest) == (("0031", "0032", "0033"), "城管局 4小时")
    assert with_next_number(third) is None


@pytest.mark.parametrize("text", ["签收 0031", "", "/", " ／ ", "看一下 /签收"])
def test_no_command(text: str) -> None:
    assert not is_command(text)
    assert parse(text, WORDS) is None


def test_a_reply_needs_no_slash() -> None:
    command = parse_bare("退回 不归我们管", WORDS)
    assert command is not None
    assert (command.word, command.rest) == ("退回", "不归我们管")


@settings(deadline=None)
@given(st.text())
def test_parsing_never_fails(text: str) -> None:
    for command in (parse(text, WORDS), parse_bare(text, WORDS), parse(f"/{text}", WORDS)):
        assert command is None or isinstance(command.word, str)


@settings(deadline=None)
@given(st.sampled_from(VERBS), st.integers(0, 9999), st.text(alphabet="一二三清理完 ，。"))
def test_verb_and_number_survive_any_rest(verb: str, serial: int, rest: str) -> None:
    command = parse(f"/{verb} {serial:04d} {rest}", WORDS)
    assert command is not None
    assert (command.word, command.numbers) == (verb, (f"{serial:04d}",))


@pytest.mark.parametrize(
    ("typed", "meant"), [("签受", "签收"), ("交半", "交办"), ("反溃", "反馈"), ("不同意作费", "不同意作废")]
)
def test_the_nearest_verb_is_found(typed: str, meant: str) -> None:
    assert nearest_word(typed, WORDS) == meant


def test_nothing_is_near_to_nonsense() -> None:
    assert nearest_word("qwerty", WORDS) is None


def test_the_first_word_ends_at_any_space() -> None:
    assert split_first_word("城管局　4小时 尽快") == ("城管局", "4小时 尽快")
    assert split_first_word("") == ("", "")
