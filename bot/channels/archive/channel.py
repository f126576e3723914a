"""The archive as a channel: it is pulled by processes of the archive role, and sends nothing."""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.archive import payload
from bot.channels.archive.consents import ConsentApi
from bot.channels.archive.files import ArchiveFiles
from bot.channels.archive.keys import PrivateKeys
from bot.channels.archive.library_client import LibraryClient
from bot.channels.archive.puller import ArchivePuller, format_lock_name
from bot.channels.archive.settings import ArchiveSettings
from bot.channels.archive.storage import ArchiveStorage
from bot.channels.base import (
    BackgroundTask,
    ChannelHealth,
    Delivery,
    MediaSource,
    Outcome,
    PlainChannel,
    RateLimit,
    RouteRefused,
)
from bot.channels.settings import ChannelHost
from models.messages import Incoming

log = structlog.get_logger()


class ArchiveChannel(PlainChannel):
    """One archive. Its library and its keys are looked at only where it is pulled."""

    is_pulled_apart = True

    def __init__(self, name: str, settings: ArchiveSettings, host: ChannelHost) -> None:
        self.name = name
        self.declaration = settings.declare()
        self.lock_names = (format_lock_name(name),)
        self._settings = settings
        self._host = host
        self._files = ArchiveFiles(name, host)
        self._storage = ArchiveStorage(name, host, file_patience=settings.file_patience)
        self.media = MediaSource(stream=self._files.stream)
        self._puller: ArchivePuller | None = None
        self._questions: set[asyncio.Task[None]] = set()

    def read(self, raw: str) -> Incoming:
        """The neutral form of a stored entry. Raises RefusedInput."""
        return payload.build_incoming(
            raw,
            channel=self.name,
            bot_name=self._settings.bot_name,
            location_crs=self._settings.location_crs,
        )

    def can_send(self, _delivery: Delivery) -> bool:
        return False

    def rates(self, _delivery: Delivery) -> tuple[RateLimit, ...]:
        return ()

    async def send(self, _delivery: Delivery) -> Outcome:
        """Nothing can be said here."""
        return RouteRefused("hears_only")

    def tasks(self) -> Sequence[BackgroundTask]:
        """The puller, for a process of the archive role. Raises KeyFileProblem."""
        loop = asyncio.get_running_loop()
        puller = ArchivePuller(
            self.name,
            self._host,
            library=LibraryClient(self._settings),
            keys=PrivateKeys(self._settings.private_keys),
            storage=self._storage,
            files=self._files,
            poll=self._settings.poll.total_seconds(),
            on_rooms=lambda rooms: loop.call_soon_threadsafe(self._ask_for_consents, rooms),
        )
        self._puller = puller

        async def stop() -> None:
            puller.stop()

        return [BackgroundTask(lambda: asyncio.to_thread(puller.run), stop)]

    def read_health(self) -> ChannelHealth | None:
        return self._puller.read_health() if self._puller is not None else None

    def _ask_for_consents(self, rooms: frozenset[str]) -> None:
        task = asyncio.create_task(self._store_consents(rooms))
        self._questions.add(task)
        task.add_done_callback(self._questions.discard)

    async def _store_consents(self, rooms: frozenset[str]) -> None:
        api = ConsentApi(self._settings, self._host)
        try:
            for room in sorted(rooms):
                if not await asyncio.to_thread(self._storage.knows_consents, room):
                    found = await api.find_consents(room)
                    await asyncio.to_thread(self._storage.note_consents, room, found)
        except SQLAlchemyError as error:
            log.error("archive.consents_not_stored", error=type(error).__name__)
