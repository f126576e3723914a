"""No telephone number, no identity number, no name where others read."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.cases.privacy import mask
from handlers.cases.privacy.matter import Matter

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
        ("电话82212345，名字陈阿狗", "电话****2345，名字报事人"),
        ("名字：阿狗，找我就行", "名字：报事人，找我就行"),
        (
            f"就是这个 http://127.0.0.1:8000/c/{'abcdefg' * 4} 还没弄",
            "就是这个 http://127.0.0.1:8000/c/**** 还没弄",
        ),
        (f"链接 {'qwertyu' * 4}", "链接 ****"),
    ],
)
def test_what_people_call_themselves_and_other_ways_to_reach_them_are_masked(said: str, read: str) -> None:
    assert mask(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "我叫救护车，一直没来",
        "名字写错了，是望仙路",
        "店名字王家铺子",
        "看 http://example.com/c/news",
        "我叫王师傅来看过",
        "我叫张师傅，他不来",
        "〔WG261122-0013〕微信支付失败",
        "长江路0513号",
        "订单2026112200131234",
    ],
)
def test_what_only_looks_like_a_name_or_a_number_stays(said: str) -> None:
    assert mask(said) == said


SEPARATORS = ("", " ", "-", ".", "—", "·", "  ", "\u3000", " - ")
CHINESE_DIGITS = ("〇零○", "一幺壹", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
SURNAMES = ("张", "王", "李", "陈", "欧阳", "司马", "诸葛", "倪", "茅")
GIVEN = st.text(alphabet="伟芳娜敏静秀丽强磊洋艳勇军杰娟涛超霞刚", min_size=1, max_size=2)


@st.composite
def spelled_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A mobile number, and a way people write it."""
    number = (
        "1"
        + draw(st.text("3456789", min_size=1, max_size=1))
        + draw(st.text("0123456789", min_size=9, max_size=9))
    )
    chinese, separator = draw(st.booleans()), draw(st.sampled_from(SEPARATORS))
    cuts = draw(st.sets(st.integers(1, 10), max_size=4))
    spelled = "".join(
        (separator if at in cuts else "")
        + (draw(st.sampled_from(CHINESE_DIGITS[int(digit)])) if chinese else digit)
        for at, digit in enumerate(number)
    )
    return number, spelled


@given(
    spelled_numbers(),
    st.sampled_from(("", "电话", "我的号码是", "报告一", "（")),
    st.sampled_from(("", "，谢谢", "王")),
)
def test_no_spelling_of_a_mobile_number_is_read(spelled: tuple[str, str], before: str, after: str) -> None:
    masked = mask(f"{before}{spelled[1]}{after}")

    assert spelled[1] not in masked
    assert spelled[1][:-2] not in masked
    assert "****" in masked
    assert masked.endswith(after)


@given(
    st.sampled_from(("我叫", "我叫 ", "姓名：", "联系人：", "我是")),
    st.sampled_from(SURNAMES),
    GIVEN,
    st.sampled_from(("", "，", "请尽快", "的", "，住3栋2单元")),
    st.sampled_from(("", " ")),
)
def test_no_name_somebody_gives_is_read(before: str, surname: str, given_: str, after: str, gap: str) -> None:
    name = f"{surname}{gap}{given_}"

    assert name not in mask(f"路灯坏了，{before}{name}{after}")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("(010)87654321", "(010****4321"),
        ("座机 8210 1234", "座机 ****1234"),
        ("32068419900101123x", "32***************x"),
        ("320684 19900101 1234", "32***************4"),
        ("320684 900101 123", "32************3"),
        ("卡号6222 0212 3456 7890 123", "卡号6222****0 123"),
        ("我微信号叫wang_xm88", "我微信号叫****"),
        ("苏F·12345 撞了人", "苏F**** 撞了人"),
        ("我叫阿不都热西提·买买提", "我叫报事人"),
    ],
)
def test_other_spellings(said: str, read: str) -> None:
    assert mask(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "〔WG261121-0031〕", "TZ261121-001", "2026-11-29 13:45", "20261129", "2026年11月29日", "08:30-17:30、19:00",
        "欠薪1380000元", "12345热线", "400-123-4567", "110、119、120", "3栋2单元", "静海路88号", "我是方圆小区业主",
        "我是高新区的居民", "灯杆编号3206840010012345", "100平方米",
    ],
)  # fmt: skip
def test_what_names_nobody_stays(said: str) -> None:
    assert mask(said) == said


def test_a_plate_stays_where_it_is_the_matter() -> None:
    assert mask("苏F12345乱停", matter=Matter(plates=True)) == "苏F12345乱停"
