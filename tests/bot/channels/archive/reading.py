"""An archive that a test writes, and what reads it through the same C interface as the real library's.

python -m tests.bot.channels.archive.reading DATABASE_URL FOLDER      reads until it is killed
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.archive.files import ArchiveFiles
from bot.channels.archive.keys import PrivateKeys
from bot.channels.archive.library_client import LibraryClient
from bot.channels.archive.puller import ArchivePuller
from bot.channels.archive.settings import ArchiveSettings
from bot.channels.archive.storage import ArchiveStorage
from bot.channels.base import Envelope
from bot.channels.settings import ChannelHost
from bot.inbox.writer import store_messages
from models.database import Database
from models.inbox import InboxRow
from models.organisation import Chat, ChatUse
from sandbox.archive.library import LIBRARY

NAME = "rooms"
ROOM = "wrROOM"
NOW = datetime(2026, 3, 30, 1, 5, tzinfo=UTC)
SLICE = 1000
"""Bytes of a slice in these tests."""


@dataclass
class Reading:
    """What reads one archive, put together as the channel does it."""

    database: Database
    host: ChannelHost
    settings: ArchiveSettings
    library: LibraryClient
    storage: ArchiveStorage
    files: ArchiveFiles
    puller: ArchivePuller
    rooms: list[frozenset[str]]

    def pull(self) -> None:
        """Everything that is there, files too."""
        while self.puller.pull():
            pass
        while self.files.fetch_slice(self.library):
            pass

    def rows(self) -> list[InboxRow]:
        with self.database.read() as session:
            return list(session.scalars(select(InboxRow).order_by(InboxRow.id)))


def build_settings(folder: Path, **more: Any) -> ArchiveSettings:
    keys = {path.stem.removeprefix("private-"): path for path in sorted(folder.glob("private-*.pem"))}
    plain = {"kind": "archive", "corp_id": "wwCORP1", "secret": "s", "private_keys": keys}
    return ArchiveSettings.model_validate({**plain, "library": folder / LIBRARY, **more})


def build_reading(
    database: Database,
    folder: Path,
    clock: Callable[[], datetime],
    *,
    poll: float = 0.01,
    max_file: int = 10**6,
) -> Reading:
    settings = build_settings(folder)
    host = build_host(database, folder / "media", clock, max_file=max_file)
    library = LibraryClient(settings)
    storage = ArchiveStorage(NAME, host, file_patience=timedelta(minutes=5))
    files = ArchiveFiles(NAME, host)
    rooms: list[frozenset[str]] = []
    puller = ArchivePuller(
        NAME, host, library=library, keys=PrivateKeys(settings.private_keys), storage=storage, files=files,
        poll=poll, on_rooms=rooms.append,
    )  # fmt: skip
    return Reading(database, host, settings, library, storage, files, puller, rooms)


def build_host(
    database: Database, media: Path, clock: Callable[[], datetime], *, max_file: int
) -> ChannelHost:
    def store(session: Session, channel: str, envelopes: Sequence[Envelope]) -> Mapping[str, int]:
        return store_messages(session, channel, envelopes, now=clock())

    async def receive(_channel: str, _envelope: Envelope) -> None:
        raise AssertionError("an archive stores in transactions of its own")

    return ChannelHost(
        base_url="https://grid.example",
        client=cast(Any, None),
        receive=receive,
        holds_lock=lambda _name: True,
        keeps_lock=lambda _name: True,
        offer_lock=lambda _name, *, offered: None,
        clock=clock,
        database=database,
        store=store,
        wake=lambda: None,
        media_folder=media,
        max_file=max_file,
    )


def bind_room(database: Database, room: str = ROOM) -> None:
    """A group that only the archive reads."""
    with database.write() as session:
        session.add(
            Chat(code=f"c-{room}", name="海棠居民群", use=ChatUse.RESIDENTS, channel=NAME, chat_id=room)
        )


def build_text(number: int | str, words: str = "路灯不亮", **more: Any) -> dict[str, Any]:
    return {
        "msgid": f"M{number}", "action": "send", "from": "zhangsf", "tolist": ["li"], "roomid": ROOM,
        "msgtime": 1767225600123, "msgtype": "text", "text": {"content": words}, **more,
    }  # fmt: skip


def main() -> None:
    reading = build_reading(Database(sys.argv[1]), Path(sys.argv[2]), lambda: datetime.now(UTC))
    sys.stdout.write("reading\n")
    sys.stdout.flush()
    reading.puller.run()


if __name__ == "__main__":
    main()
