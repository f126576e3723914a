from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import delete, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from models import inbox, pushes, schema
from models.cases import IS_OPEN, IS_URGENT, Case
from models.clocks import IS_RUNNING, ClockRow
from models.database import Base, Database
from models.inbox import InboxRow
from models.notices import IS_PENDING, Notice
from models.pushes import Push
from models.reports import IS_WAITING, Report
from models.site_checks import IS_UNANSWERED, SiteCheck
from models.upkeep import SchemaFloor


def test_migrated_tables_are_exactly_what_the_models_say(database: Database) -> None:
    assert schema.list_differences(database) == []


def test_a_migrated_database_is_current(database: Database) -> None:
    assert schema.read_state(database) is schema.SchemaState.CURRENT


def test_the_newest_revision_is_the_one_that_alembic_names(sqlite_database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with sqlite_database.engine.connect() as connection:
        assert schema.read_revision(connection) == newest
    assert schema.read_state(sqlite_database) is schema.SchemaState.CURRENT


@pytest.mark.parametrize(
    ("found", "state"),
    [("0005", schema.SchemaState.OUTDATED), ("9999", schema.SchemaState.UNKNOWN)],
)
def test_a_schema_is_outdated_by_a_known_revision_and_unknown_by_any_other(
    sqlite_database: Database, found: str, state: schema.SchemaState
) -> None:
    with sqlite_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
        connection.execute(delete(SchemaFloor))
    assert schema.read_state(sqlite_database) is state


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    schema.upgrade(database)
    assert schema.read_state(database) is schema.SchemaState.CURRENT


PARTIAL = [
    index
    for table in Base.metadata.sorted_tables
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
]


def test_partial_indexes_are_migrated_in_the_words_of_the_models(sqlite_database: Database) -> None:
    """Alembic compares columns only; a condition in other words is never used by SQLite."""
    with sqlite_database.read() as session:
        rows = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
        stored = {str(row.name): str(row.sql) for row in rows}
    said = {str(index.name): str(CreateIndex(index).compile(dialect=sqlite.dialect())) for index in PARTIAL}
    assert len(said) == 69
    assert {name: " ".join(stored[name].split()) for name in said} == {
        name: " ".join(words.split()) for name, words in said.items()
    }


CONDITIONS = {
    "ix_cases_open_class": select(Case.id).where(IS_OPEN, Case.class_id == "1").order_by(Case.opened_at),
    "ix_cases_urgent": select(Case.id).where(IS_URGENT).order_by(Case.id),
    "ix_clocks_mark": select(ClockRow.id).where(IS_RUNNING).order_by(ClockRow.mark_at),
    "ix_inbox_dead": select(InboxRow.id).where(inbox.IS_DEAD).order_by(InboxRow.id),
    "ix_inbox_payload": select(InboxRow.id).where(inbox.HAS_OLD_PAYLOAD).order_by(InboxRow.id),
    "ix_inbox_ready": select(InboxRow.id).where(inbox.is_live()).order_by(InboxRow.id),
    "ix_notices_waiting": select(Notice.id).where(IS_PENDING).order_by(Notice.send_at),
    "ix_pushes_ready": select(Push.id).where(pushes.is_live()).order_by(Push.id),
    "ix_reports_due": select(Report.id).where(IS_WAITING).order_by(Report.due_at),
    "ix_surveys_waiting": select(SiteCheck.id).where(IS_UNANSWERED, SiteCheck.person_id == 1),
    "uq_inbox_one_leased_per_lane": select(InboxRow.id).where(inbox.IS_LEASED).order_by(InboxRow.lane),
    "uq_pushes_one_leased_per_lane": select(Push.id).where(pushes.IS_LEASED).order_by(Push.lane),
}


@pytest.mark.parametrize("index", CONDITIONS)
def test_a_query_with_the_condition_of_an_index_finds_it(sqlite_database: Database, index: str) -> None:
    words = CONDITIONS[index].compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    with sqlite_database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", (1,) * len(words.params)).all()
    assert index in str(plan)
