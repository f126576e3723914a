"""All rows of some cases, whatever tables there are: found by foreign keys, written as JSON, put back.

A family is a case with everything that was joined to it. Its rows are those of `cases`, those that point at
them, and those that point at these in turn: a table of a later version belongs to it without a word here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Date, Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from models.cases import Case
from models.database import Base, UTCDateTime
from models.spot_checks import SpotCheck
from models.suggestions import Publication
from models.topics import Topic, TopicCase

Row = dict[str, Any]
FamilyRows = Mapping[str, Sequence[Row]]
"""Name of each table to its rows, in the order of foreign keys."""
CASES: Table = Base.metadata.tables[Case.__tablename__]
ANCHORS: frozenset[str] = frozenset(each.__tablename__ for each in (Publication, SpotCheck, Topic, TopicCase))
"""Tables that speak of a case for others, too: a public page, a draw that can be proved, a topic's count.

A case that has rows there stays.
"""
_KEY = "id"


@cache
def list_tables() -> tuple[Table, ...]:
    """`cases`, and every table that may hold rows of a case, each after those that it refers to."""
    found = [CASES]
    for table in Base.metadata.sorted_tables:
        if table is not CASES and any(column.table in found for _, column in find_owners(table)):
            found.append(table)
    return tuple(found)


@cache
def find_owners(table: Table) -> list[tuple[Column[Any], Column[Any]]]:
    """The columns of a table that name a row of another by its one key, with that key."""
    keys = (key for key in table.foreign_key_constraints if len(key.elements) == 1)
    pairs = [(key.elements[0].parent, key.elements[0].column) for key in keys]
    return [(own, key) for own, key in pairs if list(key.table.primary_key) == [key]]


def load_families(session: Session, families: Mapping[int, int]) -> dict[int, dict[str, list[Row]]]:
    """The rows of these cases by family; `families`: id of each case to that of its family.

    A row that two families share is in both: whoever moves them finds it (`find_shared`).
    """
    found: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    owners: dict[str, dict[Any, set[int]]] = {CASES.name: {case: {root} for case, root in families.items()}}
    for table in list_tables():
        for row in _select_rows(session, table, owners):
            homes = _find_homes(table, row, owners)
            if _KEY in row and table is not CASES:
                owners.setdefault(table.name, {}).setdefault(row[_KEY], set()).update(homes)
            for home in homes:
                found[home][table.name].append(row)
    return {home: dict(rows) for home, rows in found.items()}


def _select_rows(
    session: Session, table: Table, owners: Mapping[str, Mapping[Any, set[int]]]
) -> Iterable[Row]:
    """Each row once, in the order of its key."""
    rows: dict[tuple[Any, ...], Row] = {}
    columns = [(own, key.table.name) for own, key in find_owners(table) if table is not CASES]
    for column, owner in [*columns, *([(table.c.id, table.name)] if table is CASES else [])]:
        if ids := list(owners.get(owner, ())):
            for row in session.execute(select(table).where(column.in_(ids))).mappings():
                rows.setdefault(tuple(row[part.key] for part in table.primary_key), dict(row))
    return [rows[key] for key in sorted(rows)]


def _find_homes(table: Table, row: Row, owners: Mapping[str, Mapping[Any, set[int]]]) -> set[int]:
    if table is CASES:
        return owners[table.name][row[_KEY]]
    homes: set[int] = set()
    for own, key in find_owners(table):
        homes |= owners.get(key.table.name, {}).get(row[own.key], set())
    return homes


def find_shared(families: Mapping[int, FamilyRows]) -> set[int]:
    """The families that have a row in common with another, or point at a case outside of theirs."""
    holders: dict[tuple[str, Any], set[int]] = defaultdict(set)
    shared: set[int] = set()
    for home, tables in families.items():
        own = {row[_KEY] for row in tables[CASES.name]}
        for name, rows in tables.items():
            pointers = [own_column.key for own_column, key in find_owners(Base.metadata.tables[name])
                        if key.table is CASES]  # fmt: skip
            for row in rows:
                if any(row[column] is not None and row[column] not in own for column in pointers):
                    shared.add(home)
                holders[name, tuple(row[part.key] for part in Base.metadata.tables[name].primary_key)].add(
                    home
                )
    return shared.union(*(homes for homes in holders.values() if len(homes) > 1))


def delete_rows(session: Session, tables: FamilyRows) -> None:
    """Delete these rows, those that refer to others first."""
    _point_nowhere(session, tables)
    connection = session.connection()
    for table in reversed(list_tables()):
        if rows := tables.get(table.name):
            key = list(table.primary_key)
            one = delete(table).where(*(part == bindparam(part.key) for part in key))
            connection.execute(one, [{part.key: row[part.key] for part in key} for row in rows])


def _point_nowhere(session: Session, tables: FamilyRows) -> None:
    """Cases of a family point at each other, whichever of them is deleted first."""
    ids = [row[_KEY] for row in tables[CASES.name]]
    session.execute(update(CASES).where(CASES.c.id.in_(ids)).values({CASES.c.parent_id: None}))


def insert_rows(session: Session, tables: FamilyRows) -> None:
    """Put these rows back. Cases keep their ids; any other row whose id was given away meanwhile gets a new
    one, and what refers to it follows.
    """
    moved: dict[tuple[str, Any], Any] = {}
    session.execute(insert(CASES), [row | {"parent_id": None} for row in tables[CASES.name]])
    for row in tables[CASES.name]:
        pointer = {CASES.c.parent_id: row["parent_id"]}
        session.execute(update(CASES).where(CASES.c.id == row[_KEY]).values(pointer))
    for table in list_tables()[1:]:
        owners = find_owners(table)
        rows = [
            row | {own.key: moved.get((key.table.name, row[own.key]), row[own.key]) for own, key in owners}
            for row in tables.get(table.name, ())
        ]
        taken = _find_taken(session, table, rows)
        if free := [row for row in rows if row.get(_KEY) not in taken]:
            session.execute(insert(table), free)
        for row in rows:
            if row.get(_KEY) in taken:
                values = {key: value for key, value in row.items() if key != _KEY}
                made = session.scalars(insert(table).values(values).returning(table.c.id))
                moved[table.name, row[_KEY]] = made.one()


def _find_taken(session: Session, table: Table, rows: Sequence[Row]) -> set[Any]:
    """The ids of these rows that other rows have by now."""
    ids = [row[_KEY] for row in rows if _KEY in row]
    return set(session.scalars(select(table.c.id).where(table.c.id.in_(ids)))) if ids else set()


def list_stored_files(tables: FamilyRows) -> dict[str, str]:
    """Name of every stored file of these rows to the hash of its original."""
    columns = ("path", "clean_path", "thumb_path", "poster_path", "play_path")
    return {
        row[column]: row["sha256"] for row in tables.get("media", ()) for column in columns if row[column]
    }


# As JSON -------------------------------------------------------------------------------------


def to_json(tables: FamilyRows) -> dict[str, list[Row]]:
    """The same with times and days as text."""
    return {
        name: [
            {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}
            for row in rows
        ]
        for name, rows in tables.items()
    }


def from_json(tables: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """As they were. What a later version has no column for any more is left out."""
    known = Base.metadata.tables
    return {
        name: [
            {
                key: _read_value(known[name].c[key], value)
                for key, value in row.items()
                if key in known[name].c
            }
            for row in rows
        ]
        for name, rows in tables.items()
        if name in known
    }


def _read_value(column: Column[Any], value: Any) -> Any:
    if isinstance(value, str) and isinstance(column.type, UTCDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(value, str) and isinstance(column.type, Date) else value
