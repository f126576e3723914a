"""200 pushes at once to one group, over real sockets, with every window shortened alike on both sides.

Outbox, sender and channels are put together here without the rest of the program: the limits are
arguments of the channels, so nothing in the settings exists for a test's sake.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, insert, select

from bot.channels.aibot.settings import AibotSettings
from bot.channels.aibot.socket import AibotSocket
from bot.channels.base import Channel, Envelope
from bot.channels.http import new_client
from bot.channels.webhook.channel import WebhookChannel
from bot.channels.webhook.settings import WebhookSettings
from bot.media.stores import FolderStore
from bot.ops.metrics import Metrics
from bot.outbox.queue import Outbox
from bot.outbox.sender import OutboxSender
from bot.outbox.settlement import SettlementWriter
from bot.process.runtime import system_clock
from models.database import Database
from models.messages import TextPush, push_to_json
from models.organisation import Chat, ChatUse
from models.pushes import Push, PushState
from sandbox.server import SandboxServer

SCALE = 0.01
"""A minute of the platform in 0.6 s, its hour in 36 s."""
MINUTE, HOUR = 60 * SCALE, 3600 * SCALE
BOT = AibotSettings(kind="aibot", bot_id="AIB1", bot_name="网格助手", secret=SecretStr("S"))
WORLD = {
    "members": [{"id": "lisi", "name": "李四"}],
    "bots": [{"id": "AIB1", "name": "网格助手", "secret": "S"}],
    "groups": [{"id": "wrA", "name": "一群", "members": ["lisi"], "spoken": True}],
    "webhooks": [{"key": "key-a", "chat": "wrA"}],
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer(WORLD, rate_scale=SCALE) as server:
        yield server


@pytest.fixture
def group(database: Database) -> Database:
    with database.write() as session:
        session.add(
            Chat(
                code="a", name="一群", use=ChatUse.DUTY, channel="grid", chat_id="wrA",
                webhook_channel="rings", webhook_key="key-a",
            )
        )  # fmt: skip
    return database


def write(database: Database, *pushes: dict[str, object]) -> None:
    now = system_clock()
    rows = [
        {
            "dedupe_key": str(position), "lane": "1!" if push.get("urgent") else "1", "chat_id": 1,
            "channel": "grid", "kind": "text", "urgent": False, "created_at": now, "not_before": now,
            "merge_key": None,
        }
        | push
        for position, push in enumerate(pushes)
    ]  # fmt: skip
    with database.write() as session:
        session.execute(insert(Push), rows)


def words(text: str, **more: object) -> dict[str, object]:
    return {"body": push_to_json(TextPush(text))} | more


def ring(text: str) -> dict[str, object]:
    return {"body": push_to_json(TextPush(text, ("lisi",)))}


@asynccontextmanager
async def sending(database: Database, box: SandboxServer) -> AsyncIterator[None]:
    async def ignore(_: Envelope) -> None:
        return

    async with new_client() as client:
        settings = BOT.model_copy(update={"ws_url": box.ws_url})
        rates = ((30, MINUTE), (1000, HOUR))
        socket = AibotSocket("grid", settings, base_url="", client=client, on_frame=ignore, rates=rates)
        rings = WebhookChannel(
            "rings",
            WebhookSettings(kind="webhook", api_base=box.url),
            base_url="",
            client=client,
            seconds=MINUTE,
        )
        channels: dict[str, Channel] = {"grid": socket, "rings": rings}
        outbox = Outbox(database, worker="w", folder=Path("unused"))
        sender = OutboxSender(
            outbox,
            SettlementWriter(outbox, clock=system_clock),
            channels=lambda: channels,
            passive=(),
            clock=system_clock,
            metrics=Metrics(),
            store=FolderStore(Path("unused")),
            plan_wait=lambda: 0.5,
        )
        running = [asyncio.create_task(socket.run()), asyncio.create_task(sender.run())]
        yield
        await sender.stop()
        await socket.stop()
        await asyncio.gather(*running)


async def all_gone(database: Database) -> None:
    await asyncio.to_thread(_until_gone, database, within=120.0)


def _until_gone(database: Database, *, within: float) -> None:
    live = select(func.count()).select_from(Push).where(Push.state.in_((PushState.READY, PushState.LEASED)))
    deadline = time.monotonic() + within
    while True:
        with database.read() as session:
            left = session.scalar(live)
        if not left:
            return
        assert time.monotonic() < deadline, f"{left} pushes never left"
        time.sleep(0.05)


def arrived(box: SandboxServer) -> list[str]:
    return [message["text"] for message in box.messages("wrA")]


@pytest.mark.anyio
async def test_two_hundred_at_once_arrive_in_order_and_none_is_refused(
    group: Database, box: SandboxServer
) -> None:
    write(group, *(words(f"第 {n} 条") for n in range(200)))
    async with sending(group, box):
        await all_gone(group)
    assert arrived(box) == [f"第 {n} 条" for n in range(200)]
    assert box.stats()["refused_for_rate"] == {}


@pytest.mark.anyio
async def test_urgent_ones_go_first_and_superseded_statuses_not_at_all(
    group: Database, box: SandboxServer
) -> None:
    plain = [words(f"第 {n} 条") for n in range(60)]
    statuses = [words(f"案件 {n % 5} 状态 {n}", merge_key=f"status:{n % 5}") for n in range(100)]
    urgent = [words(f"急 {n}", urgent=True) for n in range(40)]
    write(group, *plain, *statuses, *urgent)
    async with sending(group, box):
        await all_gone(group)
    got = arrived(box)
    assert [text for text in got if text.startswith("急")] == [f"急 {n}" for n in range(40)]
    assert [text for text in got if text.startswith("第")] == [f"第 {n} 条" for n in range(60)]
    assert [text for text in got if text.startswith("案件")] == [
        f"案件 {n % 5} 状态 {n}" for n in range(95, 100)
    ]
    # Side by side while there is room; once there is none, a free place is theirs.
    assert max(got.index(f"急 {n}") for n in range(40)) < 90
    assert box.stats()["refused_for_rate"] == {}


@pytest.mark.anyio
async def test_rings_keep_to_the_limit_of_the_webhook(group: Database, box: SandboxServer) -> None:
    write(group, *(ring(f"请办第 {n} 件") for n in range(90)))
    async with sending(group, box):
        await all_gone(group)
    assert [int(re.findall(r"\d+", text)[0]) for text in arrived(box)] == list(range(90))
    assert box.stats()["refused_for_rate"] == {}
