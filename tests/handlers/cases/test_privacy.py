"""No telephone number, no identity number, no name where others read."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.cases.secrecy.privacy import mask

MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
AROUND = st.text(alphabet="电话：+，。我是abc \n－-")
PREFIX = st.sampled_from(["", "+86", "+86 ", "86-", "0086"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("+8613812345678", "+86138****5678"),
        ("８６", "８６"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("008613812345678", "0086138****5678"),
        ("身份证320684199001011234", f"身份证32{'*' * 15}4"),
        ("32068419900101123X", f"32{'*' * 15}X"),
        ("合计 12345678 元，编号 20261121001", "合计 12345678 元，编号 20261121001"),
    ],
)
def test_numbers_of_people_are_masked_and_others_are_not(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_a_name_becomes_the_reporter() -> None:
    assert mask("我是张师傅", "张师傅") == "我是报事人"


def test_a_name_of_one_letter_is_a_word() -> None:
    assert mask("张灯结彩", "张", "") == "张灯结彩"


@settings(deadline=None)
@given(AROUND, PREFIX, MOBILE, AROUND)
def test_no_mobile_number_survives(before: str, prefix: str, number: str, after: str) -> None:
    masked = mask(f"{before}{prefix}{number}{after}")
    assert number not in re.sub(r"[\s-]", "", masked)


@settings(deadline=None)
@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("垃圾桶满了，我叫李建国，电话0513-82212345", "垃圾桶满了，我叫报事人，电话0513****2345"),
        ("联系人：陈芳 电话82212345", "联系人：报事人 电话****2345"),
        ("加我微信 lijg1988 发图", "加我微信 **** 发图"),
        ("发到li.jg@example.com", "发到****"),
    ],
)
def test_what_people_call_themselves_and_other_ways_to_reach_them_are_masked(said: str, read: str) -> None:
    assert mask(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "我叫救护车，一直没来",
        "我叫王师傅来看过",
        "我叫张师傅，他不来",
        "〔WG261122-0013〕微信支付失败",
        "长江路0513号",
        "订单2026112200131234",
    ],
)
def test_what_only_looks_like_a_name_or_a_number_stays(said: str) -> None:
    assert mask(said) == said
