"""The one-off reply address."""

from typing import Any

import httpx

from sandbox.server import SandboxServer
from tests.sandbox.conftest import RawBot

BODY: dict[str, Any] = {"msgtype": "markdown", "markdown": {"content": "已派单"}}


def _answer(url: str, body: dict[str, Any] = BODY) -> int:
    code: int = httpx.post(url, json=body, trust_env=False).json()["errcode"]
    return code


def test_it_works_once(box: SandboxServer, bot: RawBot) -> None:
    url = bot.hears(box, text="在吗")["body"]["response_url"]
    assert (_answer(url), _answer(url)) == (0, 40029)
    assert [bubble["text"] for bubble in box.messages("wrA")[1:]] == ["已派单"]


def test_it_dies_after_an_hour(box: SandboxServer, bot: RawBot) -> None:
    url = bot.hears(box, text="在吗")["body"]["response_url"]
    box.advance_clock(3601)
    assert _answer(url) == 40029


def test_it_takes_no_plain_text(box: SandboxServer, bot: RawBot) -> None:
    url = bot.hears(box, text="在吗")["body"]["response_url"]
    assert _answer(url, {"msgtype": "text", "text": {"content": "好"}}) == 40008
