"""The URL callback against the sandbox's: verified, answered in its response, one word later."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.channels.aibot.callback import AibotCallback
from bot.channels.aibot.settings import AibotSettings
from bot.channels.base import Delivered, Envelope, OpenRequest, RefusedInput
from bot.channels.http import new_client
from models.messages import Card, CardPush, CardUpdatePush, PushBody, TextPush
from sandbox.server import SandboxServer
from tests.bot.channels.district import CARD, SAY, build_delivery, build_handles, build_world, to_json_text
from tests.bot.channels.vectors import KEY

pytestmark = pytest.mark.anyio


class Endpoint:
    """Where the platform posts: the channel behind a plain HTTP server, answering as told."""

    def __init__(self) -> None:
        self.channel: AibotCallback | None = None
        self.answer: PushBody | None = None
        self.heard: list[Envelope] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/callback/gridcb"

    def post(self, query: dict[str, str], body: bytes) -> bytes:
        assert self.channel is not None
        envelope = self.channel.open(query, body)
        self.heard.append(envelope)
        asked = OpenRequest(query, envelope, self.channel.read(envelope.raw))
        if self.answer is None or not self.channel.can_reply(self.answer, asked):
            return b""
        return self.channel.build_reply(self.answer, asked).content

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                assert endpoint.channel is not None
                query = dict(parse_qsl(urlsplit(self.path).query))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    verifying = self.command == "GET"
                    told = (
                        endpoint.channel.verify(query).encode() if verifying else endpoint.post(query, body)
                    )
                    status = 200
                except RefusedInput as refused:
                    told, status = b"", refused.status
                self.send_response(status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            do_GET = _serve  # noqa: N815 - the standard library's naming
            do_POST = _serve  # noqa: N815 - as above

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        return Handler


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@asynccontextmanager
async def callback_box(endpoint: Endpoint) -> AsyncIterator[SandboxServer]:
    secrets = {"mode": "callback", "token": "AIBOTtoken01", "aes_key": KEY}
    settings = AibotSettings.model_validate(
        {"kind": "aibot", "bot_id": "AIB1", "bot_name": "网格助手", **secrets}
    )
    async with new_client() as client:
        endpoint.channel = AibotCallback("gridcb", settings, base_url="https://grid.example", client=client)
        with SandboxServer(build_world(**secrets, callback_url=endpoint.url)) as box:
            yield box


async def test_the_callback_address_is_verified(endpoint: Endpoint) -> None:
    async with callback_box(endpoint) as box:
        assert await asyncio.to_thread(box.post, "verify", bot="AIB1") == {"ok": True, "problem": None}


@pytest.mark.parametrize("answer", [TextPush("已登记"), CardPush(CARD)])
async def test_a_callback_is_answered_in_its_response(endpoint: Endpoint, answer: PushBody) -> None:
    async with callback_box(endpoint) as box:
        endpoint.answer = answer
        await asyncio.to_thread(box.say, *SAY, "路灯不亮", at_bot=True)
        await asyncio.to_thread(box.wait_for, lambda: len(box.messages("wrA")) == 2)
        assert box.stats()["callback_failures"] == []


async def test_a_callback_bot_says_one_word_later(endpoint: Endpoint) -> None:
    async with callback_box(endpoint) as box:
        await asyncio.to_thread(box.say, *SAY, "路灯不亮", at_bot=True)
        await asyncio.to_thread(box.wait_for, lambda: endpoint.heard)
        assert endpoint.channel is not None
        push = build_delivery(TextPush("已派单"), handles=build_handles(endpoint.heard[0]))
        assert await endpoint.channel.send(push) == Delivered(used_handle=1)
        assert not isinstance(await endpoint.channel.send(push), Delivered)


async def test_a_press_is_answered_by_its_card(endpoint: Endpoint) -> None:
    async with callback_box(endpoint) as box:
        endpoint.answer = CardPush(CARD)
        await asyncio.to_thread(box.say, *SAY, "路灯不亮", at_bot=True)
        await asyncio.to_thread(box.wait_for, lambda: len(box.messages("wrA")) == 2)
        endpoint.answer = CardUpdatePush("any", Card("CASE-1-v1", "李四已签收"))
        await asyncio.to_thread(box.click, box.messages("wrA")[-1]["id"], "lisi", "sign:1")
        await asyncio.to_thread(box.wait_for, lambda: "李四已签收" in to_json_text(box.messages("wrA")))
