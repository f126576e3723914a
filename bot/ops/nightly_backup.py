"""A backup a night, named by its day, and how old the newest is."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot.ops import backup
from bot.ops.backup import BackupRefused, ReportPages
from bot.ops.private_files import make_private_folder
from models.database import Database

log = structlog.get_logger()

_NIGHT = time(1, 0)
"""Local time after which the day's backup is made: before what was kept for long enough is deleted."""
_NAME = re.compile(r"gridbot-(\d{4}-\d{2}-\d{2})\.(?:db|dump)")
_UNDER_WAY = timedelta(hours=6)
"""A file that is begun and younger than this is another process's."""


class NightlyBackup:
    """Backs up once a day; any number of processes of a machine may."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        keep: timedelta,
        secrets: bool,
        zone: ZoneInfo,
        clock: Callable[[], datetime],
    ) -> None:
        """`zone`: whose nights and days are meant."""
        self._database = database
        self._folder = folder
        self._keep = keep
        self._secrets = secrets
        self._zone = zone
        self._clock = clock

    def run_nightly(self) -> None:
        """Make the backup of today, if it is late enough and there is none; what fails is tried again."""
        local = self._clock().astimezone(self._zone)
        if local.time() < _NIGHT or self._target(local.date()).exists() or self._is_under_way(local):
            return
        try:
            self.run()
        except (BackupRefused, OSError, sqlite3.Error) as error:
            log.error("backup.failed", reason=str(error))

    def run(self, *, report: ReportPages = backup.ignore_pages) -> Path:
        """Make the backup of today and delete those that are old enough; its file.

        Raises BackupRefused where there is one of today or no `pg_dump`, OSError and sqlite3.Error.
        """
        today = self._clock().astimezone(self._zone).date()
        target = self._target(today)
        if self._database.sqlite:
            backup.backup(self._database, target, secrets=self._secrets, report=report)
        else:
            _dump(self._database, target)
        self._delete_old(today)
        log.info("backup.done", file=target.name, bytes=target.stat().st_size)
        return target

    def _target(self, day: date) -> Path:
        return self._folder / f"gridbot-{day}.{'db' if self._database.sqlite else 'dump'}"

    def _is_under_way(self, now: datetime) -> bool:
        begun = backup.name_unfinished(self._target(now.date()))
        return begun.exists() and now.timestamp() - begun.stat().st_mtime < _UNDER_WAY.total_seconds()

    def _delete_old(self, today: date) -> None:
        for path, day in _iter_backups(self._folder):
            if day < today - self._keep:
                path.unlink(missing_ok=True)


def find_newest(folder: Path) -> datetime | None:
    """When the newest backup in the folder was finished, by the machine's clock; None where there is none."""
    times = [path.stat().st_mtime for path, _ in _iter_backups(folder)]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _iter_backups(folder: Path) -> Iterator[tuple[Path, date]]:
    for path in folder.glob("gridbot-*"):
        if found := _NAME.fullmatch(path.name):
            yield path, date.fromisoformat(found[1])


def _dump(database: Database, target: Path) -> None:
    """What `pg_dump` writes, for its owner alone. The password goes by the environment, which nobody sees."""
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupRefused("没有 pg_dump，请装上 postgresql-client")
    if target.exists():
        raise BackupRefused(f"{target} 已经存在，不会覆盖")
    make_private_folder(target.parent)
    whole = backup.name_unfinished(target)
    whole.unlink(missing_ok=True)
    os.close(os.open(whole, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    url = database.engine.url
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    # Our own program and settings, and no shell.
    done = subprocess.run(  # noqa: S603
        [program, "--format=custom", "--no-owner", f"--file={whole}", f"--dbname={address}"],
        env=os.environ | ({"PGPASSWORD": str(url.password)} if url.password is not None else {}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        whole.unlink()
        raise BackupRefused(f"pg_dump 没有成功：{' '.join(done.stderr.split())}")
    whole.rename(target)
