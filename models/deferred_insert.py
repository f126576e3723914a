"""Deferred inserts: rows nobody reads at once are inserted with one statement a table, not one a row.

Rows given to `defer_insert` are inserted at the latest

    before the first statement of the transaction that names their table,
    before a savepoint begins or is released,
    before the transaction is committed,

so no query in the transaction can tell the difference. Rows of a table keep their order. They may
refer only to rows that are stored already.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, Engine, Insert, event, insert, inspect
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from models import session_info

Row = Mapping[str, Any]
_DeferredRows = dict[type[DeclarativeBase], list[Row]]
"""Kept in `info` of the driver's connection, which belongs to one transaction at a time; empty in between."""


def defer_insert(session: Session, table: type[DeclarativeBase], *rows: Row) -> None:
    """Insert these rows before the transaction ends. All rows of a table must name the same columns."""
    # `connection()` is called every time: only that begins a pending savepoint of the session.
    deferred = session.info[session_info.DEFERRED] = session.connection().info.setdefault(
        session_info.DEFERRED, {}
    )
    deferred.setdefault(table, []).extend(rows)


def to_row(instance: DeclarativeBase) -> Row:
    """The row to insert for a transient object: its attributes without the id, without column defaults."""
    keys = inspect(type(instance)).columns.keys()
    return {key: getattr(instance, key) for key in keys if key != "id"}


def flush_deferred(session: Session) -> None:
    """Insert all deferred rows; called before a transaction or savepoint of the session ends well.

    A row that the database refuses then fails the whole block; at the release of a savepoint it would
    be too late to roll back.
    """
    if session.info.get(session_info.DEFERRED):
        session.flush()
        _flush_all(session.connection())


def install_listeners(engine: Engine) -> None:
    """Let this engine insert the deferred rows of its transactions in time."""
    event.listen(engine, "before_cursor_execute", _flush_before_statement)
    event.listen(engine, "savepoint", _flush_before_savepoint)
    event.listen(engine, "rollback_savepoint", _discard_on_rollback)
    event.listen(engine, "rollback", _discard_on_rollback)


def _flush_before_statement(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    deferred: _DeferredRows | None = connection.info.get(session_info.DEFERRED)
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
    deferred: _DeferredRows = connection.info.get(session_info.DEFERRED, {})
    for table in list(deferred):
        _flush_table(connection, deferred, table)


def _flush_table(connection: Connection, deferred: _DeferredRows, table: type[DeclarativeBase]) -> None:
    rows: Sequence[Row] = deferred.pop(table, ())
    if rows:
        connection.execute(insert(table), rows)


_Table = type[DeclarativeBase]


def insert_now(session: Session, instance: DeclarativeBase) -> None:
    """Insert a new object at once; the session then treats it as if it had loaded it."""
    attributes = vars(instance)
    statement, blanks = _prepare_insert(type(instance))
    for key, blank in blanks.items():
        if key not in attributes:
            set_committed_value(instance, key, blank())
    row = {key: attributes[key] for key in blanks}
    stored = session.connection().execute(statement, row)
    (number,) = cast("tuple[int]", stored.inserted_primary_key)
    set_committed_value(instance, "id", number)
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
