"""A running `AibotSocket` in front of a gateway, with seconds made short."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.aibot.settings import AibotSettings
from bot.channels.aibot.socket import AibotSocket
from bot.channels.aibot.state import Timing
from bot.channels.base import Envelope
from bot.channels.http import new_client

QUICK_TIMING = Timing(
    connect=10.0,
    ack=10.0,
    upload_ack=10.0,
    ping=0.05,
    backoff=(0.01, 0.02),
    slow=0.2,
    after_kick=(0.05, 0.06),
    lease=0.02,
)
SETTINGS = {"kind": "aibot", "bot_id": "AIB1", "bot_name": "网格助手", "secret": "long-secret"}


@dataclass(frozen=True, slots=True)
class RunningBot:
    bot: AibotSocket
    received: asyncio.Queue[Envelope]

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110 - any property of any object, so there is no event
                await asyncio.sleep(0.005)

    async def wait_until_ready(self) -> None:
        await self.wait_until(lambda: self.bot.state.is_ready)


@asynccontextmanager
async def run_bot(url: str, *, on_frame: Any = None, **options: Any) -> AsyncIterator[RunningBot]:
    timing = replace(
        QUICK_TIMING, **{name: options.pop(name) for name in list(options) if hasattr(QUICK_TIMING, name)}
    )
    heard: asyncio.Queue[Envelope] = asyncio.Queue()
    async with new_client(timeout=10.0) as client:
        bot = AibotSocket(
            "grid",
            AibotSettings.model_validate({**SETTINGS, "ws_url": url}),
            base_url="https://grid.example",
            client=client,
            on_frame=on_frame or heard.put,
            timing=timing,
            **options,
        )
        task = asyncio.create_task(bot.run())
        try:
            yield RunningBot(bot, heard)
        finally:
            await bot.stop()
            await asyncio.wait_for(task, 60)
