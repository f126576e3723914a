from pathlib import Path

import pytest
from sqlalchemy import select

from bot.ops import backup
from models.cases import Counter, increment_counter
from models.database import Database


@pytest.fixture
def kept(sqlite_database: Database, tmp_path: Path) -> Path:
    with sqlite_database.write() as session:
        increment_counter(session, "case:WG261121")
    target = tmp_path / "backups" / "monday.db"
    backup.backup(sqlite_database, target)
    return target


def test_a_backup_is_restored_into_an_empty_database(kept: Path, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'new.db'}")
    backup.restore(empty, kept)
    with empty.read() as session:
        assert session.scalars(select(Counter.name)).all() == ["case:WG261121"]
    empty.dispose()


def test_a_backup_is_of_one_moment_however_much_is_written_meanwhile(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Pages are copied in lots; others write between them, and the copy neither restarts nor mixes."""
    with sqlite_database.write() as session:
        session.add_all(Counter(name=f"filling:{number}" + "x" * 4000, value=0) for number in range(4000))
    begun = 0

    def write_between(_done: int, _total: int) -> None:
        nonlocal begun
        begun += 1
        with sqlite_database.write() as session:
            increment_counter(session, "late")

    target = tmp_path / "busy.db"
    backup.backup(sqlite_database, target, report=write_between)
    copy = Database(f"sqlite:///{target}")
    with copy.read() as session:
        assert session.get(Counter, "late") is None
        assert len(session.scalars(select(Counter.name)).all()) == 4000
    copy.dispose()
    assert 1 < begun < 10


def test_a_database_with_data_is_never_overwritten(kept: Path, sqlite_database: Database) -> None:
    with pytest.raises(backup.BackupRefused, match="已经有数据"):
        backup.restore(sqlite_database, kept)


def test_a_backup_never_overwrites_a_file(kept: Path, sqlite_database: Database) -> None:
    with pytest.raises(backup.BackupRefused, match="已经存在"):
        backup.backup(sqlite_database, kept)


def test_a_strange_file_is_no_backup(sqlite_database: Database, tmp_path: Path) -> None:
    strange = tmp_path / "strange.db"
    strange.touch()
    with pytest.raises(backup.BackupRefused, match="不是 gridbot 的备份"):
        backup.restore(sqlite_database, strange)


def test_postgres_is_left_to_its_own_tools(postgres_database: Database, tmp_path: Path) -> None:
    with pytest.raises(backup.BackupRefused, match="pg_dump"):
        backup.backup(postgres_database, tmp_path / "x.db")
