"""Tencent's own Python SDK as the judge of the gateway."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from sandbox import samples
from sandbox.server import SandboxServer

with warnings.catch_warnings():
    # The SDK imports a name of the old API of websockets.
    warnings.simplefilter("ignore", DeprecationWarning)
    import aibot
    import aibot.ws
    from aibot.crypto_utils import decrypt_file

CARD = {
    "card_type": "button_interaction",
    "main_title": {"title": "待受理"},
    "button_list": [{"text": "受理", "style": 1, "key": "accept"}],
    "task_id": "T-1",
}


class Quiet:
    """The SDK logs to stdout otherwise, message texts included."""

    def debug(self, message: str, *_: Any) -> None: ...

    info = warn = error = debug


@pytest.fixture(autouse=True)
def plain_sockets() -> Iterator[None]:
    """The SDK always passes a TLS context, which a ws:// address refuses; its module holds it."""
    context = aibot.ws._SSL_CONTEXT  # noqa: SLF001 - the SDK has no option for it
    aibot.ws._SSL_CONTEXT = None  # noqa: SLF001
    yield
    aibot.ws._SSL_CONTEXT = context  # noqa: SLF001


@asynccontextmanager
async def sdk(box: SandboxServer, event: str) -> AsyncIterator[tuple[Any, asyncio.Future[Any]]]:
    """A subscribed client, and a future of the first frame of an event."""
    options = aibot.WSClientOptions(bot_id="AIB1", secret="S", ws_url=box.ws_url, logger=Quiet())
    client = aibot.WSClient(options)
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    first: asyncio.Future[Any] = loop.create_future()
    client.on("authenticated", lambda: ready.set_result(None))

    def heard(frame: Any) -> None:
        if not first.done():
            first.set_result(frame)

    client.on(event, heard)
    await client.connect()
    await asyncio.wait_for(ready, 60)
    try:
        yield client, first
    finally:
        client.disconnect()
        await asyncio.sleep(0.05)


def test_a_message_comes_in_and_a_stream_goes_back(box: SandboxServer) -> None:
    async def talk() -> None:
        async with sdk(box, "message.text") as (client, first):
            await asyncio.to_thread(box.say, "wrA", "zhangsan", "灯坏了", at_bot=True)
            frame = await asyncio.wait_for(first, 60)
            assert frame["body"]["text"]["content"] == "@网格助手 灯坏了"
            await client.reply_stream(frame, "s-1", "登记中")
            await client.reply_stream(frame, "s-1", "已登记", finish=True)

    asyncio.run(talk())
    assert [message["text"] for message in box.messages("wrA")] == ["@网格助手 灯坏了", "已登记"]


def test_a_push_reaches_a_group_that_spoke_before(box: SandboxServer) -> None:
    async def talk() -> None:
        async with sdk(box, "message") as (client, first):
            await asyncio.to_thread(box.say, "wrA", "zhangsan", "在吗", at_bot=True)
            await asyncio.wait_for(first, 60)
            body = {"msgtype": "markdown", "markdown": {"content": "**已派单**"}}
            assert (await client.send_message("wrA", body))["errcode"] == 0
            with pytest.raises(RuntimeError, match="93006"):
                await client.send_message("wrB", body)

    asyncio.run(talk())
    assert box.messages("wrA")[-1]["text"] == "**已派单**"


def test_a_pressed_button_lets_the_card_be_replaced(box: SandboxServer) -> None:
    async def talk() -> None:
        async with sdk(box, "event.template_card_event") as (client, first):
            await asyncio.to_thread(box.say, "wrA", "zhangsan", "在吗", at_bot=True)
            await client.send_message("wrA", {"msgtype": "template_card", "template_card": CARD})
            card = box.messages("wrA")[-1]["id"]
            await asyncio.to_thread(box.click, card, "lisi", "accept")
            frame = await asyncio.wait_for(first, 60)
            pressed = frame["body"]["event"]["template_card_event"]
            assert (pressed["event_key"], pressed["task_id"]) == ("accept", "T-1")
            done = {
                "card_type": "text_notice",
                "main_title": {"title": "已受理"},
                "card_action": {"type": 1, "url": "https://gov.example"},
            }
            await client.update_template_card(frame, {**done, "task_id": "T-1"})

    asyncio.run(talk())
    assert box.messages("wrA")[-1]["card"]["main_title"]["title"] == "已受理"


def test_whoever_enters_the_single_chat_is_welcomed(box: SandboxServer) -> None:
    async def talk() -> None:
        async with sdk(box, "event.enter_chat") as (client, first):
            await asyncio.to_thread(box.enter, "AIB1", "zhangsan")
            frame = await asyncio.wait_for(first, 60)
            await client.reply_welcome(frame, {"msgtype": "text", "text": {"content": "您好"}})

    asyncio.run(talk())
    assert [message["text"] for message in box.messages("AIB1/zhangsan")] == ["您好"]


def test_its_decryption_opens_our_photos(box: SandboxServer) -> None:
    async def talk() -> dict[str, Any]:
        async with sdk(box, "message.mixed") as (_client, first):
            await asyncio.to_thread(box.say, "wrA", "zhangsan", "看", at_bot=True, photos=["sample:rubble"])
            frame = await asyncio.wait_for(first, 60)
            image: dict[str, Any] = frame["body"]["mixed"]["msg_item"][1]["image"]
            return image

    image = asyncio.run(talk())
    cipher = httpx.get(image["url"], trust_env=False).content
    assert decrypt_file(cipher, image["aeskey"]) == samples.render("rubble")
