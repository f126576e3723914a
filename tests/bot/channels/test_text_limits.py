"""Words are cut without harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text_limits import shorten, shorten_bytes, split_bytes, strip_markdown


@given(st.text(), st.integers(4, 40))
def test_no_piece_is_longer_than_the_limit(text: str, limit: int) -> None:
    assert all(len(piece.encode()) <= limit for piece in split_bytes(text, limit))


@given(st.text(alphabet="路灯a😀\n"), st.integers(4, 40))
def test_splitting_loses_nothing_but_line_breaks(text: str, limit: int) -> None:
    assert "".join(split_bytes(text, limit)).replace("\n", "") == text.replace("\n", "")


def test_a_cut_is_made_at_a_line_break() -> None:
    assert split_bytes("一二三\n四五六", 12) == ("一二三", "四五六")


def test_a_long_line_is_cut_between_characters() -> None:
    assert split_bytes("路灯不亮", 7) == ("路灯", "不亮")


def test_shortened_words_end_in_an_ellipsis() -> None:
    assert (shorten("路灯不亮了", 4), shorten("路灯", 4)) == ("路灯不…", "路灯")


@given(st.text(), st.integers(3, 40))
def test_words_are_shortened_to_bytes(text: str, limit: int) -> None:
    assert len(shorten_bytes(text, limit).encode()) <= limit


@pytest.mark.parametrize(
    ("marked", "bare"),
    [
        ("**已派单** `WG1`", "已派单 WG1"),
        ("# 标题\n> 引用", "标题\n引用"),
        ("[查看](https://x/1)", "查看 https://x/1"),
        ('<font color="warning">超时</font>', "超时"),
        ("宽 2*3 米，#3 楼", "宽 2*3 米，#3 楼"),
    ],
)
def test_marks_are_taken_out(marked: str, bare: str) -> None:
    assert strip_markdown(marked) == bare
