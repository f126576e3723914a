"""Moves stored files into the bucket, and goes on trying while it does not answer."""

import asyncio
from contextlib import suppress

import structlog

from bot.media.stores.base import StoreUnreachable
from bot.media.stores.bucket import BucketStore

log = structlog.get_logger()

_IDLE = 1.0
"""Seconds between two looks at the folder."""
_LONGEST = 60.0
"""Seconds between two tries while the bucket does not answer."""


class FileMover:
    """`run` until `stop`. Any number of processes of one machine may."""

    def __init__(self, store: BucketStore) -> None:
        self._store = store
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Move what is there, again and again, until `stop`."""
        pause = _IDLE
        while not self._stopping.is_set():
            try:
                await asyncio.to_thread(self._store.move_files, is_stopping=self._stopping.is_set)
                if pause > _IDLE:
                    log.info("media.store_back")
                pause = _IDLE
            except OSError as error:
                slug = error.slug if isinstance(error, StoreUnreachable) else type(error).__name__
                pause = min(2 * pause, _LONGEST)
                log.error("media.not_moved", reason=slug, again_in=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def stop(self) -> None:
        """End after the file that is being moved."""
        self._stopping.set()
