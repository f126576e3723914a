"""The schema of a database: its state, and how it is brought up to date."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, inspect, select, text
from sqlalchemy.engine import Connection

from models import (
    access_tokens,
    approvals,
    archive,
    calendar,
    case_archive,
    case_links,
    cases,
    charges,
    clocks,
    console,
    contacts,
    desk_lines,
    doors,
    group_talk,
    inbox,
    link_keys,
    meetings,
    notices,
    organisation,
    parties,
    pending_commands,
    personal_data,
    places,
    processes,
    proposals,
    published_reports,
    pull_cursors,
    pushes,
    reading_rights,
    reports,
    responsibilities,
    sign_offs,
    site_checks,
    spot_checks,
    staffing,
    suggestions,
    topics,
    understandings,
    upkeep,
    voices,
)
from models.database import Base, Database
from models.upkeep import SchemaFloor

TABLE_MODULES = (
    access_tokens,
    calendar,
    case_archive,
    case_links,
    cases,
    charges,
    clocks,
    console,
    contacts,
    desk_lines,
    doors,
    group_talk,
    inbox,
    link_keys,
    meetings,
    notices,
    organisation,
    parties,
    personal_data,
    places,
    pending_commands,
    processes,
    proposals,
    published_reports,
    pull_cursors,
    pushes,
    reading_rights,
    reports,
    responsibilities,
    approvals,
    archive,
    sign_offs,
    site_checks,
    spot_checks,
    staffing,
    suggestions,
    topics,
    understandings,
    upkeep,
    voices,
)
"""Imported so that the metadata knows every table."""

if TYPE_CHECKING:
    from alembic.config import Config

# alembic is loaded where a schema is made or changed: every start asks what the state is, and it would be a
# tenth of it, with all the migrations that were ever made.
_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^(revision|down_revision)\b[^=\n]*= "?(\w+)"?$', re.MULTILINE)

PREVIOUS_RELEASE = "0038"
"""Newest revision of the release before this one, whose processes may run beside ours (docs/decisions/0022).

Whoever releases sets it to the revision that the release before had. `tests/models/test_side_by_side.py`
shows that what those processes say to the database still holds.
"""

_VERSION_TABLE = "alembic_version"
_UPGRADE_LOCK = 0x67726964
"""Any constant: two processes that start at once upgrade one after the other (PostgreSQL)."""


class SchemaState(StrEnum):
    """How the schema of a database stands to this program."""

    EMPTY = "empty"
    OUTDATED = "outdated"
    CURRENT = "current"
    AHEAD = "ahead"
    """Of a newer version, which says that this program may go on with it."""
    UNKNOWN = "unknown"
    """Made by a newer version of gridbot that does not bear this one, or by another program."""

    @property
    def is_usable(self) -> bool:
        """Whether this program may work with it."""
        return self in (SchemaState.CURRENT, SchemaState.AHEAD)


def _build_config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


@cache
def _read_revisions() -> Mapping[str, str]:
    """Each revision that this program knows, with the one before it; "None" before the first."""
    files = (_MIGRATIONS / "versions").glob("*.py")
    named = (dict(_REVISION.findall(file.read_text(encoding="utf-8"))) for file in files)
    return {each["revision"]: each["down_revision"] for each in named if each}


def read_state(database: Database) -> SchemaState:
    """The state of the schema. Raises SQLAlchemyError where the database does not answer."""
    with database.engine.connect() as connection:
        return compute_state(connection)


def read_revision(connection: Connection) -> str:
    """The revision of the schema; "" where there is none."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return ""
    return connection.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}")) or ""  # noqa: S608 - our own name


def compute_state(connection: Connection) -> SchemaState:
    """The state of the schema that this connection sees."""
    found, before = read_revision(connection), _read_revisions()
    if not found:
        return SchemaState.UNKNOWN if inspect(connection).has_table("cases") else SchemaState.EMPTY
    if found in before:
        return SchemaState.OUTDATED if found in before.values() else SchemaState.CURRENT
    return SchemaState.AHEAD if _read_floor(connection) in before else SchemaState.UNKNOWN


def _read_floor(connection: Connection) -> str:
    """The oldest revision whose program the schema bears; "" where it does not say."""
    if not inspect(connection).has_table(SchemaFloor.__tablename__):
        return ""
    return connection.scalar(select(SchemaFloor.revision)) or ""


def _write_floor(connection: Connection) -> None:
    connection.execute(delete(SchemaFloor))
    connection.execute(insert(SchemaFloor).values(id=1, revision=PREVIOUS_RELEASE))


def create(database: Database) -> None:
    """Make the tables as the models define them: for an empty database that is thrown away, never upgraded.

    A sixth of what the migrations take.
    """
    Base.metadata.create_all(database.engine)


def upgrade(database: Database, revision: str = "head") -> None:
    """Create the schema or bring it up to a revision, the newest by default, and say whom it bears.

    One that is AHEAD must not be passed in. Safe to call from several processes at once.
    """
    from alembic import command

    with (
        database.engine.execution_options(gridbot_immediate=True).connect() as connection,
        loose_references(connection) if database.sqlite else nullcontext(),
    ):
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        config = _build_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if compute_state(connection) is SchemaState.CURRENT:
            _write_floor(connection)
        if database.sqlite and (dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"rows that point nowhere: {dangling[:5]}")
        connection.commit()


@contextmanager
def loose_references(connection: Connection) -> Iterator[None]:
    """References are checked once in the end: SQLite changes a key by making its table anew.

    As its documents say, https://www.sqlite.org/lang_altertable.html#otheralter.
    """
    pragma = connection.connection.cursor()
    # It does nothing within a transaction, and this connection has not begun one.
    pragma.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        pragma.execute("PRAGMA foreign_keys=ON")
        pragma.close()


def list_differences(database: Database) -> list[str]:
    """Differences between the tables as migrated and as the models define them; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def make_revision(database: Database, message: str) -> None:
    """Write a migration file with the differences between the models and this database."""
    from alembic import command

    with database.engine.connect() as connection:
        config = _build_config()
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)
