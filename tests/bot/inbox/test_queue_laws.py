"""Whatever happens in whatever order: each message is handled exactly once, and in its lane's order."""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from bot.inbox import queue
from bot.inbox.queue import LaneBatch
from bot.process import presence
from models.database import Database
from models.inbox import InboxRow
from models.processes import DEAD_AFTER, Process
from tests.conftest import NOON
from tests.databases import copy_template

LANES, WORKERS = ("a", "b", "c"), ("one", "two")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "claim", "handle", "handle", "fail", "release", "die", "wait"]),
        st.sampled_from(LANES),
        st.sampled_from(WORKERS),
        st.integers(1, 4),
    ),
    max_size=60,
)


class Office:
    """Two workers and the people who write to them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOON
        self.put_in: dict[str, list[int]] = defaultdict(list)
        self.handled: dict[str, list[int]] = defaultdict(list)
        self.hands: dict[str, list[LaneBatch]] = {worker: [] for worker in WORKERS}
        for worker in WORKERS:
            self.appear(worker)

    def appear(self, worker: str) -> None:
        with self.database.write() as session:
            session.add(Process(name=worker, host="elsewhere", pid=1, started_at=self.now, beat_at=self.now))

    def put(self, lane: str) -> None:
        number = sum(map(len, self.put_in.values())) + 1
        row = {
            "id": number, "channel": "grid", "message_id": str(number), "lane": lane, "raw": "{}",
            "received_at": self.now, "not_before": self.now,
        }  # fmt: skip
        with self.database.write() as session:
            session.execute(insert(InboxRow), row)
        self.put_in[lane].append(number)

    def claim(self, worker: str) -> None:
        self.hands[worker] += queue.claim(self.database, worker, now=self.now)

    def handle(self, worker: str, *, failing: int = 0) -> None:
        """One run, in one transaction; the `failing`-th message of it fails."""
        if not self.hands[worker]:
            return
        run = self.hands[worker].pop(0)
        with self.database.write() as session:
            for mine in queue.still_leased(session, [run], worker):
                for position, row in enumerate(mine.rows, start=1):
                    if position == failing and row.attempts < queue.MAX_ATTEMPTS - 1:
                        queue.mark_failed(session, row, "ValueError", now=self.now)
                        break
                    queue.mark_done(session, {row.id: "chatter"}, now=self.now)
                    self.handled[mine.rows[0].lane].append(row.id)

    def release(self, worker: str) -> None:
        with self.database.write() as session:
            queue.release_all(session, worker, except_ids=())
        # Its hands are still full: what was given back must not be handled from there.

    def die(self, worker: str) -> None:
        """It stands still until it is taken for dead; awake again, it goes on with what it has in hand."""
        self.now += DEAD_AFTER + timedelta(seconds=1)
        other = WORKERS[1 - WORKERS.index(worker)]
        presence.beat(self.database, other, now=self.now)
        presence.beat(self.database, worker, now=self.now)

    def finish(self) -> None:
        for _ in range(60):
            self.now += timedelta(seconds=60)
            for worker in WORKERS:
                presence.beat(self.database, worker, now=self.now)
                self.handle(worker)
                self.claim(worker)
            if self.handled == self.put_in:
                return


@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_each_is_handled_once_and_in_order(
    empty_engine: Database, sqlite_template: Path, steps: list[tuple[str, str, str, int]]
) -> None:
    database = copy_template(empty_engine, sqlite_template)
    env = Office(database)
    for act, lane, worker, number in steps:
        match act:
            case "put":
                env.put(lane)
            case "claim":
                env.claim(worker)
            case "handle":
                env.handle(worker)
            case "fail":
                env.handle(worker, failing=number)
            case "release":
                env.release(worker)
            case "die":
                env.die(worker)
            case _:
                env.now += timedelta(seconds=number * 3)
        for name, handled in env.handled.items():
            assert handled == env.put_in[name][: len(handled)]
    env.finish()
    assert env.handled == env.put_in
