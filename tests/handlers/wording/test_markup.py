"""No live markup in what people say (issue 10, B8)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text_limits import strip_markdown
from handlers.wording.markup import escape_words
from models.messages import CardPush, PhotoPush
from models.normalization import normalize_text
from tests.district import District

LIVE = re.compile(
    r"\]\(|<@|<[/a-zA-Z!]|(?m:^[ \t]*(?:#|>|[-+*] |\d+\. ))|`|(?<!\*)\*{1,3}(?!\*)|__|~~|://|@all|@所有人|!\[|&\w+;"
)
TRAPS = (
    "[点我](http://evil.example)", "<@all>", "‹@duty1›", "@all", "# 通知", "> 已办结", "**急**", "`rm`",
    '<font color="warning">红</font>', "![图](https://x.cn/a.png)", "- 一条", "1. 一条", "~~删~~", "__下划__",
    "&lt;@all&gt;", "www.evil.cn", "\n# 标题", "［点我］（http：//evil）",
)  # fmt: skip


@pytest.fixture
def district(sqlite_district: District) -> District:
    """What words look like does not hang on the database."""
    return sqlite_district


@pytest.mark.parametrize("trap", TRAPS)
def test_words_carry_no_live_markup(trap: str) -> None:
    assert not LIVE.search(escape_words(trap))


@given(st.text(alphabet="[](){}<>@#*_`~!&;:/.‹›- \n1a井盖w+=|\\", max_size=60))
def test_no_words_carry_live_markup(words: str) -> None:
    escaped = escape_words(words)

    assert not LIVE.search(escaped)
    assert escape_words(escaped) == escaped
    assert len(escaped) == len(words)


def test_ordinary_words_stay() -> None:
    words = "长江路20号（3栋2单元），138****5678，2026-11-29 13:45，WG261121-0031，a_b、5%、C++"
    assert escape_words(words) == words


def test_masked_numbers_survive_the_plain_route() -> None:
    assert strip_markdown("**急** 138****5678") == "急 138****5678"


def test_words_copied_from_a_push_are_what_was_said() -> None:
    assert normalize_text(escape_words("<@all> [点我] a@b.cn")) == "<@all> [点我] a@b.cn"


@pytest.mark.parametrize("trap", TRAPS)
def test_a_report_puts_no_live_markup_into_any_push(district: District, trap: str) -> None:
    district.say("wrINTAKE", "zhangsf", f"静海路20号门口垃圾成堆没人管\n{trap}")
    district.say("wrDUTY", "duty1", f"/交办 {district.case().tail} 城管局")
    district.say("wrCG", "cg1", f"/退回 {district.case().tail} 不归我们管 {trap}")

    for push in district.pushes():
        if isinstance(push.body, PhotoPush | CardPush):
            continue
        words = re.sub(r"(?m)^> [^\n]*|\[查看详情\]\([^)]*\)", "", push.text)
        assert not re.search(r"\]\(|<@|<font|@all|://evil", words), words


def test_a_refusal_repeats_no_live_markup(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", f"/交办 {district.case().tail} [城管](http://evil.example)")

    assert "](" not in district.last_text("wrDUTY")
