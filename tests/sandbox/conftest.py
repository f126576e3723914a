"""A small district with one socket bot and one group, and a raw client for its gateway."""

import itertools
import json
from collections.abc import Iterator
from typing import Any, Self

import pytest
from websockets.sync.client import ClientConnection, connect

from sandbox.server import SandboxServer

SECRET = "S"
AES_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def small_world(**bot: Any) -> dict[str, Any]:
    return {
        "name": "小区",
        "members": [{"id": "zhangsan", "name": "张三"}, {"id": "lisi", "name": "李四"}],
        "bots": [{"id": "AIB1", "name": "网格助手", "secret": SECRET, **bot}],
        "groups": [
            {"id": "wrA", "name": "一群", "members": ["zhangsan", "lisi"]},
            {"id": "wrB", "name": "二群", "members": ["lisi"]},
        ],
        "webhooks": [{"key": "key-a", "chat": "wrA", "name": "提醒"}],
    }


class RawBot:
    """The bot's end of the long connection, frame by frame."""

    def __init__(self, url: str) -> None:
        # Seconds: a machine that runs the whole suite may be late.
        self._opening = connect(url, proxy=None, max_size=None, open_timeout=60)
        self._connection: ClientConnection
        self._ids = itertools.count(1)

    def __enter__(self) -> Self:
        self._connection = self._opening.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._opening.__exit__(None, None, None)

    def subscribe(self, *, bot_id: str = "AIB1", secret: str = SECRET) -> dict[str, Any]:
        return self.ask("aibot_subscribe", {"bot_id": bot_id, "secret": secret})

    def ask(self, cmd: str, body: dict[str, Any] | None = None, *, req_id: str = "") -> dict[str, Any]:
        """Send one frame and return its acknowledgement, which must be the next frame."""
        self.send(cmd, body, req_id=req_id)
        answer = self.receive()
        assert "cmd" not in answer, answer
        return answer

    def send(self, cmd: str, body: dict[str, Any] | None = None, *, req_id: str = "") -> None:
        frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": req_id or f"{cmd}_{next(self._ids)}"}}
        self._connection.send(json.dumps(frame | ({"body": body} if body is not None else {})))

    def send_raw(self, frame: str | bytes) -> None:
        self._connection.send(frame)

    def receive(self, timeout: float = 5.0) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self._connection.recv(timeout))
        return frame

    def push(self, text: str = "好", *, chat: str = "wrA") -> int:
        body = {"chatid": chat, "msgtype": "markdown", "markdown": {"content": text}}
        code: int = self.ask("aibot_send_msg", body)["errcode"]
        return code

    def hears(self, box: SandboxServer, **saying: Any) -> dict[str, Any]:
        """Somebody says something; the callback frame the bot receives."""
        box.say(**{"chat": "wrA", "user": "zhangsan", "at_bot": True, **saying})
        return self.receive()


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer(small_world()) as server:
        yield server


@pytest.fixture
def bot(box: SandboxServer) -> Iterator[RawBot]:
    with RawBot(box.ws_url) as raw:
        assert raw.subscribe()["errcode"] == 0
        yield raw
