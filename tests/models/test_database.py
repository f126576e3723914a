"""What a transaction holds that others want, and the copy that figures are read from."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from models.cases import draw_number, increment_counter
from models.database import Database, forget_shared_locks, holds_shared_lock
from models.processes import Process
from tests.conftest import NOON


def test_a_row_that_is_locked_or_counted_is_wanted_by_others(postgres_database: Database) -> None:
    with postgres_database.write() as session:
        session.scalars(select(Process).with_for_update(skip_locked=True)).all()
        assert not holds_shared_lock(session)
        session.scalars(select(Process).with_for_update(key_share=True)).all()
        assert not holds_shared_lock(session)
        session.add(Process(name="a", host="b", pid=1, started_at=NOON, beat_at=NOON))
        session.scalars(select(Process).with_for_update(key_share=True)).all()
        assert holds_shared_lock(session)
        forget_shared_locks(session)
        assert not holds_shared_lock(session)
        increment_counter(session, "line:1")
        assert holds_shared_lock(session)


def test_a_drawn_number_keeps_nobody_waiting(postgres_database: Database) -> None:
    with postgres_database.write() as one, postgres_database.write() as other:
        other.execute(text("SET LOCAL lock_timeout = '10s'"))
        assert [draw_number(session, "line:1") for session in (one, other, one)] == [1, 2, 3]
        assert not holds_shared_lock(one)


def test_nobody_waits_for_a_row_of_sqlite(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        session.scalars(select(Process).with_for_update()).all()
        increment_counter(session, "line:1")
        assert not holds_shared_lock(session)


@pytest.mark.parametrize("has_copy", [True, False])
def test_figures_are_read_from_the_copy_where_there_is_one(tmp_path: Path, *, has_copy: bool) -> None:
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("primary", "copy")]
    for url in urls:
        one = Database(url)
        with one.write() as session:
            session.execute(text("CREATE TABLE names (name TEXT)"))
            session.execute(text("INSERT INTO names VALUES (:url)"), {"url": url})
        one.dispose()
    database = Database(urls[0], read_url=urls[1] if has_copy else None)
    for read, expected in ((database.read, urls[0]), (database.read_copy, urls[has_copy])):
        with read() as session:
            assert session.scalar(text("SELECT name FROM names")) == expected
    database.dispose()
