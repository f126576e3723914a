"""A whole SQLite database copied into an empty PostgreSQL, row by row, in one transaction on each side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from models import case_numbers, schema
from models.database import Base, Database
from models.processes import DEAD_AFTER, Process
from models.upkeep import SchemaFloor

ReportTables = Callable[[int, int], None]
"""Called with how many tables are copied and how many there are."""
_AT_ONCE = 1_000
"""Rows in memory at a time."""


class CopyRefused(Exception):
    """Nothing was copied; `str` is the sentence for the terminal."""


def _ignore_tables(_done: int, _total: int) -> None:
    """The default for `report`: no progress is shown."""


def copy_database(
    source: Database, target: Database, *, now: datetime, report: ReportTables = _ignore_tables
) -> Mapping[str, tuple[int, int]]:
    """Copy every table; how many rows each has here and there, by name, in the order of foreign keys.

    The target is made up to date where it has no tables. Everything is there in the end, or nothing. Raises
    CopyRefused where the source runs or is of another version, the target holds rows, a row does not fit,
    or the numbers of rows differ. `now`: aware UTC.
    """
    if not source.sqlite or target.sqlite:
        raise CopyRefused("只能从 SQLite 复制到 PostgreSQL")
    _require_at_rest(source, now)
    if schema.read_state(target) is schema.SchemaState.EMPTY:
        schema.upgrade(target)
    if schema.read_state(target) is not schema.SchemaState.CURRENT:
        raise CopyRefused("目标数据库不是空的，也不是这个版本的 gridbot 建的")
    # What the schema says of itself came with the schema.
    tables = [table for table in Base.metadata.sorted_tables if table is not SchemaFloor.__table__]
    with source.engine.connect() as here, target.engine.begin() as there:
        _require_empty(there, tables)
        for done, table in enumerate(tables, start=1):
            _copy_checked(here, there, table)
            report(done, len(tables))
        _set_counters(there, tables)
        case_numbers.begin_sequences(there)
        counts = {table.name: (_count(here, table), _count(there, table)) for table in tables}
        if wrong := [name for name, (before, after) in counts.items() if before != after]:
            raise CopyRefused(f"这些表的行数不一样，没有复制：{'、'.join(wrong)}")
    return counts


def _require_at_rest(source: Database, now: datetime) -> None:
    if schema.read_state(source) is not schema.SchemaState.CURRENT:
        raise CopyRefused("原来的数据库不是这个版本的，请先 gridbot db upgrade")
    with source.read() as session:
        alive = session.scalar(select(func.count()).where(Process.beat_at > now - DEAD_AFTER))
    if alive:
        raise CopyRefused("gridbot 还在运行，之后写入的会漏掉；请先停下，过 15 秒再复制")


def _require_empty(target: Connection, tables: Iterable[Table]) -> None:
    filled = [table.name for table in tables if target.execute(select(table).limit(1)).first() is not None]
    if filled:
        raise CopyRefused(f"目标数据库里已经有数据（{'、'.join(filled[:3])}），不会覆盖")


def _copy_checked(here: Connection, there: Connection, table: Table) -> None:
    try:
        copy_rows(here, there, table)
    except (DBAPIError, ValueError) as error:
        # Of SQLAlchemy's error the text holds the rows: the driver's own first line does not.
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise CopyRefused(f"表 {table.name} 里有放不进去的内容：{reason}") from None


def copy_rows(here: Connection, there: Connection, table: Table) -> None:
    """Copy the rows of one table, some at a time; the tables that it refers to are copied already.

    What points at other rows of the same table is filled in once all of them are there.
    """
    inward = [key.parent for key in table.foreign_keys if key.column.table is table]
    key = list(table.primary_key)
    for rows in _read_lots(here, table, table.columns):
        there.execute(insert(table), [row | dict.fromkeys(column.key for column in inward) for row in rows])
    for column in inward:
        fill = update(table).where(*(part == bindparam(f"_{part.key}") for part in key))
        for rows in _read_lots(here, table, [*key, column], column.is_not(None)):
            pointers = [
                {column.key: row[column.key]} | {f"_{part.key}": row[part.key] for part in key}
                for row in rows
            ]
            there.execute(fill.values({column: bindparam(column.key)}), pointers)


def _read_lots(
    connection: Connection, table: Table, columns: Iterable[Column[Any]], *conditions: Any
) -> Iterable[Sequence[dict[str, Any]]]:
    query = select(*columns).where(*conditions).order_by(*table.primary_key)
    found = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _set_counters(target: Connection, tables: Iterable[Table]) -> None:
    """Rows that come next are numbered above those that were copied."""
    for table in tables:
        column = table.autoincrement_column
        if column is None:
            continue
        counter = func.pg_get_serial_sequence(table.name, column.name)
        highest = select(func.max(column)).scalar_subquery()
        # Of an empty table it stays; `setval` of NULL does nothing.
        target.execute(select(func.setval(counter, highest)))
