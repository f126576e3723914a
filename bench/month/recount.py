"""The figures of a month once more, as `recount.sql` counts them: from the record, not by the program."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from handlers.insight.periods import Period

Key = tuple[str, str, str]
"""Table, line and figure."""
_SCRIPT = Path(__file__).with_name("recount.sql")
_TABLE = "-- table: "


def recount(path: Path, zone: ZoneInfo, period: Period, *, now: datetime) -> Mapping[Key, int]:
    """What a database file says of the period at that moment (aware). Zeros are left out."""
    prepare, *tables = _SCRIPT.read_text(encoding="utf-8").split(_TABLE)
    found: dict[Key, int] = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TEMP TABLE period (begins, ends, now, first, last)")
        moments = map(_spell, (*period.bounds(zone), now))
        connection.execute(
            "INSERT INTO period VALUES (?, ?, ?, ?, ?)", (*moments, f"{period.first}", f"{period.last}")
        )
        connection.executescript(prepare)
        for each in tables:
            table, _, query = each.partition("\n")
            found.update(_read_table(connection, table, query))
    return {key: number for key, number in found.items() if number}


def _spell(moment: datetime) -> str:
    """As SQLite has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _read_table(connection: sqlite3.Connection, table: str, query: str) -> Iterator[tuple[Key, int]]:
    rows = connection.execute(query)
    _, *names = (column[0] for column in rows.description)
    for line, *numbers in rows:
        for name, number in zip(names, numbers, strict=True):
            yield (table, str(line), name), number or 0
