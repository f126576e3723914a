"""The stand-in for the C library is compiled once; each test has a folder of its own beside it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from sandbox.archive.library import LIBRARY, ArchiveBook, compile_library
from tests.bot.channels.archive.reading import NOW, SLICE, Reading, bind_room, build_reading


@pytest.fixture(scope="session")
def compiled_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where there is no C compiler this fails, and says what to install."""
    return compile_library(tmp_path_factory.mktemp("finance"), slice_bytes=SLICE)


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> ArchiveBook:
    book = ArchiveBook(tmp_path_factory.mktemp("keys"))
    book.add_key(1)
    book.add_key(2)
    return book


@pytest.fixture
def book(compiled_library: Path, key_files: ArchiveBook, tmp_path: Path) -> ArchiveBook:
    """An empty archive with two key pairs."""
    shutil.copy(compiled_library, tmp_path / LIBRARY)
    return ArchiveBook(tmp_path, keys_of=key_files)


@pytest.fixture
def reading(book: ArchiveBook, database: Database) -> Iterator[Reading]:
    bind_room(database)
    found = build_reading(database, book.folder, lambda: NOW)
    yield found
    found.library.close()
