"""Frames from a socket on their way into the database: in order per lane, many lanes at once.

reader ──put──> [queue] ──> store, retried until it is stored
                [queue] ──> …

Together they are bounded: when the database stands still for long, `put` waits, and so does the reader. A
frame exists nowhere else yet, so it is kept for as long as the database is away; one that the database does
not take is tried for minutes before it is given up.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Self

import structlog

from bot.channels.base import Envelope, StoreUnavailable

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
        depth: int = 1_250,
        most_bytes: int = 64 * 1024**2,
        tries: int = 100,
        pause: float = 0.2,
        grace: float = 10.0,
    ) -> None:
        """`depth`: frames of a queue; `most_bytes`: of all of them together."""
        self._store = store
        self._queues = [asyncio.Queue[Envelope](depth) for _ in range(count)]
        self._tries, self._pause, self._grace = tries, pause, grace
        self._tasks: list[asyncio.Task[None]] = []
        self._most_bytes, self._bytes, self._frames = most_bytes, 0, 0
        self._room = asyncio.Event()
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
        if self._frames:
            self.lost_frames += self._frames
            log.error("aibot.frames_not_stored", frames=self._frames)

    async def put(self, envelope: Envelope) -> None:
        """Queue a frame for storing, behind earlier ones of its chat and sender; waits while there is no
        room.
        """
        lane = zlib.crc32(f"{envelope.chat_id}\n{envelope.sender}".encode()) % len(self._queues)
        while self._bytes >= self._most_bytes:
            self._room.clear()
            await self._room.wait()
        self._bytes += len(envelope.raw)
        self._frames += 1
        await self._queues[lane].put(envelope)

    async def _run(self, queue: asyncio.Queue[Envelope]) -> None:
        while True:
            envelope = await queue.get()
            try:
                await self._store_with_retries(envelope)
                self._frames -= 1
                self._bytes -= len(envelope.raw)
                self._room.set()
            finally:
                queue.task_done()

    async def _store_with_retries(self, envelope: Envelope) -> None:
        refusals = attempt = 0
        while refusals < self._tries:
            try:
                await self._store(envelope)
            except StoreUnavailable:
                log.warning("aibot.store_away", attempt=attempt, frames=self._frames)
            except Exception as error:  # noqa: BLE001 - the outermost loop: whatever storing raises, the frame is kept
                refusals += 1
                log.warning("aibot.store_failed", attempt=attempt, error=type(error).__name__)
            else:
                return
            await asyncio.sleep(min(self._pause * 2 ** min(attempt, 10), _LONGEST_PAUSE))
            attempt += 1
        self.lost_frames += 1
        log.error("aibot.frame_lost", lost=self.lost_frames)
