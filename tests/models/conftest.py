"""An office's filled database, as an older version left it, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection, make_url

from models import schema
from models.database import Database

FILLED = Path(__file__).parent / "data" / "filled-0004.sql"
REVISION = "0004"


@contextmanager
def make_sqlite(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder}/office.db")
    yield database
    database.dispose()


@contextmanager
def make_postgres(server: str) -> Iterator[Database]:
    """A database of its own beside that of the other tests."""
    admin = Database(server)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE office"))
        database = Database(make_url(server).set(database="office").render_as_string(hide_password=False))
        yield database
        database.dispose()
        connection.execute(text("DROP DATABASE office"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A filled database of the schema 0004."""
    made = (
        make_sqlite(tmp_path)
        if request.param == "sqlite"
        else make_postgres(request.getfixturevalue("postgres_url"))
    )
    with made as database:
        schema.upgrade(database, REVISION)
        with database.engine.begin() as connection:
            fill(connection)
        yield database


def fill(connection: Connection) -> None:
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    for statement in FILLED.read_text("utf-8").split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)
    if postgres:
        for table in inspect(connection).get_table_names():
            if any(column["name"] == "id" for column in inspect(connection).get_columns(table)):
                counter = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({counter}, max(id)) FROM {table}"))  # noqa: S608


def read_rows(database: Database, columns: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in these columns, as the driver gives it."""
    with database.engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(_select(name, of_table))), key=repr)
            for name, of_table in columns.items()
        }


def _select(table: str, columns: list[str]) -> str:
    # Reflecting a table took as long as the migration whose rows are looked at.
    return 'SELECT "{}" FROM "{}"'.format('", "'.join(columns), table)  # noqa: S608 - our own names


def list_columns(database: Database) -> dict[str, list[str]]:
    inspector = inspect(database.engine)
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    return {table: [column["name"] for column in inspector.get_columns(table)] for table in tables}
