"""The platform's side of a callback address, able to do everything wrong."""

import base64
import json
import secrets
import struct
import time
from pathlib import Path
from typing import Any

import httpx

from bot.config.settings import Settings
from models.database import Database
from sandbox import crypto
from sandbox.server import NO_TRUSTED_CA

TOKEN, KEY = "AIBOTtoken01", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
AES = crypto.decode_key(KEY)


def callback_settings(database: Database, folder: Path) -> Settings:
    """A bot in callback mode, and nothing else."""
    return Settings.parse(
        {
            "database": {"url": database.engine.url.render_as_string(hide_password=False)},
            "channels": {
                "gridcb": {
                    "kind": "aibot",
                    "mode": "callback",
                    "bot_id": "AIB1",
                    "bot_name": "网格助手",
                    "token": TOKEN,
                    "aes_key": KEY,
                }
            },
            "api": {"tokens": {"harness": "t" * 24}},
            "media": {"folder": folder / "media", "hosts": ["127.0.0.1"]},
        }
    )


def build_message(text: str = "长江路7号门口有建筑垃圾", **more: Any) -> dict[str, Any]:
    said = {
        "msgid": secrets.token_hex(8),
        "aibotid": "AIB1",
        "chattype": "single",
        "from": {"userid": "zhangsf"},
        "msgtype": "text",
        "text": {"content": text},
    }
    return said | more


def seal_message(
    plain: bytes, *, length: int | None = None, tail: bytes = b"", pad: int | None = None
) -> str:
    """The wire form of `plain`, with a length, a receiveid or a padding that may be lies."""
    buffer = b"0123456789abcdef" + struct.pack(">I", len(plain) if length is None else length) + plain + tail
    if pad is None:
        return base64.b64encode(crypto.encrypt_bytes(buffer, AES)).decode()
    buffer += bytes([pad]) * (-len(buffer) % 32 or 32)
    # Whole blocks get a whole block of honest padding on top, which is cut off again.
    return base64.b64encode(crypto.encrypt_bytes(buffer, AES)[:-32]).decode()


class CallbackClient:
    """`/callback/gridcb` and what can be seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=60, verify=NO_TRUSTED_CA)

    def post(self, encrypt: str, *, channel: str = "gridcb", **query: str) -> httpx.Response:
        """A signed POST; `query` overrides what the platform would send."""
        body = json.dumps({"encrypt": encrypt}).encode()
        return self.client.post(
            f"/callback/{channel}", params=self.sign_query(encrypt, **query), content=body
        )

    def post_message(self, body: dict[str, Any], **query: str) -> httpx.Response:
        return self.post(seal_message(json.dumps(body, ensure_ascii=False).encode()), **query)

    def sign_query(self, encrypt: str, *, timestamp: str = "", **query: str) -> dict[str, str]:
        timestamp = timestamp or str(int(time.time()))
        nonce = secrets.token_hex(8)
        signature = crypto.compute_signature(TOKEN, timestamp, nonce, encrypt)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce} | query

    def close(self) -> None:
        self.client.close()

    def is_healthy(self) -> bool:
        return self.client.get("/healthz").status_code == 200
