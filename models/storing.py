"""A new row stored at once, by its own statement.

The unit of work sorts and follows everything that a session knows, which for one row that depends on
nothing else in it takes longer than storing it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, insert, inspect
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

_Table = type[DeclarativeBase]


def store(session: Session, instance: DeclarativeBase) -> None:
    """Insert a new object; from now on the session knows it as if it had loaded it."""
    said = vars(instance)
    statement, blanks = _prepared(type(instance))
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
def _prepared(table: _Table) -> tuple[Insert, dict[str, Callable[[], Any]]]:
    """The statement, and by key what stands in a column where nothing was said; the database gives the id."""
    columns = inspect(table).columns
    return insert(table), {key: _blank(column.default) for key, column in columns.items() if key != "id"}


def _blank(default: Any) -> Callable[[], Any]:
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else lambda: default.arg
