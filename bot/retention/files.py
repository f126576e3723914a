"""Stored files that no row names: found by the hash in their names, and deleted."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from pathlib import PurePath

from sqlalchemy import select

from bot.media.stores import MediaStore
from models.case_archive import ArchivedFile
from models.database import Database
from models.reports import Media

_BATCH = 500


def iter_strays(database: Database, store: MediaStore, *, before: datetime) -> Iterator[list[str]]:
    """Names of stored files older than `before` that no row names, some hundred at a time."""
    old = store.iter_old(before)
    while some := list(islice(old, _BATCH)):
        named = _find_named(database, {_hash_of(name) for name in some})
        if strays := [name for name in some if name not in named]:
            yield strays


def delete_strays(database: Database, store: MediaStore, *, before: datetime) -> int:
    """Delete stored files older than `before` that no row names; how many. Raises StoreUnreachable."""
    count = 0
    for strays in iter_strays(database, store, before=before):
        store.delete(strays)
        count += len(strays)
    return count


def delete_unnamed(database: Database, store: MediaStore, hashes: Collection[str]) -> int:
    """Delete the files of these contents at once, original and copies, where no row names them; how many.

    Raises StoreUnreachable.
    """
    named = _find_named(database, hashes)
    names = [name for each in hashes for name in store.list_copies(each) if name not in named]
    store.delete(names)
    return len(names)


def _hash_of(name: str) -> str:
    return PurePath(name).name.partition(".")[0]


def _find_named(database: Database, hashes: Collection[str]) -> set[str]:
    """The names of stored files that rows of these contents name, here or in the archive."""
    paths = Media.path, Media.clean_path, Media.thumb_path, Media.poster_path, Media.play_path
    columns = select(*paths).where(Media.sha256.in_(hashes))
    archived = select(ArchivedFile.path).where(ArchivedFile.sha256.in_(hashes))
    with database.read() as session:
        named = {path for row in session.execute(columns) for path in row if path}
        return named | set(session.scalars(archived))
