"""Links, forwards and the like: answered when the bot is spoken to, passed over when it only overhears."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.wording import attachments
from models.messages import Part, PartKind
from tests.district import RUBBLE, District

LINK, FORWARD = Part(PartKind.LINK), Part(PartKind.FORWARD)


def say_parts(district: District, *parts: Part, quote: tuple[Part, ...] = (), **how: Any) -> str:
    said = replace(district.build_message("wrINTAKE", "zhangsf", "", **how), parts=parts, quote=quote)
    return district.handle(district.receive(said), said)


def test_a_link_alone_is_answered(district: District) -> None:
    assert say_parts(district, LINK, direct=True) == "talk.unreadable"
    words = "链接我打不开。请直接说什么问题、在哪里，也可以发照片或截屏。"
    assert district.chat_text("wrintake") == words
    assert district.cases() == []


def test_what_is_only_overheard_is_passed_over(sqlite_district: District) -> None:
    assert say_parts(sqlite_district, LINK, FORWARD, addressed=False) == "talk.unreadable"
    assert say_parts(sqlite_district, Part(PartKind.TEXT, "看看"), LINK, addressed=False) == "talk.chatter"
    assert sqlite_district.chat_text("wrINTAKE") == ""


def test_words_beside_a_forward_are_taken_and_the_forward_is_said(sqlite_district: District) -> None:
    assert say_parts(sqlite_district, Part(PartKind.TEXT, RUBBLE), quote=(FORWARD,)) == "case.opened"
    told = sqlite_district.chat_text("wrINTAKE")
    assert "已收到" in told
    assert "转发的聊天记录，我看不到里面的内容。要紧的请写成文字，或截屏发给我。" in told


def test_danger_beside_a_link_is_danger(sqlite_district: District) -> None:
    assert say_parts(sqlite_district, LINK, Part(PartKind.TEXT, "天华路20号井盖没了")) == "case.opened"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[链接] 海门发布：关于开展活动的公告", "链接我打不开"),
        ("【聊天记录】群聊的聊天记录", "转发的聊天记录，我看不到"),
        ("[名片]", "名片我打不开"),
        ("[语音]", "这段语音没有听清"),
        ("https://mp.weixin.qq.com/s/abcdefg", "链接我打不开"),
    ],
)
def test_what_a_client_puts_in_the_place_of_it_counts_as_it(
    sqlite_district: District, text: str, words: str
) -> None:
    assert sqlite_district.say("wrINTAKE", "zhangsf", text).startswith("talk.")
    assert words in sqlite_district.chat_text("wrINTAKE")
    assert "没听出" not in sqlite_district.chat_text("wrINTAKE")


def test_a_location_that_has_only_words_is_a_place(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "路灯不亮")
    assert say_parts(sqlite_district, Part(PartKind.LOCATION, "解放路15号")) == "case.opened"
    assert sqlite_district.case().place == "解放路15号"


def test_a_link_leaves_a_report_that_waits_as_it_is(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "路灯不亮")
    assert say_parts(sqlite_district, LINK) == "talk.unreadable"
    assert sqlite_district.say("wrINTAKE", "zhangsf", "在解放路15号") == "case.opened"


REASONS = st.sampled_from(
    ["expired", "too_large", "too_detailed", "broken", "unknown_format", "refused", "unreachable", "not_kept",
     "too_many", "a reason of tomorrow"]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(PartKind), REASONS), min_size=1), st.booleans())
def test_whatever_was_lost_is_said_with_what_to_do(lost: list[tuple[PartKind, str]], words: bool) -> None:
    told = attachments.lost_media(lost, words=words)
    assert "请" in told
    assert ("文字已经收下" in told) == words


@given(st.lists(st.sampled_from(PartKind), min_size=1, unique=True), st.booleans())
def test_whatever_cannot_be_read_is_said_with_what_to_do(kinds: list[PartKind], understood: bool) -> None:
    assert "请" in attachments.unreadable_parts(kinds, understood=understood)
