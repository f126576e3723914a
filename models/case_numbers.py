"""Case numbers, `WG261121-0031`: prefix, local date, and a serial that runs on through the year.

The serial alone names a case of this year: what people type. It never begins again before the year ends,
has at least four digits, and may leave gaps: on PostgreSQL it comes from a sequence, which no transaction
waits for and none takes back, on SQLite from a row of `counters`, where only one writes at a time.

Versions before counted anew each day. The first serial a year gets from here stands above all of those.
"""

import re

from sqlalchemy import ColumnElement, Connection, Integer, cast, func, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from models import deferred_insert
from models.case_archive import ArchivedCase
from models.cases import Case, Counter

_CREATING = 0x67726964_63617365
"""Any number no other lock of this database has; the letters of `gridcase`."""


WHOLE = re.compile(r"[A-Z]{1,4}\d{6}-\d{4,8}")
"""A whole number, as it is written."""


def format_number(prefix: str, day: str, serial: int) -> str:
    """`WG261121-0031`; `day` is YYMMDD."""
    return f"{prefix}{day}-{serial:04d}"


def serial_of(number: str) -> str:
    """The serial of a whole number, with its zeros: `0031`."""
    return number.rpartition("-")[2]


def year_of(number: str) -> int:
    """The year in a whole number."""
    return 2000 + int(number.rpartition("-")[0][-6:-4])


def has_serial(serial: str) -> tuple[ColumnElement[bool], ...]:
    """Cases with exactly these digits as their serial, in whichever year."""
    return _have_serial(Case, serial)


def has_archived_serial(serial: str) -> tuple[ColumnElement[bool], ...]:
    """The same of cases in the archive."""
    return _have_serial(ArchivedCase, serial)


def _have_serial(table: type[Case] | type[ArchivedCase], serial: str) -> tuple[ColumnElement[bool], ...]:
    # What older versions numbered beyond 9,999 on one day is kept under the last four digits.
    return table.tail.in_(sorted({serial, serial[-4:]})), table.number.like(f"%-{serial}")


def next_serial(session: Session, year: int) -> int:
    """The next serial of a year; never given to two cases."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return _count_on(session, year)
    name = f"case_serial_{year}"
    following = select(func.nextval(func.to_regclass(name)))
    # NULL where there is no such sequence; an error would end the transaction.
    serial: int | None = connection.execute(following).scalar()
    return _begin_sequence(connection.engine, name, year) if serial is None else serial


def _count_on(session: Session, year: int) -> int:
    # Nobody else writes meanwhile, so that what a burst of cases counts is written once.
    counter = session.get(Counter, f"case:{year}")
    if counter is None:
        serial = _find_highest(session.connection(), year) + 1
        session.add(Counter(name=f"case:{year}", value=serial))
        session.flush()
        return serial
    deferred_insert.defer_update(session, counter, value=counter.value + 1)
    return counter.value


def _begin_sequence(engine: Engine, name: str, year: int) -> int:
    """The first serial of a year, in a transaction of its own: nobody waits until its case is stored.

    A transaction that began before may go on seeing no sequence, and come here again.
    """
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
        first = _find_highest(connection, year) + 1
        connection.execute(text(f"CREATE SEQUENCE IF NOT EXISTS {name} START WITH {first}"))
        serial: int = connection.execute(select(func.nextval(name))).scalar_one()
        return serial


def begin_sequences(connection: Connection) -> None:
    """On PostgreSQL, go on where the counters of a SQLite database stood whose rows were copied here."""
    years = select(Counter.name, Counter.value).where(Counter.name.like("case:____"))
    for name, value in connection.execute(years).all():
        connection.execute(text(f"CREATE SEQUENCE case_serial_{int(name[-4:])} START WITH {value + 1}"))


def _find_highest(connection: Connection, year: int) -> int:
    """The highest serial among the numbers of a year; 0 where it has none."""
    position = func.instr if connection.dialect.name == "sqlite" else func.strpos
    dash = position(Case.number, "-")
    highest = select(func.max(cast(func.substr(Case.number, dash + 1), Integer))).where(
        func.substr(Case.number, dash - 6, 2) == f"{year % 100:02d}"
    )
    return connection.execute(highest).scalar() or 0
