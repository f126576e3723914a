from models import schema
from models.database import Database


def test_migrated_tables_are_exactly_what_the_models_say(database: Database) -> None:
    assert schema.list_differences(database) == []


def test_a_migrated_database_is_current(database: Database) -> None:
    assert schema.read_state(database) is schema.SchemaState.CURRENT


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    schema.upgrade(database)
    assert schema.read_state(database) is schema.SchemaState.CURRENT
