"""Two versions beside each other (docs/decisions/0022): what the release before says to its database still
holds when the database has been upgraded under it, on both databases.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table, select, update

from bot.ops.readiness import DatabaseProbe
from bot.ops.table_copy import copy_rows
from models import schema
from models.database import Database
from models.schema import PREVIOUS_RELEASE, SchemaState
from models.upkeep import SchemaFloor
from tests.conftest import NOON
from tests.databases import copy_template


def read_tables(database: Database) -> list[Table]:
    """The tables as they are, in the order of foreign keys."""
    found = MetaData()
    found.reflect(database.engine)
    about_itself = {"alembic_version", SchemaFloor.__tablename__}
    return [table for table in found.sorted_tables if table.name not in about_itself]


@pytest.fixture
def upgraded(office: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the newest schema, of the kind of the office's."""
    if not office.sqlite:
        yield request.getfixturevalue("postgres_database")
        return
    template = request.getfixturevalue("sqlite_template")
    database = copy_template(Database(f"sqlite:///{tmp_path}/new.db"), template)
    yield database
    database.dispose()


def test_the_old_programs_statements_still_hold(office: Database, upgraded: Database) -> None:
    """Every INSERT of its columns and no others, every SELECT and UPDATE of them, with an office's rows."""
    schema.upgrade(office, PREVIOUS_RELEASE)
    old = read_tables(office)
    with office.engine.connect() as here, upgraded.engine.begin() as there:
        for table in old:
            copy_rows(here, there, table)
        for table in old:
            before = sorted(map(tuple, here.execute(select(table))), key=repr)
            assert sorted(map(tuple, there.execute(select(table))), key=repr) == before, table.name
            there.execute(update(table).values({column: column for column in table.columns}))


def test_whatever_is_new_can_be_left_out(office: Database) -> None:
    """Expand: a new column of an old table is nullable or has a default in the database itself."""
    schema.upgrade(office, PREVIOUS_RELEASE)
    old = {table.name: set(table.columns.keys()) for table in read_tables(office)}
    schema.upgrade(office)
    new = {table.name: table for table in read_tables(office)}
    assert old.keys() <= new.keys(), "a table goes a release after nobody uses it (contract)"
    for name, columns in old.items():
        assert columns <= set(new[name].columns.keys()), f"{name}: likewise a column"
        demanding = [
            column.name
            for column in new[name].columns
            if column.name not in columns and not column.nullable and column.server_default is None
        ]
        assert demanding == [], name


def set_revision(database: Database, revision: str, floor: str) -> None:
    version = Table("alembic_version", MetaData(), autoload_with=database.engine)
    with database.engine.begin() as connection:
        connection.execute(update(version).values(version_num=revision))
        connection.execute(update(SchemaFloor).values(revision=floor))


def test_the_schema_says_which_programs_it_bears(database: Database) -> None:
    with database.read() as session:
        head = schema.read_revision(session.connection())
        assert session.scalars(select(SchemaFloor.revision)).all() == [PREVIOUS_RELEASE]
    try:
        set_revision(database, "9998", floor=head)
        assert schema.read_state(database) is SchemaState.AHEAD
        assert DatabaseProbe(database, clock=lambda: NOON)() == {}, "it goes on, and is ready"
        set_revision(database, "9999", floor="9998")
        assert schema.read_state(database) is SchemaState.UNKNOWN
        assert DatabaseProbe(database, clock=lambda: NOON)() == {"schema": "unknown"}
    finally:
        set_revision(database, head, floor=PREVIOUS_RELEASE)
