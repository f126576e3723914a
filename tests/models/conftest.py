"""An office's filled database, as an older version left it, on both databases."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection, make_url

from models import schema
from models.database import Database
from tests.databases import RAM_DISK

FILLED = Path(__file__).parent / "data" / "filled-0004.sql"
REVISION = "0004"


@contextmanager
def make_office(url: str, tmp: Path) -> Iterator[Database]:
    """An empty database: a file, or one beside that of the other tests where `url` names a server."""
    if not url:
        database = Database(f"sqlite:///{tmp}/office.db")
        yield database
        database.dispose()
        return
    with _create_database(url, "office"):
        database = Database(_name_database(url, "office"))
        yield database
        database.dispose()


@contextmanager
def copy_office(office: Database, name: str) -> Iterator[Database]:
    """A copy of this name beside it, for as long as a test wants it."""
    office.dispose()  # nobody may be in a database that is copied
    url = make_url(office.url)
    assert url.database is not None
    if office.sqlite:
        path = Path(shutil.copy(url.database, Path(url.database).with_name(f"{name}.db")))
        copy = Database(f"sqlite:///{path}")
        yield copy
        copy.dispose()
        path.unlink()
        return
    with _create_database(office.url, name, template=url.database):
        copy = Database(_name_database(office.url, name))
        yield copy
        copy.dispose()


@contextmanager
def _create_database(server: str, name: str, *, template: str = "template1") -> Iterator[None]:
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield
    _administer(server, f"DROP DATABASE {name}")


def _administer(server: str, statement: str) -> None:
    # By a connection of its own: an office lives as long as the session, and meanwhile another test may cut
    # every connection to the server's first database.
    admin = Database(_name_database(server, "postgres"))
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    admin.dispose()


def _name_database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def kept_office(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A filled database of the schema 0004, to be copied."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    with (
        tempfile.TemporaryDirectory(prefix="gridbot-office-", dir=RAM_DISK) as folder,
        make_office(url, Path(folder)) as database,
    ):
        schema.upgrade(database, REVISION)
        with database.engine.begin() as connection:
            fill(connection)
        yield database


@pytest.fixture
def office(kept_office: Database) -> Iterator[Database]:
    """A filled database of the schema 0004."""
    with copy_office(kept_office, "copied") as database:
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
    """The columns of every table, but of those that an upgrade writes of itself."""
    inspector = inspect(database.engine)
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version", "schema_floor"})
    return {table: [column["name"] for column in inspector.get_columns(table)] for table in tables}
