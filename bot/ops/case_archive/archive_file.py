"""A file of the archive: a small SQLite database of its own, which any tool can search by number.

about      format of the file
families   the rows of a case and of what was joined to it, as JSON, with the SHA-256 of that text
numbers    number of each case to its family
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

from bot.ops.case_archive.case_rows import CASES, FamilyRows, Row, from_json, to_json
from bot.ops.private_files import make_private_folder

_FORMAT = "gridbot-archive-1"
_TABLES = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS families (id INTEGER PRIMARY KEY, digest TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS numbers (
    number TEXT PRIMARY KEY, family INTEGER NOT NULL REFERENCES families (id) ON DELETE CASCADE
);
"""
_FORGET = "DELETE FROM families WHERE id = (SELECT family FROM numbers WHERE number = ?)"


class ArchiveRefused(Exception):
    """Nothing was moved; `str` is the sentence for the terminal."""


class CaseArchive:
    """An open file of the archive; close it with `close`, or use it as a context."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Raises ArchiveRefused where there is no such file, or it is something else."""
        self.path = path
        if create:
            _create_private(path)
        elif not path.exists():
            raise ArchiveRefused(f"没有 {path} 这个文件")
        self._connection = sqlite3.connect(path, isolation_level=None)
        try:
            self._open(create=create)
        except sqlite3.Error as error:
            self.close()
            raise ArchiveRefused(f"{path} 不是 gridbot 的档案文件") from error

    def _open(self, *, create: bool) -> None:
        execute = self._connection.execute
        execute("PRAGMA foreign_keys=ON")
        execute("PRAGMA synchronous=FULL")
        if create and not execute("SELECT 1 FROM sqlite_master").fetchone():
            self._connection.executescript(_TABLES)
            execute("INSERT INTO about VALUES ('format', ?)", (_FORMAT,))
        if execute("SELECT value FROM about WHERE key = 'format'").fetchone() != (_FORMAT,):
            raise sqlite3.DatabaseError("another format")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def store(self, families: Iterable[FamilyRows]) -> list[str]:
        """Write these families in one transaction, over what the file had of them; the digest of each.

        What is on the disk afterwards is read again and proved. Raises ArchiveRefused where it differs.
        """
        digests = []
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            for tables in families:
                numbers = [row["number"] for row in tables[CASES.name]]
                body = json.dumps(to_json(tables), ensure_ascii=False, sort_keys=True)
                digests.append(_digest(body))
                cursor.executemany(_FORGET, [(number,) for number in numbers])
                cursor.execute("INSERT INTO families (digest, body) VALUES (?, ?)", (digests[-1], body))
                family = cursor.lastrowid
                cursor.executemany("INSERT INTO numbers VALUES (?, ?)", [(each, family) for each in numbers])
            cursor.execute("COMMIT")
        for digest in digests:
            self._load("families.digest = ?", digest)
        return digests

    def list_numbers(self) -> list[str]:
        """The numbers of all cases in it, in their order."""
        return [
            number for (number,) in self._connection.execute("SELECT number FROM numbers ORDER BY number")
        ]

    def load(self, number: str) -> tuple[str, Mapping[str, Sequence[Row]]]:
        """Digest and rows of the family of a number.

        Raises ArchiveRefused where it is not in it, or was changed.
        """
        join = "families.id = (SELECT family FROM numbers WHERE number = ?)"
        return self._load(join, number)

    def _load(self, condition: str, value: str) -> tuple[str, Mapping[str, Sequence[Row]]]:
        query = f"SELECT digest, body FROM families WHERE {condition}"  # noqa: S608 - two constants above
        found = self._connection.execute(query, (value,)).fetchone()
        if found is None:
            raise ArchiveRefused(f"{self.path} 里没有 {value}")
        digest, body = found
        if _digest(body) != digest:
            raise ArchiveRefused(f"{self.path} 里 {value} 的内容被改动过或已损坏")
        return digest, from_json(json.loads(body))


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _create_private(path: Path) -> None:
    make_private_folder(path.parent)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
