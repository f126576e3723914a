"""Whether the database can be worked with: it is asked to store something, and to show its newest rows.

A database that only answers may be locked, full, read-only or damaged: whoever is sent to this process
would then not be heard. The probe has a connection of its own, made for each look, so that neither a
pool in use nor what a connection remembers of a file answers for the database.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from models import schema
from models.cases import Case
from models.database import CONNECT_ARGUMENTS, Database, find_error_code
from models.inbox import InboxRow
from models.processes import WriteProbe
from models.pushes import Push

WITHIN = 1.5
"""Seconds for a whole look; whoever asks /readyz has its answer within 2."""
_BUSY = 1.0
"""Seconds to wait for somebody else's write."""
_WORDS = {
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "55P03": "locked",  # lock_not_available
    "57014": "locked",  # query_canceled, by statement_timeout
    "SQLITE_FULL": "full",
    "53100": "full",  # disk_full
    "SQLITE_READONLY": "read-only",
    "25006": "read-only",  # read_only_sql_transaction: a replica
    "SQLITE_CANTOPEN": "missing",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
    "XX001": "damaged",  # data_corrupted
    "XX002": "damaged",  # index_corrupted
}
"""One word for /readyz by SQLite's result code or PostgreSQL's SQLSTATE."""


class DatabaseProbe:
    """Call it to look; it blocks for as long as the database makes it."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._engine = _build_engine(database)

    def __call__(self) -> Mapping[str, str]:
        """The database and its schema, where they are not ready: part to reason. Empty when both are."""
        if self._database.is_damaged:
            # Met by somebody's work; it does not heal by itself.
            return {"database": "damaged"}
        try:
            with self._engine.connect() as connection:
                state = schema.compute_state(connection)
                if not state.is_usable:
                    return {"schema": str(state)}
                _read_newest_rows(connection)
                _store_probe(connection, self._clock())
                connection.commit()
        except SQLAlchemyError as error:
            word = _describe(error)
            return {"database": word, "schema": "empty" if word == "missing" else "unknown"}
        return {}


def _describe(error: SQLAlchemyError) -> str:
    code = find_error_code(error) if isinstance(error, DBAPIError) else ""
    return _WORDS.get(code) or next(
        (word for start, word in _WORDS.items() if code.startswith(f"{start}_")), type(error).__name__
    )


def _read_newest_rows(connection: Connection) -> None:
    """Where the next rows will be written."""
    for table in (InboxRow, Case, Push):
        connection.execute(select(table.__table__).order_by(table.id.desc()).limit(1)).all()


def _store_probe(connection: Connection, now: datetime) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(WriteProbe).values(name="readyz", at=now)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def _build_engine(database: Database) -> Engine:
    if not database.sqlite:
        # The least that libpq takes to connect.
        arguments = {**CONNECT_ARGUMENTS, "connect_timeout": 2, "application_name": database.name}
        engine = create_engine(database.url, poolclass=NullPool, connect_args=arguments)
        event.listen(engine, "begin", _limit_waits)
        return engine
    path = database.engine.url.database or ""

    def connect() -> Any:
        # Never makes the file: a database that is gone is not an empty one.
        address = f"file:{quote(path)}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=_BUSY, check_same_thread=False)
        connection.isolation_level = None  # `_begin_writing` begins the transactions
        return connection

    engine = create_engine("sqlite://", poolclass=NullPool, creator=connect)
    event.listen(engine, "begin", _begin_writing)
    return engine


def _limit_waits(connection: Connection) -> None:
    # Of the transaction alone: a pooler neither takes options nor keeps what is set for a session.
    connection.exec_driver_sql(
        f"SET LOCAL statement_timeout = {int(WITHIN * 1000)}; SET LOCAL lock_timeout = {int(_BUSY * 1000)}"
    )


def _begin_writing(connection: Connection) -> None:
    # One that has read before it writes is refused at once, without waiting for the other writer.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
