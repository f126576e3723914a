"""Rows that nobody looks at at once are written in lots: one statement a table instead of one a row.

What is put aside with `defer_insert` is written, at the latest,

    before the first statement of its transaction that names its table,
    before a savepoint begins or ends well,
    before the transaction is committed,

so nothing that is asked or written in the transaction can tell. Rows of a table keep the order they
were put aside in. They may refer only to rows that are stored.
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
"""Kept with the driver's connection, which belongs to one transaction at a time; empty between them."""


def defer_insert(session: Session, table: type[DeclarativeBase], *rows: Row) -> None:
    """Store these rows with this transaction. All rows of a table name the same columns."""
    # Asked every time: a savepoint of the session begins only when its connection is asked for.
    lots = session.info[session_info.DEFERRED] = session.connection().info.setdefault(
        session_info.DEFERRED, {}
    )
    lots.setdefault(table, []).extend(rows)


def to_row(instance: DeclarativeBase) -> Row:
    """What is to be stored of an object that no session knows: all it says, and no defaults."""
    keys = inspect(type(instance)).columns.keys()
    return {key: getattr(instance, key) for key in keys if key != "id"}


def flush_deferred(session: Session) -> None:
    """Store whatever was put aside: before a transaction or savepoint of the session ends well.

    What is refused then fails as a whole; the release of a savepoint would be too late to undo it.
    """
    if session.info.get(session_info.DEFERRED):
        session.flush()
        _flush_all(session.connection())


def install_listeners(engine: Engine) -> None:
    """Have the lots of this engine's transactions written in time."""
    event.listen(engine, "before_cursor_execute", _flush_before_statement)
    event.listen(engine, "savepoint", _flush_before_savepoint)
    event.listen(engine, "rollback_savepoint", _discard_on_rollback)
    event.listen(engine, "rollback", _discard_on_rollback)


def _flush_before_statement(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    lots: _DeferredRows | None = connection.info.get(session_info.DEFERRED)
    if lots:
        for table in [table for table in lots if table.__tablename__ in statement]:
            _flush_table(connection, lots, table)


def _flush_before_savepoint(connection: Connection, *_: Any) -> None:
    _flush_all(connection)


def _discard_on_rollback(connection: Connection, *_: Any) -> None:
    """All that is left came after the savepoint, or belongs to the transaction that is undone."""
    # A connection that was lost has forgotten it by itself.
    if not connection.invalidated:
        connection.info.get(session_info.DEFERRED, {}).clear()


def _flush_all(connection: Connection) -> None:
    lots: _DeferredRows = connection.info.get(session_info.DEFERRED, {})
    for table in list(lots):
        _flush_table(connection, lots, table)


def _flush_table(connection: Connection, deferred: _DeferredRows, table: type[DeclarativeBase]) -> None:
    rows: Sequence[Row] = deferred.pop(table, ())
    if rows:
        connection.execute(insert(table), rows)


_Table = type[DeclarativeBase]


def insert_now(session: Session, instance: DeclarativeBase) -> None:
    """Insert a new object; from now on the session knows it as if it had loaded it."""
    said = vars(instance)
    statement, blanks = _prepare_insert(type(instance))
    for key, blank in blanks.items():
        if key not in said:
            set_committed_value(instance, key, blank())
    row = {key: said[key] for key in blanks}
    stored = session.connection().execute(statement, row)
    (number,) = cast("tuple[int]", stored.inserted_primary_key)
    set_committed_value(instance, "id", number)
    make_transient_to_detached(instance)
    session.add(instance)


@cache
def _prepare_insert(table: _Table) -> tuple[Insert, dict[str, Callable[[], Any]]]:
    """The statement, and by key what stands in a column where nothing was said; the database gives the id."""
    columns = inspect(table).columns
    return insert(table), {
        key: _make_default(column.default) for key, column in columns.items() if key != "id"
    }


def _make_default(default: Any) -> Callable[[], Any]:
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else lambda: default.arg
