"""How far a district has come: a waypoint is walked to twice, and from then on put back.

Hundreds of tests begin with the same reported, dispatched or signed case. What leads there is proved by the
tests of those steps; where it is only the beginning, putting back its rows takes a fifth of the walk.
"""

import sqlite3
from collections import Counter
from collections.abc import Hashable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import text

from handlers.environment.snapshot import Environment
from models.database import Database
from tests.databases import copy_template, keep_tables


class Rows(Protocol):
    """All rows of a database, kept under a number and put back."""

    def mark(self) -> Hashable:
        """Of what is stored: another one as soon as something is written."""

    def keep(self, number: int) -> None: ...

    def restore(self, number: int) -> None: ...


class SqliteRows:
    """Kept as files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._path = Path(database.url.removeprefix("sqlite:///"))
        self._folder = folder

    def mark(self) -> Hashable:
        """As in `Rows`; what was written lies in the log until the database is closed."""
        log, file = self._path.with_name(f"{self._path.name}-wal"), self._path.stat()
        return file.st_mtime_ns, file.st_size, log.stat().st_size if log.exists() else 0

    def keep(self, number: int) -> None:
        with (
            closing(sqlite3.connect(self._path)) as now,
            closing(sqlite3.connect(self._find_file(number))) as kept,
        ):
            now.backup(kept)

    def restore(self, number: int) -> None:
        copy_template(self._database, self._find_file(number))

    def _find_file(self, number: int) -> Path:
        return self._folder / f"waypoint-{number}.db"


class PostgresRows:
    """Kept in schemas of their own."""

    def __init__(self, database: Database, emptying: str) -> None:
        self._database = database
        self._emptying = emptying
        self._fillings: dict[int, str] = {}

    def mark(self) -> Hashable:
        """As in `Rows`; the server's own upkeep changes it too, and then one walks once more."""
        with self._database.read() as session:
            return str(session.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())")))

    def keep(self, number: int) -> None:
        with self._database.write() as session:
            self._fillings[number] = keep_tables(session, f"waypoint_{number}")

    def restore(self, number: int) -> None:
        with self._database.write() as session:
            session.execute(text(f"{self._emptying};{self._fillings[number]}"))


@dataclass(frozen=True, slots=True)
class Position:
    """Where a district stands, besides its rows."""

    env: Environment
    now: datetime
    message_count: int


class Waypoints:
    """Those of all districts in one database, which begin with the same rows and the same environment."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._walks: Counter[Hashable] = Counter()
        self._known: dict[Hashable, tuple[int, Position]] = {}

    def mark(self) -> Hashable:
        """See `Rows.mark`."""
        return self._rows.mark()

    def go(self, waypoint: Hashable) -> Position | None:
        """Put its rows back; where the district stands then, None as long as one has to walk."""
        if waypoint not in self._known:
            return None
        number, position = self._known[waypoint]
        self._rows.restore(number)
        return position

    def arrive(self, waypoint: Hashable, position: Position) -> None:
        """Somebody has walked here; the first who does may be the only one."""
        self._walks[waypoint] += 1
        if self._walks[waypoint] == 2:
            number = len(self._known)
            self._rows.keep(number)
            self._known[waypoint] = number, position
