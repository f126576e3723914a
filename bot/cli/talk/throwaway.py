"""A database that is thrown away afterwards, with the organisation of another one in it and nothing else."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, insert, select, text

from bot.config.loader import PACKAGE_ROOT
from bot.imports import import_org, parse_organisation
from models import schema
from models.calendar import CalendarDay
from models.database import Base, Database
from models.organisation import Account, Chat, Person, Unit
from models.places import PlaceName

_SAMPLE = PACKAGE_ROOT / "examples" / "haimen" / "org.yaml"
_COPIED: tuple[type[Base], ...] = (Unit, Person, Account, Chat, PlaceName, CalendarDay)
"""In the order in which they refer to each other."""
_SECRETS = {"webhook_key": None}


@contextmanager
def open_throwaway(source: Database, organisation: Path | None = None) -> Iterator[Database]:
    """An SQLite database with the organisation of `source`, or of a file; the sample's where there is none.

    No secret is copied, and nothing that people said or reported.
    """
    with tempfile.TemporaryDirectory(prefix="gridbot-talk-") as folder:
        database = Database(f"sqlite:///{folder}/talk.db")
        event.listen(database.engine, "connect", _disable_disk_sync)
        try:
            schema.create(database)
            if organisation is None and _has_organisation(source):
                _copy_organisation(source, database)
            else:
                with database.write() as session:
                    import_org(session, parse_organisation(organisation or _SAMPLE))
            yield database
        finally:
            database.dispose()


def _has_organisation(source: Database) -> bool:
    with source.read() as session:
        return bool(session.scalar(select(func.count()).select_from(Unit)))


def _copy_organisation(source: Database, target: Database) -> None:
    with source.read() as old, target.write() as new:
        # A unit may have a smaller id than the unit above it.
        new.execute(text("PRAGMA defer_foreign_keys = ON"))
        for model in _COPIED:
            table = model.__table__
            rows = [_without_secrets(dict(row)) for row in old.execute(select(table)).mappings()]
            if rows:
                new.execute(insert(model), rows)


def _without_secrets(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: value for name, value in _SECRETS.items() if name in row}


def _disable_disk_sync(connection: Any, _record: object) -> None:
    # What is thrown away need not outlive a power cut.
    connection.execute("PRAGMA synchronous=OFF").close()
