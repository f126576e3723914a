"""Once a day the app reads the list of members anew: events may be lost, and nobody is told which."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, time
from zoneinfo import ZoneInfo

import structlog

from bot.channels.base import Clock, Directory, DirectoryRefused, Envelope

log = structlog.get_logger()

_ZONE = ZoneInfo("Asia/Shanghai")
_AFTER = time(3, 0)
"""Local time after which the day's look is due."""
_LOOK_EVERY = 600.0
_AGAIN_AFTER = 3600.0
"""Seconds after the platform refused, or was not to be reached."""


class ContactWatch:
    """Reads the list once a day: `run` until `stop`. Any number of processes may: what one stored, counts."""

    def __init__(
        self,
        directory: Directory,
        *,
        receive: Callable[[Envelope], Awaitable[object]],
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._receive = receive
        self._clock = clock
        self._stop = asyncio.Event()
        self._done: date | None = None

    async def run(self) -> None:
        """Look until `stop`."""
        while not self._stop.is_set():
            local = self._clock().astimezone(_ZONE)
            wait = _LOOK_EVERY
            if local.time() >= _AFTER and self._done != local.date():
                wait = _LOOK_EVERY if await self.look() else _AGAIN_AFTER
            try:
                await asyncio.wait_for(self._stop.wait(), wait)
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Ask `run` to return."""
        self._stop.set()

    async def look(self) -> bool:
        """Read the list and hand on what changed. False where that has to be tried again."""
        now = self._clock().astimezone(_ZONE)
        try:
            changes = await self._directory.read_changes(f"{now:%Y-%m-%d}")
            if changes is not None:
                await self._receive(changes)
        except DirectoryRefused as refused:
            log.warning("contacts.not_read", reason=str(refused))
            return False
        except Exception as error:  # noqa: BLE001 - the outermost loop: tomorrow's look must come
            log.error("contacts.not_stored", error=type(error).__name__)
            return False
        self._done = now.date()
        return True
