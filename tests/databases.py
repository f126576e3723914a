"""SQLite files for tests: made once, copied for each test, on the quickest disk there is."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.database import Database

RAM_DISK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - whose name is made up anew
"""Where files are quick, if there is such a place."""


@contextmanager
def open_sqlite() -> Iterator[Database]:
    """One for many tests: it remembers how its questions are put, which takes a quarter of their time."""
    folder = tempfile.mkdtemp(prefix="gridbot-sqlite-", dir=RAM_DISK)
    database = Database(f"sqlite:///{folder}/gridbot.db")
    yield database
    database.dispose()
    shutil.rmtree(folder)


def copy_template(database: Database, template: Path) -> Database:
    """The same engine on a new file, a copy of this one."""
    database.dispose()
    path = Path(database.url.removeprefix("sqlite:///"))
    # Removed, not overwritten: whoever still has the old file open does no harm to the new one.
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copy(template, path)
    return database
