"""The files of one message: fetched while their addresses live, stored, or written off with a reason.

Runs on a worker's media thread, outside any transaction. A host that does not answer is tried again
after short pauses, while the addresses are still good; anything else is final, and the sender is told
what to do. A file that arrived and cannot be opened is kept all the same.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from ssl import SSLContext
from zoneinfo import ZoneInfo

import httpx
import structlog

from bot import media
from bot.channels.base import MediaSource
from bot.config.settings import MediaSettings
from bot.media import FetchedFile, MediaError, StoredMedia
from models.messages import Attachment, Incoming, LostFile, MediaRef, Part, PartKind

log = structlog.get_logger()

MAX_PHOTOS = 9
"""Photos taken of one message: as many as a phone sends together."""
_SHOWN = frozenset({PartKind.PHOTO, PartKind.VOICE, PartKind.VIDEO})
"""Kinds of parts that are worth nothing where they cannot be opened."""
_PAUSES = (1.0, 4.0)
"""Seconds before another try where the network failed."""


@cache
def _load_trusted_authorities() -> SSLContext:
    """Reading all authorities takes longer than fetching a photo does."""
    return httpx.create_ssl_context(trust_env=False)


def _find_surplus_photos(incoming: Incoming) -> list[int]:
    """Positions of the photos that are too many for one message."""
    photos = [at for at, part in enumerate(incoming.media_parts()) if part.kind is PartKind.PHOTO]
    return photos[MAX_PHOTOS:]


def _find_problem(position: int, part: Part, fetched: FetchedFile, stored: StoredMedia) -> LostFile | None:
    """What is wrong with a file that was stored, and that nobody will be shown."""
    if stored.unopened is not None:
        log.warning("media.unopened", slug=stored.unopened, kind=fetched.kind.part)
        return LostFile(position, fetched.kind.part, stored.unopened)
    if part.kind in _SHOWN and stored.kind is PartKind.FILE:
        return LostFile(position, part.kind, "unknown_format")
    return None


class AttachmentFetcher:
    """Fetches with its own client, so that slow downloads never touch the event loop of the channels."""

    def __init__(
        self, settings: MediaSettings, *, sources: Mapping[str, MediaSource], zone: ZoneInfo
    ) -> None:
        """`sources`: how the files of a channel are fetched, by the channel's name."""
        self._settings = settings
        self._sources = sources
        self._zone = zone

    def fetch_files(self, channel: str, incoming: Incoming) -> tuple[list[Attachment], list[LostFile]]:
        """Fetch and store every file of a message, own and quoted, in order; the stored and the lost ones.

        The words that were too many come last. A file that cannot be fetched or stored is lost with a
        reason (a slug), and never raises.
        """
        found, lost = asyncio.run(self._fetch_all(channel, incoming)) if incoming.media_parts() else ([], [])
        if incoming.rest:
            position = len(incoming.media_parts())
            try:
                stored = media.store_words(incoming.rest, folder=self._settings.folder)
                found.append(stored.to_attachment(position))
            except OSError as error:
                log.error("media.not_kept", error=type(error).__name__, errno=error.errno)
                lost.append(LostFile(position, PartKind.TEXT, "not_kept"))
        return found, lost

    async def _fetch_all(self, channel: str, incoming: Incoming) -> tuple[list[Attachment], list[LostFile]]:
        surplus = _find_surplus_photos(incoming)
        async with httpx.AsyncClient(
            timeout=30, trust_env=False, verify=_load_trusted_authorities()
        ) as client:
            tasks = [
                self._fetch_and_store(channel, position, part, client)
                for position, part in enumerate(incoming.media_parts())
                if position not in surplus
            ]
            found = await asyncio.gather(*tasks)
        return (
            [kept for kept, _ in found if kept is not None],
            [lost for _, lost in found if lost is not None]
            + [LostFile(position, PartKind.PHOTO, "too_many") for position in surplus],
        )

    async def _fetch_and_store(
        self, channel: str, position: int, part: Part, client: httpx.AsyncClient
    ) -> tuple[Attachment | None, LostFile | None]:
        """What was stored, and what the sender has to be told of; both, where it could not be opened."""
        if part.media is None:
            raise ValueError("a part without a file")
        try:
            fetched = await self._fetch(channel, part.media, client)
            stored = await asyncio.to_thread(
                media.store, fetched, folder=self._settings.folder, zone=self._zone
            )
        except MediaError as error:
            log.warning("media.lost", slug=error.slug, kind=part.kind)
            return None, LostFile(position, part.kind, error.slug)
        except OSError as error:
            # A full or broken disk is no reason to hold back the words.
            log.error("media.not_kept", error=type(error).__name__, errno=error.errno)
            return None, LostFile(position, part.kind, "not_kept")
        return stored.to_attachment(position, text=part.text), _find_problem(position, part, fetched, stored)

    async def _fetch(self, channel: str, ref: MediaRef, client: httpx.AsyncClient) -> FetchedFile:
        for pause in _PAUSES:
            try:
                return await self._fetch_once(channel, ref, client)
            except MediaError as error:
                if not error.retryable:
                    raise
                await asyncio.sleep(pause)
        return await self._fetch_once(channel, ref, client)

    async def _fetch_once(self, channel: str, ref: MediaRef, client: httpx.AsyncClient) -> FetchedFile:
        source = self._sources[channel]
        return await media.fetch(ref, source=source, settings=self._settings, client=client)
