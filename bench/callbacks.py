"""Callbacks as the platform would send them: real encryption, a new message id each."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench import district
from bot.channels.crypto import CallbackCrypto
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings

CHANNEL = "gridcb"
_PEOPLE = 797
"""A prime: so many people times so many groups before one says a second thing in one of them."""
_TOKEN = "bench-token"  # noqa: S105 - no secret
_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"


def build_settings(folder: Path) -> Settings:
    """Settings with one AI bot by URL callback, everything else as shipped."""
    bot = {"kind": "aibot", "mode": "callback", "bot_id": "AIB2", "bot_name": "网格助手"}
    return Settings.parse(
        {
            "database": {"url": f"sqlite:///{folder / 'gridbot.db'}"},
            "channels": {CHANNEL: {**bot, "token": _TOKEN, "aes_key": _KEY}},
            "media": {"folder": folder / "media"},
            "rules": {"packs": [PACKAGE_ROOT / "rules" / "default.yaml"]},
        }
    )


@dataclass(slots=True)
class Callbacks:
    """Makes ready-to-send HTTP requests; no two of them carry the same message."""

    made: int = 0
    platform: str = "https://qyapi.weixin.qq.com"
    """Where the bot may answer."""

    def make(self, count: int) -> list[bytes]:
        """The bytes of `count` HTTP requests."""
        crypto = CallbackCrypto(_TOKEN, _KEY)
        now = int(time.time())
        first, self.made = self.made, self.made + count
        return [
            _build_request(crypto, self._build_message(number), now, number)
            for number in range(first, first + count)
        ]

    def _build_message(self, number: int) -> dict[str, object]:
        chat = district.GROUPS[number % len(district.GROUPS)]
        person = district.REPORTERS[number % _PEOPLE]
        return {
            "msgid": f"bench-{number}-{secrets.token_hex(6)}",
            "create_time": int(time.time()),
            "aibotid": "AIB2",
            "chatid": chat,
            "chattype": "group",
            "from": {"userid": person},
            "response_url": f"{self.platform}/cgi-bin/aibot/response?response_code={number:032x}",
            "msgtype": "text",
            "text": {"content": f"@网格助手 长江路{number}号门口的窨井盖坏了，晚上看不见，麻烦来看看"},
        }


def _build_request(crypto: CallbackCrypto, message: Mapping[str, object], now: int, number: int) -> bytes:
    sealed = crypto.seal(json.dumps(message, ensure_ascii=False), timestamp=now, nonce=f"n{number}")
    body = json.dumps({"encrypt": sealed.encrypt}).encode()
    query = urlencode({"msg_signature": sealed.signature, "timestamp": now, "nonce": sealed.nonce})
    head = (
        f"POST /callback/{CHANNEL}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
