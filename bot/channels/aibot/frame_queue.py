"""Frames from a socket on their way into the database: in order per lane, many lanes at once.

reader ──put──> [queue] ──> store, retried until it is stored
                [queue] ──> …

Every queue is bounded: when the database stands still, `put` waits, and so does the reader. A frame
exists nowhere else yet, so a failing store is tried for minutes before the frame is given up.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Self

import structlog

from bot.channels.base import Envelope

log = structlog.get_logger()
Store = Callable[[Envelope], Awaitable[object]]
_LONGEST_PAUSE = 5.0


class FrameLanes:
    """`async with lanes:` runs them; leaving the block stores what is queued, for up to `grace`."""

    def __init__(
        self,
        store: Store,
        *,
        count: int = 16,
        depth: int = 200,
        tries: int = 100,
        pause: float = 0.2,
        grace: float = 10.0,
    ) -> None:
        self._store = store
        self._queues = [asyncio.Queue[Envelope](depth) for _ in range(count)]
        self._tries, self._pause, self._grace = tries, pause, grace
        self._tasks: list[asyncio.Task[None]] = []
        self.lost_frames = 0
        """Frames given up since the start; anything but 0 is an alarm."""

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._run(queue)) for queue in self._queues]
        return self

    async def __aexit__(self, *_: object) -> None:
        drained = asyncio.gather(*(queue.join() for queue in self._queues))
        await asyncio.wait({drained}, timeout=self._grace)
        drained.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(drained, *self._tasks, return_exceptions=True)

    async def put(self, envelope: Envelope) -> None:
        """Queue a frame for storing, behind earlier ones of its chat and sender; waits while there is no
        room.
        """
        lane = zlib.crc32(f"{envelope.chat_id}\n{envelope.sender}".encode()) % len(self._queues)
        await self._queues[lane].put(envelope)

    async def _run(self, queue: asyncio.Queue[Envelope]) -> None:
        while True:
            envelope = await queue.get()
            try:
                await self._store_with_retries(envelope)
            finally:
                queue.task_done()

    async def _store_with_retries(self, envelope: Envelope) -> None:
        for attempt in range(self._tries):
            if await self._try_store(envelope, attempt):
                return
            await asyncio.sleep(min(self._pause * 2 ** min(attempt, 10), _LONGEST_PAUSE))
        self.lost_frames += 1
        log.error("aibot.frame_lost", lost=self.lost_frames)

    async def _try_store(self, envelope: Envelope, attempt: int) -> bool:
        try:
            await self._store(envelope)
        except Exception as error:  # noqa: BLE001 - the outermost loop: whatever storing raises, the frame is kept
            log.warning("aibot.store_failed", attempt=attempt, error=type(error).__name__)
            return False
        return True
