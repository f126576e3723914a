"""Waking other processes: one bell for each change from idle to busy, and nothing missed in between."""

import queue
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from sqlalchemy import select, text

from bot.process.doorbell import IDLE, POLL, BellName, Doorbell
from models.database import Database, plain_url
from models.processes import Bell
from tests.crash.killing import wait_for


class Process:
    """One that waits for the inbox and hears when it is woken."""

    def __init__(self, database: Database) -> None:
        self.woken: queue.SimpleQueue[BellName] = queue.SimpleQueue()
        self.bell = Doorbell(
            database, database.url,
            on_ring={bell: partial(self.woken.put, bell) for bell in BellName},
        )  # fmt: skip
        self.bell.start()
        # Whatever was rung while it did not listen: it looks at everything once.
        assert {self.woken.get(timeout=60), self.woken.get(timeout=60)} == set(BellName)
        wait_for(lambda: self.bell.plan_wait(BellName.INBOX) == IDLE, "it to listen")

    def wait_idle(self) -> None:
        """Until it said that it waits, and was told to look once more."""
        self.bell.plan_wait(BellName.INBOX)
        assert self.woken.get(timeout=60) is BellName.INBOX


@pytest.fixture
def idle(postgres_database: Database) -> Iterator[Process]:
    process = Process(postgres_database)
    process.wait_idle()
    yield process
    process.bell.stop()


@pytest.fixture
def heard(postgres_database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(plain_url(postgres_database.url), autocommit=True) as connection:
        connection.execute("LISTEN gridbot")
        yield connection


def list_rung(heard: psycopg.Connection) -> list[str]:
    """What was rung until now."""
    heard.execute("NOTIFY gridbot, 'now'")
    found = []
    for notice in heard.notifies(timeout=60):
        if notice.payload == "now":
            break
        found.append(notice.payload)
    return found


def is_expected(database: Database) -> bool:
    with database.read() as session:
        return bool(session.scalar(select(Bell.is_expected).where(Bell.name == BellName.INBOX)))


def test_many_messages_ring_once_until_somebody_waits_again(
    idle: Process, heard: psycopg.Connection, postgres_database: Database
) -> None:
    ringer = idle.bell
    for _ in range(5):
        ringer.ring(BellName.INBOX)
    assert idle.woken.get(timeout=60) is BellName.INBOX
    assert list_rung(heard) == ["inbox"]
    assert not is_expected(postgres_database)
    idle.wait_idle()
    ringer.ring(BellName.INBOX)
    assert idle.woken.get(timeout=60) is BellName.INBOX
    assert list_rung(heard) == ["inbox"]


def test_whoever_begins_to_wait_looks_once_more(postgres_database: Database) -> None:
    process = Process(postgres_database)
    # Stored between its last look and the moment it is known to wait, a message rings no bell.
    process.wait_idle()
    assert is_expected(postgres_database)
    process.bell.stop()


def test_a_listener_that_was_cut_off_polls_and_listens_again(
    idle: Process, postgres_database: Database
) -> None:
    with postgres_database.write() as session:
        session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        )
    # It looks at everything when it is back.
    assert {idle.woken.get(timeout=60), idle.woken.get(timeout=60)} == set(BellName)


def test_without_a_way_to_listen_everybody_looks(database: Database) -> None:
    bell = Doorbell(database, None, on_ring={})
    bell.start()
    bell.ring(BellName.INBOX)
    assert bell.plan_wait(BellName.INBOX) == (IDLE if database.sqlite else POLL)
    bell.stop()
