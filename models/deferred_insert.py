"""Deferred writes: rows nobody reads at once are written with one statement a table, not one a row.

Rows given to `defer_insert`, and changes given to `defer_update`, are written at the latest

    before the first statement of the transaction that names their table,
    before a savepoint begins or is released,
    before the transaction is committed,

so no query in the transaction can tell the difference. Rows of a table keep their order. They may
refer only to rows that are stored already.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, Engine, Insert, Update, bindparam, event, insert, inspect, update
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached, object_session
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from models import session_info

Row = Mapping[str, Any]
_Table = type[DeclarativeBase]
_Lot = tuple[Insert | Update, list[Row]]
"""Rows that one statement writes."""
_DeferredLots = dict[_Table, list[_Lot]]
"""Kept in `info` of the driver's connection, which belongs to one transaction at a time; empty in between."""
_KEY = "deferred_key"
"""Names the key of the row that is changed: no column is called so."""


def defer_insert(session: Session, table: type[DeclarativeBase], *rows: Row) -> None:
    """Insert these rows before the transaction ends. All rows of a table must name the same columns."""
    _defer(session, table, _insert_into(table), rows)


def defer_update(session: Session, instance: DeclarativeBase, **values: Any) -> None:
    """Set columns of a stored object at once, and of its row before the transaction ends.

    For what a burst of messages changes in one row each: the unit of work would write it before the next
    question, whatever that asks.
    """
    table = type(instance)
    (key,) = inspect(table).primary_key_from_instance(instance)
    _defer(session, table, _update_of(table, tuple(values)), [{_KEY: key, **values}])
    for column, value in values.items():
        set_committed_value(instance, column, value)
    session.info.setdefault(session_info.CHANGED, []).append(instance)


def forget_changes(session: Session) -> None:
    """After a rollback: read anew what `defer_update` changed, which the session takes for stored."""
    for instance in session.info.pop(session_info.CHANGED, ()):
        if object_session(instance) is session:
            session.expire(instance)


def _defer(session: Session, table: _Table, statement: Insert | Update, rows: Sequence[Row]) -> None:
    if not rows:
        return
    # `connection()` is called every time: only that begins a pending savepoint of the session.
    deferred = session.info[session_info.DEFERRED] = session.connection().info.setdefault(
        session_info.DEFERRED, {}
    )
    lots: list[_Lot] = deferred.setdefault(table, [])
    if not lots or lots[-1][0] is not statement:
        lots.append((statement, []))
    lots[-1][1].extend(rows)


@cache
def _insert_into(table: _Table) -> Insert:
    return insert(table)


@cache
def _update_of(table: _Table, columns: tuple[str, ...]) -> Update:
    """The statement that sets these columns of one row."""
    (key,) = inspect(table).primary_key
    return update(table).where(key == bindparam(_KEY)).values({name: bindparam(name) for name in columns})


def to_row(instance: DeclarativeBase) -> Row:
    """The row to insert for a transient object: its attributes without the id, without column defaults."""
    attributes = instance_dict(instance)
    return {key: attributes.get(key) for key in _list_columns(type(instance))}


@cache
def _list_columns(table: _Table) -> tuple[str, ...]:
    return tuple(key for key in inspect(table).columns.keys() if key != "id")  # noqa: SIM118 - no mapping


def flush_deferred(session: Session) -> None:
    """Write all deferred rows; called before a transaction or savepoint of the session ends well.

    A row that the database refuses then fails the whole block; at the release of a savepoint it would
    be too late to roll back.
    """
    if session.info.get(session_info.DEFERRED):
        session.flush()
        _flush_all(session.connection())


def install_listeners(engine: Engine) -> None:
    """Let this engine write the deferred rows of its transactions in time."""
    event.listen(engine, "before_cursor_execute", _flush_before_statement)
    event.listen(engine, "savepoint", _flush_before_savepoint)
    event.listen(engine, "rollback_savepoint", _discard_on_rollback)
    event.listen(engine, "rollback", _discard_on_rollback)


def _flush_before_statement(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    deferred: _DeferredLots | None = connection.info.get(session_info.DEFERRED)
    if deferred:
        for table in [table for table in deferred if table.__tablename__ in statement]:
            _flush_table(connection, deferred, table)


def _flush_before_savepoint(connection: Connection, *_: Any) -> None:
    _flush_all(connection)


def _discard_on_rollback(connection: Connection, *_: Any) -> None:
    """Forget the deferred rows: they came after the savepoint, or belong to the transaction rolled back."""
    # A lost connection has lost its rows as well.
    if not connection.invalidated:
        connection.info.get(session_info.DEFERRED, {}).clear()


def _flush_all(connection: Connection) -> None:
    deferred: _DeferredLots = connection.info.get(session_info.DEFERRED, {})
    for table in list(deferred):
        _flush_table(connection, deferred, table)


def _flush_table(connection: Connection, deferred: _DeferredLots, table: _Table) -> None:
    for statement, rows in deferred.pop(table, ()):
        connection.execute(statement, rows)


def insert_now(session: Session, instance: DeclarativeBase) -> None:
    """Insert a new object at once; the session then treats it as if it had loaded it."""
    attributes = instance_dict(instance)
    statement, blanks = _prepare_insert(type(instance))
    row = {key: attributes[key] if key in attributes else blank() for key, blank in blanks.items()}
    stored = session.connection().execute(statement, row)
    (number,) = cast("tuple[int]", stored.inserted_primary_key)
    # Past the instrumentation of each: what an object has as it is detached counts as loaded.
    attributes.update(row, id=number)
    make_transient_to_detached(instance)
    session.add(instance)


@cache
def _prepare_insert(table: _Table) -> tuple[Insert, dict[str, Callable[[], Any]]]:
    """The insert statement, and by column a function for its default; the id is left to the database."""
    columns = inspect(table).columns
    return insert(table), {
        key: _make_default(column.default) for key, column in columns.items() if key != "id"
    }


def _make_default(default: Any) -> Callable[[], Any]:
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else lambda: default.arg
