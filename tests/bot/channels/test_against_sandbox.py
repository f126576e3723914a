"""The long connection and the webhook against the sandbox's, which Tencent's own SDK has judged."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Delivered, Envelope, MediaSource, RouteRefused, StoredFile
from bot.channels.http import new_client
from bot.channels.webhook.channel import WebhookChannel
from bot.channels.webhook.settings import WebhookSettings
from bot.config.settings import MediaSettings
from bot.media import MediaExpired, fetch
from models.messages import (
    Card,
    CardPush,
    CardUpdatePush,
    FilePush,
    IncomingKind,
    PhotoPush,
    PushBody,
    TextPush,
)
from sandbox.server import SandboxServer
from tests.bot.channels.bots import RunningBot, run_bot
from tests.bot.channels.district import CARD, SAY, build_delivery, build_handles, build_world, to_json_text

pytestmark = pytest.mark.anyio


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer(build_world()) as server:
        yield server


@pytest.fixture
async def bot(box: SandboxServer) -> AsyncIterator[RunningBot]:
    async with run_bot(box.ws_url) as running:
        await running.wait_until_ready()
        yield running


async def says(box: SandboxServer, running: RunningBot, text: str = "路灯不亮", **more: Any) -> Envelope:
    """Somebody in the group speaks to the bot; what the bot hears."""
    await asyncio.to_thread(box.say, *SAY, text, at_bot=True, **more)
    return await asyncio.wait_for(running.received.get(), 60)


async def shown(box: SandboxServer) -> list[dict[str, Any]]:
    return await asyncio.to_thread(box.messages, "wrA")


async def test_what_is_said_in_the_group_is_heard(box: SandboxServer, bot: RunningBot) -> None:
    incoming = bot.bot.read((await says(box, bot)).raw)
    assert (incoming.chat_id, incoming.sender, incoming.text) == ("wrA", "zhangsan", "路灯不亮")


async def test_a_photo_said_in_the_group_can_be_fetched(
    box: SandboxServer, bot: RunningBot, tmp_path: Path
) -> None:
    incoming = bot.bot.read((await says(box, bot, photos=["sample:rubble"])).raw)
    (part,) = incoming.media_parts()
    assert part.media is not None
    settings = MediaSettings(folder=tmp_path, hosts=(f"127.0.0.1:{box.port}",))
    async with new_client() as client:
        fetched = await fetch(part.media, source=MediaSource(), settings=settings, client=client)
        assert fetched.kind.mime == "image/jpeg"
        await asyncio.to_thread(box.advance_clock, 301)
        with pytest.raises(MediaExpired):
            await fetch(part.media, source=MediaSource(), settings=settings, client=client)


async def test_words_a_card_a_photo_and_a_file_arrive(
    box: SandboxServer, bot: RunningBot, photo: StoredFile
) -> None:
    await says(box, bot)
    pushes: tuple[PushBody, ...] = (
        TextPush("**已派单**"),
        CardPush(CARD),
        PhotoPush(1, "处理后"),
        FilePush(1),
    )
    outcomes = [
        await bot.bot.send(build_delivery(body, push_id=number, file=photo))
        for number, body in enumerate(pushes)
    ]
    assert outcomes == [Delivered()] * 4
    kinds = [message["msgtype"] for message in (await shown(box))[1:]]
    assert kinds == ["markdown", "template_card", "markdown", "image", "file"]


async def test_a_pressed_card_is_updated_for_all(box: SandboxServer, bot: RunningBot) -> None:
    await says(box, bot)
    await bot.bot.send(build_delivery(CardPush(CARD)))
    message = (await shown(box))[-1]["id"]
    assert await asyncio.to_thread(box.click, message, "lisi", "sign:1")
    press = await asyncio.wait_for(bot.received.get(), 60)
    incoming = bot.bot.read(press.raw)
    assert incoming.kind is IncomingKind.CLICK
    assert incoming.click is not None
    assert (incoming.sender, incoming.click.task_id, incoming.click.key) == ("lisi", "CASE-1-v1", "sign:1")
    update = CardUpdatePush(incoming.message_id, Card("CASE-1-v1", "李四已签收"))
    assert await bot.bot.send(build_delivery(update, handles=build_handles(press))) == Delivered(
        used_handle=1
    )
    assert "李四已签收" in to_json_text(await shown(box))


async def test_who_opens_the_chat_is_welcomed(box: SandboxServer, bot: RunningBot) -> None:
    await asyncio.to_thread(box.enter, "AIB1", "lisi")
    entered = await asyncio.wait_for(bot.received.get(), 60)
    assert bot.bot.read(entered.raw).kind is IncomingKind.ENTER
    push = build_delivery(TextPush("您好"), chat_id="lisi", direct=True, handles=build_handles(entered))
    assert await bot.bot.send(push) == Delivered(used_handle=1)
    assert len(await asyncio.to_thread(box.messages, "AIB1/lisi")) == 1


@pytest.mark.parametrize("code", [600039, 93006])
async def test_a_refused_push_takes_the_next_way(box: SandboxServer, bot: RunningBot, code: int) -> None:
    heard = await says(box, bot)
    await asyncio.to_thread(box.arm_faults, push_errors=[code, 1])
    assert await bot.bot.send(build_delivery(TextPush("已派单"), handles=build_handles(heard))) == Delivered()
    assert (await shown(box))[-1]["msgtype"] == "markdown"


async def test_the_response_url_is_the_last_way(box: SandboxServer, bot: RunningBot) -> None:
    heard = await says(box, bot)
    errors = {"aibot_send_msg": [93006, 1], "aibot_respond_msg": [846605, 1]}
    await asyncio.to_thread(box.arm_faults, errcodes=errors)
    outcome = await bot.bot.send(build_delivery(TextPush("已派单"), handles=build_handles(heard)))
    assert isinstance(outcome, Delivered)
    assert outcome.used_handle is not None


async def test_a_dropped_connection_comes_back_and_hears(box: SandboxServer, bot: RunningBot) -> None:
    await asyncio.to_thread(box.arm_faults, drop="AIB1")
    await bot.wait_until(lambda: bot.bot.state.reconnects == 1)
    assert bot.bot.read((await says(box, bot)).raw).text == "路灯不亮"


async def test_a_zombie_session_is_replaced(box: SandboxServer) -> None:
    async with run_bot(box.ws_url, silence=1.5) as running:
        await running.wait_until_ready()
        await asyncio.to_thread(box.arm_faults, zombie="AIB1")
        await asyncio.to_thread(box.say, *SAY, "没人听见", at_bot=True)
        await running.wait_until(lambda: running.bot.state.sessions >= 2)
        await running.wait_until_ready()
        assert running.bot.read((await says(box, running)).raw).text == "路灯不亮"


async def test_two_processes_with_one_lease_do_not_fight(box: SandboxServer, bot: RunningBot) -> None:
    async with run_bot(box.ws_url, holds_lease=lambda: False):
        await asyncio.sleep(0.2)
        assert bot.bot.state.kicks == 0


async def test_a_second_connection_kicks_the_first(box: SandboxServer, bot: RunningBot) -> None:
    async with run_bot(box.ws_url) as other:
        await other.wait_until_ready()
        await bot.wait_until(lambda: bot.bot.state.kicks >= 1)


async def test_the_webhook_delivers_every_kind(box: SandboxServer, photo: StoredFile) -> None:
    async with new_client() as client:
        webhook = WebhookChannel(
            "rings",
            WebhookSettings(kind="webhook", api_base=box.url),
            base_url="https://grid.example",
            client=client,
        )
        pushes: tuple[PushBody, ...] = (
            TextPush("请签收", ("lisi",)),
            TextPush("**x**"),
            CardPush(CARD),
            PhotoPush(1),
            FilePush(1),
        )
        outcomes = [
            await webhook.send(build_delivery(body, push_id=number, file=photo, address="key-a"))
            for number, body in enumerate(pushes)
        ]
    assert outcomes == [Delivered()] * 5
    kinds = [message["msgtype"] for message in await shown(box)]
    assert kinds == ["text", "markdown", "template_card", "image", "file"]


async def test_a_webhook_taken_out_of_its_group_is_gone(box: SandboxServer) -> None:
    async with new_client() as client:
        webhook = WebhookChannel(
            "rings",
            WebhookSettings(kind="webhook", api_base=box.url),
            base_url="https://grid.example",
            client=client,
        )
        outcome = await webhook.send(build_delivery(TextPush("x"), address="no-such-key"))
    assert outcome == RouteRefused("errcode_93000", chat_gone=True)
