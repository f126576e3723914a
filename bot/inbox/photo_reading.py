"""Photos are read one by one, beside all other work: the words on them, and what a watermark camera wrote.

Nothing waits for it. Whoever dies over a photo leaves it to the next after its lease; a photo that cannot be
read in three tries stays as it is.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from bot.channels.base import Clock
from bot.inbox.stepping import SteppingTask, lease_next
from bot.media.errors import PhotoUnread
from bot.media.stores import MediaStore
from handlers.environment.snapshot import Environment
from handlers.intake.files import photo_words
from models.database import Database
from models.photo_readings import PhotoReading
from models.reports import Media

log = structlog.get_logger()

_TRIES = 3
_PAUSE = timedelta(seconds=30)
"""Before another try, for each one made."""
_SPARE = timedelta(minutes=1)
"""Of a lease, beyond what the engine may take."""


class TextReader(Protocol):
    """Whatever finds words on a photo."""

    def read(self, path: Path) -> Sequence[str]:
        """The lines, top to bottom. Raises PhotoUnread."""
        ...

    def close(self) -> None:
        """End, whatever it does."""
        ...


@dataclass(frozen=True, slots=True)
class _ClaimedPhoto:
    media_id: int
    tries: int
    path: str


class PhotoReadingTask(SteppingTask):
    """One engine at work. `run` until `stop`."""

    name = "photo_reading"

    def __init__(
        self,
        database: Database,
        reader: TextReader,
        *,
        timeout: timedelta,
        store: MediaStore,
        env: Callable[[], Environment],
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """`timeout`: what the engine may take for a photo; `wake`: called after each commit."""
        super().__init__()
        self._database = database
        self._reader = reader
        self._timeout = timeout
        self._store = store
        self._env = env
        self._clock = clock
        self._wake = wake

    async def run(self) -> None:
        """Look for photos until `stop`."""
        try:
            await super().run()
        finally:
            await asyncio.to_thread(self._reader.close)

    async def stop(self) -> None:
        """End, and the engine with it, whatever it does."""
        await super().stop()
        await asyncio.to_thread(self._reader.close)

    async def step(self) -> bool:
        """Have one photo read; False where none waits."""
        photo = await asyncio.to_thread(self._claim)
        if photo is None:
            return False
        try:
            lines = await asyncio.to_thread(self._read, photo.path)
        except (PhotoUnread, OSError) as error:
            if not self._stopping.is_set():
                await asyncio.to_thread(self._settle_failure, photo, error)
            return True
        await asyncio.to_thread(self._settle, photo, lines)
        return True

    def _claim(self) -> _ClaimedPhoto | None:
        """The photo that has waited longest, leased for as long as the engine may take."""
        now = self._clock()
        with self._database.write() as session:
            row = lease_next(session, PhotoReading, now=now, lease=self._timeout + _SPARE)
            if row is None:
                return None
            media = session.get_one(Media, row.media_id)
            return _ClaimedPhoto(row.media_id, row.tries, media.clean_path or media.path)

    def _read(self, name: str) -> Sequence[str]:
        with self._store.open_file(name) as path:
            return self._reader.read(path)

    def _settle(self, photo: _ClaimedPhoto, lines: Sequence[str]) -> None:
        with self._database.write() as session:
            result = photo_words.receive_words(session, photo.media_id, lines, self._env(), now=self._clock())
        log.info("photo.read", media=photo.media_id, result=result)
        self._wake()

    def _settle_failure(self, photo: _ClaimedPhoto, error: PhotoUnread | OSError) -> None:
        log.warning("photo.not_read", media=photo.media_id, tries=photo.tries, detail=str(error))
        with self._database.write() as session:
            row = session.get(PhotoReading, photo.media_id)
            if row is not None and photo.tries >= _TRIES:
                session.delete(row)
            elif row is not None:
                row.not_before = self._clock() + photo.tries * _PAUSE
