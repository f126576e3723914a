"""One lane 20,000 deep costs a claim no more than one row: it never holds up the others.

On PostgreSQL after ANALYZE: without figures of its tables the planner takes ways that hide the fault.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.orm import ORMExecuteState, Session

from bot.inbox import queue as inbox_queue
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.messages import TextPush, push_kind, push_to_json
from models.pushes import Push, PushState
from tests.bot.posting import OutboxHarness
from tests.conftest import NOON

DEEP = 20_000
OTHERS = 8
"""Lanes of one row beside the deep one."""
FEW = 100


@contextmanager
def _record_selects(database: Database) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def record(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE")):
            said.append((statement, parameters[0] if many else parameters))

    event.listen(database.engine, "before_cursor_execute", record)
    yield said
    event.remove(database.engine, "before_cursor_execute", record)


def _count_rows_read(database: Database, said: list[tuple[str, Any]]) -> list[int]:
    """What each statement reads from tables and indexes, by EXPLAIN ANALYZE; nothing is kept of it."""
    counts = []
    with database.engine.connect() as connection:
        for statement, parameters in said:
            explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            plan = explained.scalar_one()
            counts.append(_sum_rows((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
        connection.rollback()
    return counts


def _sum_rows(node: dict[str, Any]) -> int:
    below: int = sum(_sum_rows(child) for child in node.get("Plans", ()))
    if "Relation Name" not in node or "Scan" not in node["Node Type"]:
        return below
    filtered = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    own = (float(node["Actual Rows"]) + float(filtered)) * float(node["Actual Loops"])
    return below + round(own)


def _analyze(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if not database.sqlite else "ANALYZE"))


def _lanes() -> list[str]:
    return ["deep"] * DEEP + [f"lane {n}" for n in range(OTHERS)]


def _push(number: int, lane: str, merge_key: str, *, chat_id: int) -> dict[str, Any]:
    body = TextPush(f"{number}")
    return {
        "dedupe_key": f"P-{number}", "lane": lane, "chat_id": chat_id, "channel": "grid", "kind": push_kind(body),
        "merge_key": merge_key, "body": push_to_json(body), "urgent": False, "created_at": NOON,
        "not_before": NOON,
    }  # fmt: skip


@pytest.fixture
def deep_inbox(database: Database) -> Database:
    rows = [
        {"channel": "grid", "message_id": f"M-{n}", "lane": lane, "raw": "{}", "received_at": NOON,
         "not_before": NOON, "state": InboxState.READY}
        for n, lane in enumerate(_lanes())
    ]  # fmt: skip
    with database.write() as session:
        session.execute(insert(InboxRow), rows)
    _analyze(database)
    return database


@pytest.fixture
def deep_outbox(post: OutboxHarness, database: Database) -> OutboxHarness:
    chats = {"deep": 1} | {f"lane {n}": post.add_chat(f"wr{n}") for n in range(OTHERS)}
    rows = [_push(n, lane, f"status:{n}", chat_id=chats[lane]) for n, lane in enumerate(_lanes())]
    with database.write() as session:
        session.execute(insert(Push), rows)
    _analyze(database)
    return post


def test_claiming_messages_reads_no_lane(deep_inbox: Database) -> None:
    with _record_selects(deep_inbox) as said:
        found = inbox_queue.claim(deep_inbox, "w", now=NOON, lanes=16, per_lane=10)
    assert [len(run.rows) for run in found] == [10] + [1] * OTHERS
    if not deep_inbox.sqlite:
        _release(deep_inbox, InboxRow, InboxState.READY)
        assert max(_count_rows_read(deep_inbox, said)) <= FEW


def test_claiming_pushes_reads_no_lane(deep_outbox: OutboxHarness, database: Database) -> None:
    with _record_selects(database) as said:
        assert len(deep_outbox.claim_ids()) == 1 + OTHERS
    if not database.sqlite:
        _release(database, Push, PushState.READY)
        assert max(_count_rows_read(database, said)) <= FEW


def test_a_deep_lane_of_superseded_statuses_is_merged_at_few_looks(
    post: OutboxHarness, database: Database
) -> None:
    with database.write() as session:
        session.execute(insert(Push), [_push(n, "1", f"status:{n % 2}", chat_id=1) for n in range(2000)])
    with _record_selects(database) as said:
        claimed = post.claim_ids()
    assert [post.load_push(number).merge_key for number in claimed] == ["status:0"]
    assert len(said) < 60
    with database.read() as session:
        ready = session.scalar(select(func.count()).where(Push.state == PushState.READY))
    assert ready == 1


def test_the_statements_of_a_claim_are_built_once(post: OutboxHarness, database: Database) -> None:
    # Built anew for each claim they took ten times as long as the database took to answer them.
    walks: list[Any] = []

    def record(state: ORMExecuteState) -> None:
        if state.is_select and "RECURSIVE" in str(state.statement):
            walks.append(state.statement)

    event.listen(Session, "do_orm_execute", record)
    try:
        for _ in range(3):
            inbox_queue.claim(database, "w", now=NOON)
            post.claim_ids()
    finally:
        event.remove(Session, "do_orm_execute", record)
    assert len(walks) == 6
    assert len({id(statement) for statement in walks}) == 2


def _release(database: Database, table: Any, state: str) -> None:
    with database.write() as session:
        session.execute(update(table).where(table.leased_by.is_not(None)).values(state=state, leased_by=None))
