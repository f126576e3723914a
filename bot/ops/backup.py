"""Backup and restore of a SQLite database, while gridbot runs or stands still.

PostgreSQL has tools of its own (pg_dump, pg_restore) that do this better than we could.
"""

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from bot.ops.private_files import make_private_folder
from models import schema
from models.database import Database

ReportPages = Callable[[int, int], None]
"""Called with how many pages are copied and how many there are."""
_PAGES_AT_ONCE = 2_000
"""8 MB: often enough for a progress bar, seldom enough to cost nothing."""


class BackupRefused(Exception):
    """The backup or restore was not done; `str` is the sentence for the terminal."""


def _find_database_file(database: Database) -> Path:
    if not database.sqlite or not database.engine.url.database:
        raise BackupRefused("只有 SQLite 数据库由 gridbot 备份；PostgreSQL 请用 pg_dump 和 pg_restore")
    return Path(database.engine.url.database)


def ignore_pages(_done: int, _total: int) -> None:
    """The default for `report`: no progress is shown."""


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, report: ReportPages) -> None:
    # A transaction that has read keeps its snapshot: writes of others are neither copied nor
    # make the copy begin again.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    source.backup(
        target,
        pages=_PAGES_AT_ONCE,
        progress=lambda _status, remaining, total: report(total - remaining, total),
    )
    source.rollback()


def name_unfinished(target: Path) -> Path:
    """The file that is written before it gets the name of the backup."""
    return target.with_name(f"{target.name}.part")


def backup(
    database: Database, target: Path, *, secrets: bool = False, report: ReportPages = ignore_pages
) -> int:
    """Write a consistent copy of the database to `target` without stopping anybody; its size in bytes.

    The file is readable by its owner alone. Without `secrets` it holds nothing by which somebody could
    speak in our name: no keys of group robots, no ways to answer a message, no tokens, no keys of files;
    what else there is stays. `report` is called with the pages copied so far and in all. Raises
    BackupRefused where `target` exists, or the database is no SQLite file.
    """
    source = _find_database_file(database)
    if target.exists():
        raise BackupRefused(f"{target} 已经存在，不会覆盖")
    make_private_folder(target.parent)
    whole = name_unfinished(target)
    whole.unlink(missing_ok=True)  # of a run that was interrupted
    os.close(os.open(whole, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(whole)) as copy:
        _copy(live, copy, report)
        # One file that stands for itself, without companions.
        copy.execute("PRAGMA journal_mode=DELETE")
        if not secrets and copy.execute(_HAS_TABLES).fetchone():
            _remove_secrets(copy)
    # The backup appears under its name whole or not at all.
    whole.rename(target)
    return target.stat().st_size


_HAS_TABLES = "SELECT 1 FROM sqlite_master WHERE name = 'reply_handles'"
_OTHER_SECRETS = ("access_tokens", "link_keys")
"""Tables of nothing but secrets, which databases of older versions have not all."""
_SECRET_FIELDS = re.compile(r'("(?:aeskey|response_url)"\s*:\s*)"(?:[^"\\]|\\.)*"')
"""In raw payloads: the key of a file, and the address under which anybody may answer for the bot."""


def _remove_secrets(copy: sqlite3.Connection) -> None:
    copy.create_function("without_secrets", 1, partial(_SECRET_FIELDS.sub, r'\1""'), deterministic=True)
    copy.execute("UPDATE chats SET webhook_key = NULL")
    # A way to answer may stand in the raw payload under whatever name its channel has for it.
    handles = copy.execute("SELECT value, inbox_id FROM reply_handles WHERE length(value) > 3")
    copy.executemany("UPDATE inbox SET raw = replace(raw, ?, '') WHERE id = ?", handles.fetchall())
    copy.execute("UPDATE inbox SET raw = without_secrets(raw)")
    copy.execute("DELETE FROM reply_handles")
    for table in _OTHER_SECRETS:
        if copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    copy.commit()
    # What was deleted, now or long ago, still stands in unused pages: write the file anew without them.
    copy.execute("VACUUM")


def restore(database: Database, source: Path, *, report: ReportPages = ignore_pages) -> None:
    """Put a backup in the place of an empty or missing database; never over one with data.

    `report` is called with the pages copied so far and in all. Raises BackupRefused where there is data,
    or `source` is no backup of gridbot.
    """
    target = _find_database_file(database)
    if not source.exists():
        raise BackupRefused(f"没有 {source} 这个文件")
    kept = Database(f"sqlite:///{source}")
    try:
        if schema.read_state(kept) in (schema.SchemaState.EMPTY, schema.SchemaState.UNKNOWN):
            raise BackupRefused(f"{source} 不是 gridbot 的备份")
    finally:
        kept.dispose()
    if schema.read_state(database) is not schema.SchemaState.EMPTY:
        raise BackupRefused(f"{target} 里已经有数据；请先停下 gridbot，把它改名，再恢复")
    with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(target)) as live:
        _copy(copy, live, report)
