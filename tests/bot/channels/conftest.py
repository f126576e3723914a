"""What the tests of channels share."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from bot.channels.base import Delivery, Envelope, Handle, StoredFile
from bot.channels.http import new_client
from bot.channels.settings import ChannelHost
from bot.inbox.writer import store_messages
from models.database import Database
from models.messages import PushBody


@pytest.fixture
def photo(tmp_path: Path) -> StoredFile:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 64), "red").save(path)
    return StoredFile(path, "photo.jpg", "image/jpeg")


def delivery(
    body: PushBody,
    *,
    push_id: int = 1,
    chat_id: str = "wrCHAT",
    direct: bool = False,
    file: StoredFile | None = None,
    handles: tuple[Handle, ...] = (),
    address: str | None = None,
) -> Delivery:
    return Delivery(push_id, chat_id, direct, body, file, handles, address)


async def _store_nothing(_channel: str, _envelope: object) -> None:
    """The tests of a door look at what it opens."""


def _store_messages(
    clock: Callable[[], datetime], session: Session, channel: str, envelopes: Sequence[Envelope]
) -> Mapping[str, int]:
    return store_messages(session, channel, envelopes, now=clock())


@asynccontextmanager
async def open_host(
    database: Database, clock: Callable[[], datetime], *, media_folder: Path | None = None
) -> AsyncIterator[ChannelHost]:
    """What a channel is run in: a client of its own, this database and clock, every lock."""
    async with new_client(timeout=20.0) as client:
        yield ChannelHost(
            base_url="https://grid.example",
            client=client,
            receive=_store_nothing,
            holds_lock=lambda _name: True,
            keeps_lock=lambda _name: True,
            offer_lock=lambda _name, *, offered: None,
            clock=clock,
            database=database,
            store=partial(_store_messages, clock),
            wake=lambda: None,
            media_folder=media_folder or Path("unused"),
            max_file=100 * 1024**2,
        )
