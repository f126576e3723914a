"""Databases for tests: made once, copied for each test, on the quickest disk there is."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.database import Base, Database

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


def keep_tables(session: Session, schema: str) -> str:
    """Copy what stands in PostgreSQL's tables aside; the statements that put it back into empty ones."""
    session.execute(text(f"CREATE SCHEMA {schema}"))
    statements = ["SET LOCAL session_replication_role = replica"]  # foreign keys need not be looked at
    for table in Base.metadata.sorted_tables:
        if session.scalar(text(f"SELECT EXISTS (SELECT FROM {table.name})")):  # noqa: S608 - our own tables
            session.execute(text(f"CREATE TABLE {schema}.{table.name} AS TABLE {table.name}"))
            # What a migration puts into a table is there already.
            statements.append(
                f"INSERT INTO {table.name} SELECT * FROM {schema}.{table.name} ON CONFLICT DO NOTHING"  # noqa: S608
            )
    counters = session.scalars(text("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S'")).all()
    for name in counters:
        if name.startswith("case_serial_"):
            statements.append(f"CREATE SEQUENCE IF NOT EXISTS {name}")
        last, is_called = session.execute(text(f"SELECT last_value, is_called FROM {name}")).one()  # noqa: S608
        if is_called:
            statements.append(f"SELECT setval('{name}', {last})")
    return ";".join(statements)
