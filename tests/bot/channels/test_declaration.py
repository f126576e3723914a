"""What each shipped channel says of itself, against protocols/README.md §1."""

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.declaration import ChannelDeclaration
from bot.channels.registry import SHIPPED_KINDS
from models.account_ids import WECHAT, WECOM, WECOM_CUSTOMER
from models.messages import (
    Card,
    CardPush,
    CardUpdatePush,
    FilePush,
    HandOverPush,
    PartKind,
    PhotoPush,
    TextPush,
)
from tests.bot.channels.vectors import KEY

SOCKET = {"kind": "aibot", "bot_id": "AIB1", "bot_name": "网格助手", "secret": "s"}
CALLBACK = {
    "kind": "aibot",
    "mode": "callback",
    "bot_id": "AIB2",
    "bot_name": "小海",
    "token": "t",
    "aes_key": KEY,
}
WEBHOOK = {"kind": "webhook"}
APP = {"kind": "app", "corp_id": "c", "agent_id": 1, "secret": "s", "token": "t", "aes_key": KEY}
SERVICE = {"kind": "kf", "corp_id": "c", "secret": "s", "token": "t", "aes_key": KEY}
ACCOUNT = {"kind": "official_account", "app_id": "a", "secret": "s", "token": "t", "aes_key": KEY}

ARCHIVE = {
    "kind": "archive",
    "corp_id": "c",
    "secret": "s",
    "library": "x.so",
    "private_keys": {"1": "1.pem"},
}


def declare(settings: dict[str, Any]) -> ChannelDeclaration:
    return SHIPPED_KINDS.parse_settings(settings).declare()


@pytest.mark.parametrize("settings", [SOCKET, CALLBACK, WEBHOOK, APP])
def test_all_of_wecom_shares_one_set_of_user_ids(settings: dict[str, Any]) -> None:
    assert declare(settings).provider == WECOM


def test_a_bot_hears_everything_and_rings_nobody() -> None:
    found = declare(SOCKET)
    assert found.bot_name == "网格助手"
    assert found.capabilities.receives == set(PartKind)
    assert (found.capabilities.mention, found.capabilities.answers_only) == (False, False)


def test_a_bot_by_callback_speaks_only_in_answer() -> None:
    found = declare(CALLBACK)
    assert found.capabilities.answers_only
    assert not found.capabilities.carries(PhotoPush(1))


@pytest.mark.parametrize("settings", [SOCKET, CALLBACK])
def test_a_bots_ways_to_answer_live_as_long_as_the_platform_says(settings: dict[str, Any]) -> None:
    """wecom-aibot.md §3, §4, §5."""
    found = declare(settings)
    assert found.handle_lifetimes == {"req_id": timedelta(hours=24), "response_url": timedelta(hours=1)}
    assert found.capabilities.card_update_window == timedelta(seconds=5)


def test_a_webhook_only_pushes_and_rings() -> None:
    capabilities = declare(WEBHOOK).capabilities
    assert (capabilities.receives, capabilities.mention, capabilities.needs_address) == (
        frozenset(),
        True,
        True,
    )
    card = Card("t", "x")
    pushes = (TextPush("x"), CardPush(card), PhotoPush(1), FilePush(1), CardUpdatePush("E", card))
    assert [capabilities.carries(push) for push in pushes] == [True, True, True, True, False]


def test_an_app_speaks_to_each_at_any_time_and_changes_its_cards_for_three_days() -> None:
    """wecom-app.md §4."""
    found = declare(APP)
    assert found.capabilities.card_update_window == timedelta(hours=72)
    assert found.handle_lifetimes == {"response_code": timedelta(hours=72)}
    assert found.capabilities.receives == set(PartKind)
    assert not found.capabilities.answers_only


def test_an_official_account_says_little_after_each_message() -> None:
    """wechat-official-account.md §4: five messages in 48 hours, three in the minute after a press or a scan."""
    found = declare(ACCOUNT)
    assert found.provider == WECHAT
    assert found.handle_lifetimes == {"message": timedelta(hours=48), "event": timedelta(minutes=1)}
    assert found.budgets == {"message": 5, "event": 3}
    assert (found.is_terse, found.capabilities.answers_only) == (True, True)
    template = {"id": "TPL", "fields": {"number": "character_string1"}}
    assert not declare({**ACCOUNT, "template": template}).capabilities.answers_only


def test_customer_service_says_five_things_after_a_message_and_greets_once() -> None:
    """wecom-external.md B: five messages in 48 hours, the code of a welcome once within 20 seconds."""
    found = declare(SERVICE)
    assert found.provider == WECOM_CUSTOMER
    assert found.budgets == {"message": 5, "welcome": 1}
    assert found.handle_lifetimes["message"] == timedelta(hours=48)
    assert found.handle_lifetimes["welcome"] == timedelta(seconds=20)
    assert (found.is_terse, found.capabilities.answers_only) == (True, True)
    assert not found.capabilities.carries(HandOverPush())
    assert declare({**SERVICE, "hand_over": "pool"}).capabilities.carries(HandOverPush())


def test_where_nobody_counts_nothing_is_held_back() -> None:
    assert not any(declare(one).is_terse for one in (SOCKET, CALLBACK, WEBHOOK, APP))


def test_an_archive_hears_everything_and_says_nothing() -> None:
    found = declare(ARCHIVE)
    assert found.capabilities.receives == set(PartKind)
    assert (found.capabilities.is_mute, found.capabilities.overhears) == (True, True)
    assert not found.capabilities.carries(TextPush("x"))
    assert found.provider == WECOM


def test_a_bot_overhears_only_where_the_platform_brings_it_everything() -> None:
    assert not declare(SOCKET).capabilities.overhears
    assert declare({**SOCKET, "hears_all": True}).capabilities.overhears
