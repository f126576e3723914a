"""The archive is pulled by processes of its own role, and by no other."""

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.config.settings import Settings
from bot.process.roles import ProcessRole
from bot.process.runtime import Runtime
from models.database import Database
from models.inbox import InboxRow
from models.processes import Lock
from sandbox.archive.library import ArchiveBook, compile_library
from tests.bot.channels.archive.reading import bind_room, build_text

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(sqlite_database: Database, tmp_path: Path) -> Settings:
    bind_room(sqlite_database)
    book = ArchiveBook(tmp_path)
    rooms = {
        "kind": "archive", "corp_id": "wwCORP1", "secret": "s", "library": compile_library(tmp_path),
        "private_keys": {"1": book.add_key(1)}, "poll": "PT0.02S",
    }  # fmt: skip
    book.add(build_text(1))
    url = str(sqlite_database.engine.url)
    return Settings.parse(
        {"database": {"url": url}, "channels": {"rooms": rooms}, "media": {"folder": tmp_path / "media"}}
    )


def count_messages(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(InboxRow)) or 0


def wait_for_message(database: Database) -> None:
    while count_messages(database) == 0:
        time.sleep(0.02)


async def test_a_process_of_the_role_pulls_and_nothing_else(
    settings: Settings, sqlite_database: Database
) -> None:
    async with Runtime(settings, roles=frozenset({ProcessRole.ARCHIVE})) as runtime:
        await asyncio.to_thread(wait_for_message, sqlite_database)
        with sqlite_database.read() as session:
            assert list(session.scalars(select(Lock.name))) == ["archive:rooms"]
            assert list(session.scalars(select(InboxRow.result))) == [None]
        assert runtime.unready_parts() == {}


async def test_a_process_that_sends_pulls_nothing(settings: Settings, sqlite_database: Database) -> None:
    async with Runtime(settings, roles=frozenset({ProcessRole.SENDER})) as runtime:
        await asyncio.sleep(0.2)
        assert (count_messages(sqlite_database), runtime.unready_parts()) == (0, {})
        with sqlite_database.read() as session:
            assert list(session.scalars(select(Lock.name))) == []
