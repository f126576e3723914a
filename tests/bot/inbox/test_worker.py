"""The worker: one message's failure is its own, and an outage leaves no lane behind."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.aibot import payload
from bot.channels.base import Channel
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.inbox.worker import FetchedFiles, Worker
from bot.ops.metrics import Metrics
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.cases import Case
from models.database import Database
from models.inbox import InboxRow
from models.messages import Incoming
from models.pushes import Push
from tests.bot.posting import FakeChannel
from tests.conftest import NOON
from tests.stories.hostile import build_message


class Hearing(FakeChannel):
    """A channel that reads what an AI bot hears."""

    def read(self, raw: str) -> Incoming:
        return payload.build_incoming(raw, channel=self.name, bot_name="网格助手")


class Bench:
    """A worker over a database, stepped by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOON
        self.handled: list[int] = []
        self.metrics = Metrics()
        self.fetch: Callable[[str, Incoming], FetchedFiles] = lambda channel, incoming: ((), ())
        settings = Settings.parse({"rules": {"packs": [PACKAGE_ROOT / "rules" / "default.yaml"]}})
        channels: dict[str, Channel] = {"grid": Hearing("grid")}
        self.worker = Worker(
            database,
            name="w",
            channels=lambda: channels,
            env=EnvironmentBuilder(database, settings),
            fetch=self._fetch,
            clock=lambda: self.now,
            metrics=self.metrics,
            on_commit=self.handled.extend,
        )

    def _fetch(self, channel: str, incoming: Incoming) -> FetchedFiles:
        return self.fetch(channel, incoming)

    def hear(self, raw: str, *, lane: str = "lane", now: datetime = NOON) -> int:
        row = {
            "channel": "grid", "message_id": str(hash((raw, lane))), "lane": lane, "raw": raw,
            "received_at": now, "not_before": now,
        }  # fmt: skip
        with self.database.write() as session:
            return session.execute(insert(InboxRow).values(row).returning(InboxRow.id)).scalar_one()

    def rows(self) -> Sequence[InboxRow]:
        with self.database.read() as session:
            return session.scalars(select(InboxRow).order_by(InboxRow.id)).all()

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


def said(words: str, **more: object) -> str:
    return json.dumps(build_message(words) | more, ensure_ascii=False)


def photo() -> str:
    return said("", msgtype="image", image={"url": "https://x.example/1", "aeskey": "k"})


def test_a_burst_of_one_person_is_handled_in_one_step(bench: Bench) -> None:
    for number in range(5):
        bench.hear(said(f"长江路{number + 1}号门口有建筑垃圾"))
    assert bench.worker.step() == 1
    assert bench.states() == ["done"] * 5
    with bench.database.read() as session:
        places = list(session.scalars(select(Case.place).order_by(Case.id)))
    assert places == [f"长江路{number + 1}号门口" for number in range(5)]


def test_each_commit_names_the_messages_it_handled(bench: Bench) -> None:
    ids = [bench.hear(said("长江路1号门口有建筑垃圾"), lane=lane) for lane in ("a", "b")]
    bench.worker.step()
    assert sorted(bench.handled) == ids


def test_the_worker_lags_by_what_its_youngest_free_lane_waited(bench: Bench) -> None:
    bench.now = NOON + timedelta(seconds=9)
    bench.hear(said("长江路1号门口有建筑垃圾"), lane="old")
    bench.hear(said("长江路2号门口有建筑垃圾"), lane="new", now=NOON + timedelta(seconds=7))
    bench.worker.step()
    assert bench.worker.lag == timedelta(seconds=2)
    bench.worker.step()
    assert bench.worker.lag == timedelta()


def test_every_look_for_work_is_timed(bench: Bench) -> None:
    bench.hear(said("长江路1号门口有建筑垃圾"))
    assert (bench.worker.step(), bench.worker.step()) == (1, 0)
    looks = bench.metrics.registry.get_sample_value("gridbot_claim_seconds_count", {"box": "inbox"})
    assert looks == 2


def test_what_cannot_be_read_fails_alone_and_holds_back_its_lane(bench: Bench) -> None:
    bench.hear(said("长江路1号门口有建筑垃圾"))
    bench.hear("no JSON")
    bench.hear(said("长江路2号门口有建筑垃圾"))
    bench.hear(said("长江路3号门口有建筑垃圾"), lane="other")
    bench.worker.step()
    assert bench.states() == ["done", "ready", "ready", "done"]
    assert bench.rows()[1].attempts == 1
    assert "no JSON" not in str(bench.rows()[1].error)


def test_a_fetch_that_breaks_counts_against_its_own_message(bench: Bench) -> None:
    def broken(channel: str, incoming: Incoming) -> FetchedFiles:
        raise RuntimeError("a bug")

    bench.fetch = broken
    bench.hear(said("长江路1号门口有建筑垃圾"))
    bench.hear(photo())
    bench.worker.step()
    bench.worker.close()
    assert [row.attempts for row in bench.rows()] == [0, 1]
    assert bench.states() == ["done", "ready"]


