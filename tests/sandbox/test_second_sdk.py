"""Another author's Python SDK as a second judge of the gateway: two that agree have not both misread the platform."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from wecom_aibot_sdk import WSClient, WSClientOptions
from wecom_aibot_sdk.types.message import CardAction, CardTitle, TemplateCard

from sandbox import samples
from sandbox.server import SandboxServer
from tests.sandbox.test_official_sdk import CARD, Quiet


class Heard:
    """The frames of each event that the client heard, in order."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._queues: dict[str, asyncio.Queue[Any]] = {}

    def listen(self, event: str) -> None:
        queue = self._queues.setdefault(event, asyncio.Queue())
        self._client.on(event, queue.put)

    async def next(self, event: str) -> Any:
        return await asyncio.wait_for(self._queues[event].get(), 60)


@asynccontextmanager
async def connect(box: SandboxServer, *events: str) -> AsyncIterator[tuple[Any, Heard]]:
    """A subscribed client that listens for these events."""
    client = WSClient(WSClientOptions(bot_id="AIB1", secret="S", ws_url=box.ws_url, logger=Quiet()))
    heard = Heard(client)
    for event in ("authenticated", *events):
        heard.listen(event)
    await client.connect_async()
    try:
        await heard.next("authenticated")
        yield client, heard
    finally:
        await client.disconnect()


def test_it_hears_answers_pushes_and_is_refused_like_any_bot(box: SandboxServer) -> None:
    async def talk() -> None:
        async with connect(box, "message.text", "event.enter_chat") as (client, heard):
            await asyncio.to_thread(box.say, "wrA", "zhangsan", "灯坏了", at_bot=True)
            frame = await heard.next("message.text")
            assert frame.body["text"]["content"] == "@网格助手 灯坏了"
            await client.reply_stream(frame, "s-1", "登记中")
            await client.reply_stream(frame, "s-1", "已登记", finish=True)
            note = {"msgtype": "markdown", "markdown": {"content": "**已派单**"}}
            assert (await client.send_message("wrA", note)).errcode == 0
            with pytest.raises(RuntimeError, match="93006"):
                await client.send_message("wrB", note)
            await asyncio.to_thread(box.enter, "AIB1", "zhangsan")
            entered = await heard.next("event.enter_chat")
            await client.reply_welcome(entered, {"msgtype": "text", "text": {"content": "您好"}})

    asyncio.run(talk())
    assert [message["text"] for message in box.messages("wrA")] == [
        "@网格助手 灯坏了",
        "已登记",
        "**已派单**",
    ]
    assert [message["text"] for message in box.messages("AIB1/zhangsan")] == ["您好"]


def test_a_pressed_card_is_drawn_anew(box: SandboxServer) -> None:
    async def talk() -> None:
        async with connect(box, "message.text", "event.template_card_event") as (client, heard):
            await asyncio.to_thread(box.say, "wrA", "zhangsan", "在吗", at_bot=True)
            await heard.next("message.text")
            await client.send_message("wrA", {"msgtype": "template_card", "template_card": CARD})
            await asyncio.to_thread(box.click, box.messages("wrA")[-1]["id"], "lisi", "accept")
            frame = await heard.next("event.template_card_event")
            pressed = frame.body["event"]["template_card_event"]
            assert (pressed["event_key"], pressed["task_id"]) == ("accept", "T-1")
            done = TemplateCard(
                card_type="text_notice", main_title=CardTitle(title="已受理"), task_id="T-1",
                card_action=CardAction(type=1, url="https://gov.example"),
            )  # fmt: skip
            assert (await client.update_template_card(frame, done)).errcode == 0

    asyncio.run(talk())
    assert box.messages("wrA")[-1]["card"]["main_title"]["title"] == "已受理"


def test_photos_go_both_ways(box: SandboxServer, tmp_path: Path) -> None:
    photo = samples.render("rubble")
    sent = tmp_path / "after.jpg"
    sent.write_bytes(photo)

    async def talk() -> None:
        async with connect(box, "message.mixed") as (client, heard):
            await asyncio.to_thread(box.say, "wrA", "zhangsan", "看", at_bot=True, photos=["sample:rubble"])
            frame = await heard.next("message.mixed")
            image = frame.body["mixed"]["msg_item"][1]["image"]
            data, _name = await client.download_file(image["url"], image["aeskey"])
            assert data == photo
            assert (await client.send_media_message("wrA", str(sent))).errcode == 0

    asyncio.run(talk())
    [shown] = box.messages("wrA")[-1]["photos"]
    assert box.world.blobs[shown["id"]].data == photo
