"""Rows that are written together: no statement of the transaction can tell, and nothing outlives it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import deferred_insert
from models.database import Database
from models.organisation import Unit


def _put(session: Session, *codes: str) -> None:
    none: list[str] = []
    named = {"name": "海门街道", "kind": "town", "aliases": none, "places": none, "keywords": none}
    deferred_insert.defer_insert(session, Unit, *({"code": code, **named} for code in codes))


def _fail(session: Session) -> None:
    _put(session, "Z")
    raise ZeroDivisionError


def _codes(session: Session) -> list[str]:
    return list(session.scalars(select(Unit.code).order_by(Unit.id)))


def _stored(database: Database) -> list[str]:
    with database.read() as session:
        return _codes(session)


@pytest.fixture
def written(database: Database) -> Iterator[list[str]]:
    """Every insert into the units, as it is sent."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO units"):
            found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def test_what_was_put_aside_is_stored_in_its_order_with_one_statement(
    database: Database, written: list[str]
) -> None:
    with database.write() as session:
        _put(session, "B", "A")
        _put(session, "C")
        assert not written
    assert _stored(database) == ["B", "A", "C"]
    assert len(written) == 1


def test_a_question_that_names_the_table_finds_it(database: Database) -> None:
    with database.write() as session:
        _put(session, "A")
        assert _codes(session) == ["A"]
        _put(session, "B")
        assert _codes(session) == ["A", "B"]


def test_what_the_session_stores_itself_comes_after_what_was_put_aside_before(database: Database) -> None:
    with database.write() as session:
        _put(session, "A")
        session.add(Unit(code="B", name="三厂街道", kind="town"))
    assert _stored(database) == ["A", "B"]


def test_a_transaction_that_fails_leaves_nothing_to_the_next_one(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        _fail(session)
    with database.write() as session:
        _put(session, "B")
    assert _stored(database) == ["B"]


def test_what_a_savepoint_undoes_is_what_came_after_it(database: Database) -> None:
    with database.write() as session:
        _put(session, "A")
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            _fail(session)
        _put(session, "C")
    assert _stored(database) == ["A", "C"]


def test_a_row_that_may_not_be_is_refused_at_the_end_of_its_savepoint(database: Database) -> None:
    with database.write() as session:
        _put(session, "A")
        with pytest.raises(IntegrityError), session.begin_nested():
            _put(session, "A")
        _put(session, "B")
    assert _stored(database) == ["A", "B"]


def test_a_row_that_may_not_be_fails_the_transaction(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        _put(session, "A", "A")
    assert _stored(database) == []


def _names(session: Session) -> list[str]:
    return list(session.scalars(select(Unit.name).order_by(Unit.id)))


def test_a_change_is_seen_at_once_in_what_was_loaded_and_in_the_table(database: Database) -> None:
    with database.write() as session:
        _put(session, "A", "B")
        unit = session.scalars(select(Unit).where(Unit.code == "A")).one()
        deferred_insert.defer_update(session, unit, name="三厂街道")
        deferred_insert.defer_update(session, unit, name="四甲镇", short="四甲")
        deferred_insert.defer_update(session, unit, name="余东镇")
        assert unit.name == "余东镇"
        assert _names(session) == ["余东镇", "海门街道"]
    with database.read() as session:
        assert _names(session) == ["余东镇", "海门街道"]


def _rename_and_fail(session: Session, unit: Unit) -> None:
    deferred_insert.defer_update(session, unit, name="三厂街道")
    raise ZeroDivisionError


def test_a_change_that_is_rolled_back_is_not_seen_any_more(database: Database) -> None:
    with database.write() as session:
        _put(session, "A")
        unit = session.scalars(select(Unit)).one()
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            _rename_and_fail(session, unit)
        assert unit.name == "海门街道"