def test_a_run_whose_lease_was_given_away_is_left_to_its_new_holder(bench: Bench) -> None:
    fetching, go_on = threading.Event(), threading.Event()

    def slow(channel: str, incoming: Incoming) -> FetchedFiles:
        fetching.set()
        go_on.wait(5)
        return (), ()

    bench.fetch = slow
    bench.hear(photo())
    bench.worker.step()
    assert fetching.wait(5)
    with bench.database.write() as session:
        session.execute(update(InboxRow).values(leased_by="another"))
    go_on.set()
    bench.worker.close()
    assert (bench.states(), bench.rows()[0].leased_by) == (["leased"], "another")


def test_what_was_leased_when_the_database_failed_is_taken_up_again(bench: Bench) -> None:
    """The process goes on living, so nobody else would ever release it."""
    away = threading.Event()

    def outage(channel: str, incoming: Incoming) -> FetchedFiles:
        with bench.database.write() as session:
            session.execute(text("ALTER TABLE inbox RENAME TO away"))
        away.set()
        return (), ()

    bench.fetch = outage
    bench.hear(photo())
    bench.worker.step()
    assert away.wait(5)
    with pytest.raises(SQLAlchemyError):
        bench.worker.step()
    with bench.database.write() as session:
        session.execute(text("ALTER TABLE away RENAME TO inbox"))
    bench.fetch = lambda channel, incoming: ((), ())
    # Where the fetcher found no table and then could say so, it counts as a try, and the next one waits.
    while bench.states() != ["done"]:
        bench.now += timedelta(seconds=1)
        bench.worker.step()
    bench.worker.close()


def test_what_is_refused_only_as_it_is_stored_is_not_done_either(bench: Bench) -> None:
    first = bench.hear(said("长江路1号门口有建筑垃圾"))
    bench.worker.step()
    with bench.database.write() as session:
        # Taken for unhandled again: its message and its receipt stand already.
        session.execute(update(InboxRow).where(InboxRow.id == first).values(state="ready"))
        session.execute(text("UPDATE reports SET closed_at = opened_at"))
        session.execute(text("UPDATE events SET origin = NULL"))
    bench.worker.step()
    assert (bench.states(), bench.rows()[0].attempts) == (["ready"], 1)
    with bench.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1


# Commands that only look ------------------------------------------------------------------------


def _step_until_done(bench: Bench) -> None:
    """What is read is handled on a thread of its own, and holds its lane as long."""
    for _ in range(200):
        bench.worker.step()
        if set(bench.states()) == {"done"}:
            return
        time.sleep(0.02)
    pytest.fail(f"still {bench.states()}")


def _answers(bench: Bench) -> list[str]:
    with bench.database.read() as session:
        found = session.scalars(select(Push).where(Push.kind == "text").order_by(Push.id))
        return [str(push.body["text"]) for push in found]


def test_a_command_that_looks_is_read_before_the_transaction_that_writes(bench: Bench) -> None:
    bench.hear(said("/帮助"))
    _step_until_done(bench)
    writing: list[bool] = []

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM cases" in statement:
            writing.append(bool(connection.get_execution_options().get("gridbot_immediate")))

    event.listen(bench.database.engine, "before_cursor_execute", note)
    bench.hear(said("/今日"))
    _step_until_done(bench)
    event.remove(bench.database.engine, "before_cursor_execute", note)
    assert writing
    assert not any(writing)
    assert "今日：新收 0 件" in _answers(bench)[-1]


def test_a_command_that_looks_tells_of_what_was_said_before_it_and_of_nothing_after(bench: Bench) -> None:
    bench.hear(said("长江路1号门口有建筑垃圾"))
    bench.hear(said("/我的"))
    bench.hear(said("/受理 0001"))
    _step_until_done(bench)
    assert [row.result for row in bench.rows()][:2] == ["case.opened", "command.mine"]
    assert any("0001 待受理" in text for text in _answers(bench))


def test_a_stranger_who_only_looks_is_answered_too(bench: Bench) -> None:
    bench.hear(said("/待办"))
    bench.worker.step()
    bench.worker.close()
    assert bench.states() == ["done"]
    assert bench.rows()[0].result == "command.list"


def test_a_long_batch_ends_where_messages_wait_to_be_stored(sqlite_database: Database) -> None:
    """Acknowledgements took a second while one batch of 64 lanes was handled."""
    bench = Bench(sqlite_database)
    for number in range(64):
        bench.hear(said(f"长江路{number + 1}号门口有建筑垃圾"), lane=f"lane {number}")
    began, stored = threading.Event(), threading.Event()
    handled_before: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO cases" in statement:
            began.set()

    def store() -> None:
        began.wait(20)
        with sqlite_database.write(first=True) as session:
            done = session.scalar(select(func.count()).where(InboxRow.state == "done"))
            handled_before.append(done or 0)
        stored.set()

    event.listen(sqlite_database.engine, "before_cursor_execute", note)
    storing = threading.Thread(target=store, daemon=True)
    storing.start()
    bench.worker.step()
    event.remove(sqlite_database.engine, "before_cursor_execute", note)
    assert stored.wait(20)
    assert 0 < handled_before[0] < 64
    assert bench.states() == ["done"] * 64
