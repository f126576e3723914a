"""Files of the media folder that no row names: found by the hash in their names, and deleted."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from models.database import Database
from models.reports import Media

_HASH = 64
_BATCH = 500


def iter_strays(database: Database, folder: Path, *, before: datetime) -> Iterator[list[Path]]:
    """Stored files older than `before` that no row names, some hundred at a time."""
    old = (path for path in folder.glob("[0-9a-f][0-9a-f]/*") if _is_old(path, before))
    while some := list(islice(old, _BATCH)):
        named = _find_named(database, {_hash_of(path) for path in some})
        if strays := [path for path in some if str(path.relative_to(folder)) not in named]:
            yield strays


def delete_strays(database: Database, folder: Path, *, before: datetime) -> int:
    """Delete stored files older than `before` that no row names; how many."""
    count = 0
    for strays in iter_strays(database, folder, before=before):
        for path in strays:
            path.unlink(missing_ok=True)
        count += len(strays)
    return count


def delete_unnamed(database: Database, folder: Path, hashes: Collection[str]) -> int:
    """Delete the files of these contents at once, original and copies, where no row names them; how many."""
    named = _find_named(database, hashes)
    copies = (path for each in hashes for path in folder.glob(f"{each[:2]}/{each}.*"))
    paths = [path for path in copies if str(path.relative_to(folder)) not in named]
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def _is_old(path: Path, before: datetime) -> bool:
    return len(_hash_of(path)) == _HASH and path.stat().st_mtime < before.timestamp()


def _hash_of(path: Path) -> str:
    return path.name.partition(".")[0]


def _find_named(database: Database, hashes: Collection[str]) -> set[str]:
    """The paths, relative to the media folder, that rows of these contents name."""
    paths = Media.path, Media.clean_path, Media.thumb_path, Media.poster_path, Media.play_path
    columns = select(*paths).where(Media.sha256.in_(hashes))
    with database.read() as session:
        return {path for row in session.execute(columns) for path in row if path}
