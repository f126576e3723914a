"""WeCom's userids are one whatever their case; ids of random letters are told apart by it (issue 10, D21)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.account_ids import spell_account
from models.messages import Incoming

OUTSIDE = "wmAbCdEfGhIjKlMnOpQrStUvWxYz0123"


@pytest.mark.parametrize(
    ("provider", "user_id", "spelling"),
    [
        ("wecom", "ZhangYL", "zhangyl"),
        ("wecom", "zhangyl", "zhangyl"),
        ("wecom", "WmLi", "wmli"),
        ("wecom", OUTSIDE, OUTSIDE),
        ("wecom", OUTSIDE.replace("wm", "wo", 1), OUTSIDE.replace("wm", "wo", 1)),
        ("official:wxAPP1", "oAbC", "oAbC"),
    ],
)
def test_only_userids_of_wecom_lose_their_case(provider: str, user_id: str, spelling: str) -> None:
    assert spell_account(provider, user_id) == spelling


@given(st.sampled_from(["wecom", "official:wxAPP1"]), st.text(max_size=40))
def test_a_spelling_is_its_own(provider: str, user_id: str) -> None:
    once = spell_account(provider, user_id)
    assert spell_account(provider, once) == once


def test_a_group_keeps_its_id_and_a_direct_conversation_bears_its_persons() -> None:
    group = Incoming("grid", "m", "wrABc", False, "ZhangYL", provider="wecom", bot_name="")
    direct = Incoming("grid", "m", "ZhangYL", True, "ZhangYL", provider="wecom", bot_name="")
    assert (group.chat_id, group.sender) == ("wrABc", "zhangyl")
    assert (direct.chat_id, direct.sender) == ("zhangyl", "zhangyl")
