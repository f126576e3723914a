"""A row stored by a statement of its own is known to the session as if it had been loaded."""

from sqlalchemy import inspect, select

from models.database import Database
from models.deferred_insert import insert_now
from models.organisation import Unit


def test_it_has_its_id_and_what_its_columns_begin_with(database: Database) -> None:
    with database.write() as session:
        unit = Unit(code="HM", name="海门区", kind="district")
        insert_now(session, unit)
        assert inspect(unit).persistent
        assert (unit.id, unit.short, unit.aliases, unit.lead) == (1, "", [], None)
        assert session.get(Unit, 1) is unit


def test_it_is_stored_at_once(database: Database) -> None:
    with database.write() as session:
        insert_now(session, Unit(code="HM", name="海门区", kind="district"))
        assert session.connection().scalar(select(Unit.name)) == "海门区"


def test_what_changes_afterwards_is_stored_too(database: Database) -> None:
    with database.write() as session:
        unit = Unit(code="HM", name="海门区", kind="district")
        insert_now(session, unit)
        unit.name, unit.aliases = "南通市海门区", ["海门"]
    with database.read() as session:
        assert session.execute(select(Unit.name, Unit.aliases)).one() == ("南通市海门区", ["海门"])


def test_two_rows_share_no_list(database: Database) -> None:
    with database.write() as session:
        units = [Unit(code=code, name=code, kind="town") for code in ("A", "B")]
        for unit in units:
            insert_now(session, unit)
        assert units[0].aliases is not units[1].aliases
