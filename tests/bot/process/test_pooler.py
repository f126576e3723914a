"""What a PostgreSQL behind PgBouncer in transaction mode would not bear.

No pgbouncer is at hand. Here each transaction gets a session of its own, so that nothing can be left in one,
and what is said in them is looked at: what a session would keep for whoever gets it next.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.inbox import queue
from bot.ops.readiness import DatabaseProbe
from bot.process.heartbeat import Heartbeat
from models import schema
from models.database import Database
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON
from tests.district import District

LEFT_IN_A_SESSION = re.compile(
    r"\b(UN)?LISTEN\b|\bPREPARE\b|\bDEALLOCATE\b|\bTEMP(ORARY)?\b|WITH HOLD|^SET (?!LOCAL)|set_config\("
    r"|pg_(try_)?advisory_lock",
    re.IGNORECASE,
)


@pytest.fixture
def pooled(postgres_district: District) -> Iterator[tuple[District, list[str]]]:
    """The district, each of whose transactions has a session of its own; and what is said in them."""
    engine, said = postgres_district.database.engine, []
    engine.dispose()

    def end_session(_connection: object, record: Any) -> None:
        record.invalidate()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine, "checkin", end_session)
    event.listen(engine, "before_cursor_execute", note)
    yield postgres_district, said
    event.remove(engine, "checkin", end_session)
    event.remove(engine, "before_cursor_execute", note)


def test_everything_works_where_a_session_lasts_no_longer_than_a_transaction(
    pooled: tuple[District, list[str]],
) -> None:
    district, said = pooled
    database = district.database
    assert district.say("wrINTAKE", "zhangsf", "长江路88号有建筑垃圾") == "case.opened"
    heart = Heartbeat(database, "mine", clock=lambda: NOON)
    heart.start(["socket:grid"])
    heart.beat()
    assert heart.holds_lock("socket:grid")
    heart.stop()
    assert queue.claim(database, "w", now=district.now) == []
    post = OutboxHarness(database, FakeChannel("grid"))
    assert post.claim()
    assert DatabaseProbe(database, clock=lambda: NOON)() == {}
    schema.upgrade(database)
    assert len(said) > 50
    assert [statement for statement in said if LEFT_IN_A_SESSION.search(statement)] == []


def test_no_statement_is_prepared_on_the_server(postgres_database: Database) -> None:
    with postgres_database.engine.connect() as connection:
        for _ in range(12):  # the driver would begin with the fifth
            connection.execute(text("SELECT name FROM processes WHERE pid = :pid"), {"pid": 1}).all()
        assert connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
