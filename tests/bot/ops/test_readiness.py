"""Ready means able: a database that is locked, full, damaged, frozen or gone is found out in time."""

import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.ops.readiness import WITHIN, DatabaseProbe
from models import schema
from models.database import Database
from models.processes import WriteProbe
from tests.conftest import NOON


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database that a test may spoil."""
    database = Database(f"sqlite:///{tmp_path / 'own.db'}")
    schema.upgrade(database)
    yield database
    database.dispose()


def path_of(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def look(database: Database) -> dict[str, str]:
    """What the probe says, by limits of its own: the engine's would be thirty seconds, or none."""
    assert WITHIN < 2, "the promise"
    began = time.monotonic()
    found = dict(DatabaseProbe(database, clock=lambda: NOON)())
    assert time.monotonic() - began < 20
    return found


def test_a_look_writes(database: Database) -> None:
    assert look(database) == {}
    with database.read() as session:
        assert session.scalars(select(WriteProbe.at)).all() == [NOON]


def test_a_locked_database_is_not_ready(own: Database) -> None:
    with closing(sqlite3.connect(path_of(own), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert look(own) == {"database": "locked", "schema": "unknown"}
    assert look(own) == {}


def test_a_table_locked_in_postgresql_is_not_ready(postgres_database: Database) -> None:
    with postgres_database.write() as session:
        session.execute(text("LOCK TABLE write_probes IN ACCESS EXCLUSIVE MODE"))
        assert look(postgres_database)["database"] == "locked"
    assert look(postgres_database) == {}


@contextmanager
def no_file_grows() -> Iterator[None]:
    """As on a full disk: nothing can be written behind the end of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_not_ready(own: Database) -> None:
    with no_file_grows():
        found = look(own)
    assert found["database"] in ("full", "OperationalError")
    assert look(own) == {}


def test_a_damaged_file_is_not_ready(own: Database) -> None:
    assert look(own) == {}
    own.dispose()
    with path_of(own).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path_of(own).stat().st_size - 4096))
    assert look(own)["database"] == "damaged"


def test_damage_that_only_somebodys_work_meets_is_remembered(own: Database) -> None:
    own.dispose()
    with closing(sqlite3.connect(path_of(own))) as live:
        (page,) = live.execute("SELECT rootpage FROM sqlite_master WHERE name = 'topics'").fetchone()
    with path_of(own).open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    assert look(own) == {}
    with pytest.raises(Exception, match="malformed"), own.read() as session:
        session.execute(text("SELECT * FROM topics")).all()
    assert look(own)["database"] == "damaged"


def test_a_file_that_is_gone_is_not_made_anew(own: Database) -> None:
    own.dispose()
    path_of(own).unlink()
    assert look(own)["database"] == "missing"
    assert not path_of(own).exists()
