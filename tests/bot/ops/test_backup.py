import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.ops import backup
from models import schema
from models.access_tokens import AccessTokenRow
from models.cases import Counter, increment_counter
from models.database import Database
from models.inbox import InboxRow, ReplyHandle
from models.link_keys import LinkKey
from models.organisation import Chat
from tests.conftest import NOON


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


# Secrets and rights ---------------------------------------------------------------------------

SECRETS = (
    "ROBOTKEY-1", "https://qyapi.example/r?code=R1", "AESKEY-OF-A-FILE", "REQ-ID-7", "SEALED-TOKEN", "OLDKEY-9",
    "LINK-KEY-5",
)  # fmt: skip


@pytest.fixture
def telling(sqlite_database: Database) -> Database:
    """A database with everything in it that somebody could misuse."""
    row = {
        "channel": "grid", "message_id": "M1", "lane": "l", "received_at": NOON, "not_before": NOON,
        "raw": json.dumps({"response_url": SECRETS[1], "image": {"aeskey": SECRETS[2]}, "req": SECRETS[3],
                           "text": "路灯不亮"}, ensure_ascii=False),
    }  # fmt: skip
    handle = {
        "channel": "grid",
        "chat_id": "c",
        "message_id": "M1",
        "inbox_id": 1,
        "event": False,
        "expires_at": NOON,
    }
    with sqlite_database.write() as session:
        session.add(Chat(code="cg", name="城管", channel="grid", chat_id="c", use="handling",
                         webhook_channel="rings", webhook_key=SECRETS[5]))  # fmt: skip
        session.flush()
        session.execute(update(Chat).values(webhook_key=SECRETS[0]))
        session.add(AccessTokenRow(account="app:wwA:1", sealed=SECRETS[4]))
        session.add(LinkKey(purpose="media", value=SECRETS[6], made_at=NOON))
        session.execute(insert(InboxRow).values(row))
        session.execute(insert(ReplyHandle).values(handle | {"kind": "response_url", "value": SECRETS[1]}))
        session.execute(insert(ReplyHandle).values(handle | {"kind": "req_id", "value": SECRETS[3]}))
    return sqlite_database


def test_a_backup_holds_no_secrets_not_even_in_unused_pages(telling: Database, tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    backup.backup(telling, target)
    found = target.read_bytes()
    assert [secret for secret in SECRETS if secret.encode() in found] == []
    assert "路灯不亮".encode() in found
    copy = Database(f"sqlite:///{target}")
    assert schema.read_state(copy) is schema.SchemaState.CURRENT
    copy.dispose()


def test_secrets_are_in_it_when_they_are_asked_for(telling: Database, tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    backup.backup(telling, target, secrets=True)
    found = target.read_bytes()
    assert [secret for secret in SECRETS[:5] if secret.encode() not in found] == []


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


@pytest.mark.usefixtures("open_umask")
def test_database_wal_and_backup_are_for_their_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'data' / 'deep' / 'g.db'}")
    schema.upgrade(database)
    with database.write() as session:
        increment_counter(session, "case:WG261121")
    backup.backup(database, tmp_path / "backups" / "b.db")
    found = modes(tmp_path)
    database.dispose()
    assert found == {
        "data": 0o700, "data/deep": 0o700,
        "data/deep/g.db": 0o600, "data/deep/g.db-wal": 0o600, "data/deep/g.db-shm": 0o600,
        "backups": 0o700, "backups/b.db": 0o600,
    }  # fmt: skip


@pytest.mark.usefixtures("open_umask")
def test_a_database_of_an_older_version_is_closed_when_it_is_opened(kept: Path) -> None:
    kept.chmod(0o644)
    database = Database(f"sqlite:///{kept}")
    schema.read_state(database)
    database.dispose()
    assert kept.stat().st_mode & 0o777 == 0o600
