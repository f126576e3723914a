"""Who lives, who holds what, and what becomes of what the dead held; on both databases."""

import contextlib
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from structlog.testing import capture_logs

from bot.process import presence
from bot.process.heartbeat import KEEP_WITHOUT_DATABASE, Heartbeat
from bot.process.presence import MAX_ORPHANED
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.processes import BEAT_EVERY, DEAD_AFTER, Process
from models.pushes import Push, PushState
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON

LATE = NOON + DEAD_AFTER + timedelta(seconds=1)


@pytest.fixture
def gone_pid() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def appears(database: Database, name: str, *, pid: int, host: str | None = None, at: datetime = NOON) -> None:
    with database.write() as session:
        session.add(Process(name=name, host=host or socket.gethostname(), pid=pid, started_at=at, beat_at=at))


def names(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Process.name)))


def letter(database: Database, holder: str, *, orphaned: int = 0) -> int:
    row = {
        "channel": "grid", "message_id": f"M-{holder}", "lane": holder, "raw": "{}", "received_at": NOON,
        "not_before": NOON, "state": InboxState.LEASED, "leased_by": holder, "orphaned": orphaned,
    }  # fmt: skip
    with database.write() as session:
        return session.execute(insert(InboxRow).values(row).returning(InboxRow.id)).scalar_one()


def read(database: Database, number: int) -> InboxRow:
    with database.read() as session:
        return session.get_one(InboxRow, number)


def test_a_silent_process_is_buried_and_what_it_held_is_released(database: Database) -> None:
    appears(database, "silent", pid=1, host="elsewhere")
    number = letter(database, "silent")
    presence.register(database, "mine", now=LATE)
    assert names(database) == {"silent", "mine"}
    presence.beat(database, "mine", now=LATE)
    assert names(database) == {"mine"}
    row = read(database, number)
    assert (row.state, row.leased_by, row.orphaned) == ("ready", None, 1)


def test_a_process_that_beats_keeps_what_it_holds(database: Database) -> None:
    appears(database, "alive", pid=1, host="elsewhere", at=LATE - BEAT_EVERY)
    number = letter(database, "alive")
    presence.register(database, "mine", now=LATE)
    presence.beat(database, "mine", now=LATE)
    assert read(database, number).leased_by == "alive"


def test_the_dead_of_this_machine_are_buried_at_once(database: Database, gone_pid: int) -> None:
    appears(database, "killed", pid=gone_pid)
    appears(database, "beside", pid=os.getppid())
    appears(database, "elsewhere", pid=gone_pid, host="elsewhere")
    presence.register(database, "mine", now=NOON)
    assert names(database) == {"beside", "elsewhere", "mine"}


def test_a_predecessor_with_our_own_number_is_buried(database: Database) -> None:
    """In a container every process is number 1."""
    appears(database, "before", pid=os.getpid())
    presence.register(database, "mine", now=NOON)
    assert names(database) == {"mine"}


def test_a_push_under_way_is_marked_doubtful_and_says_so_when_sent_again(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid"))
    post.add_chat()
    number = post.add_push("请核查")
    waiting = post.add_push("之后")
    post.claim()
    appears(database, "w", pid=1, host="elsewhere")
    presence.register(database, "mine", now=LATE)
    presence.beat(database, "mine", now=LATE)
    assert (post.load_state(number), post.load_push(number).doubtful) == ("ready", True)
    assert post.load_push(waiting).doubtful is False
    (item,) = post.claim()
    assert (item.push_id, "补发" in str(item.route.delivery.body)) == (number, True)


def test_what_kills_its_process_again_and_again_is_parked(database: Database) -> None:
    number = letter(database, "silent", orphaned=MAX_ORPHANED)
    appears(database, "silent", pid=1, host="elsewhere")
    presence.register(database, "mine", now=LATE)
    presence.beat(database, "mine", now=LATE)
    assert read(database, number).state == InboxState.DEAD


def test_leaving_hands_everything_back(database: Database) -> None:
    presence.register(database, "mine", now=NOON)
    number = letter(database, "mine")
    assert presence.acquire_lock(database, "socket:grid", "mine", now=NOON)
    presence.unregister(database, "mine")
    assert names(database) == set()
    assert read(database, number).state == InboxState.READY
    appears(database, "next", pid=os.getppid())
    assert presence.acquire_lock(database, "socket:grid", "next", now=NOON)


def test_a_process_taken_for_dead_announces_itself_again(database: Database) -> None:
    presence.register(database, "mine", now=NOON)
    appears(database, "other", pid=1, host="elsewhere", at=LATE)
    presence.beat(database, "other", now=LATE)
    assert names(database) == {"other"}
    presence.beat(database, "mine", now=LATE)
    assert names(database) == {"other", "mine"}


def test_a_post_changes_hands_only_when_its_holder_is_dead(database: Database) -> None:
    appears(database, "first", pid=1, host="a")
    appears(database, "second", pid=1, host="b", at=LATE)
    assert presence.acquire_lock(database, "socket:grid", "first", now=NOON)
    assert presence.acquire_lock(database, "socket:grid", "first", now=NOON)
    assert not presence.acquire_lock(database, "socket:grid", "second", now=LATE)
    presence.beat(database, "second", now=LATE)
    assert presence.acquire_lock(database, "socket:grid", "second", now=LATE)
    assert not presence.acquire_lock(database, "socket:grid", "first", now=LATE)


def test_of_many_that_start_at_once_one_gets_the_post(database: Database) -> None:
    for number in range(8):
        appears(database, f"p{number}", pid=1, host=f"h{number}")
    with ThreadPoolExecutor(8) as pool:
        got = pool.map(lambda n: presence.acquire_lock(database, "socket:grid", f"p{n}", now=NOON), range(8))
        assert sum(got) == 1


def test_a_post_that_its_holder_cannot_use_goes_to_whoever_wants_it(database: Database) -> None:
    appears(database, "cut", pid=1, host="a")
    appears(database, "other", pid=1, host="b")
    assert presence.acquire_lock(database, "socket:grid", "cut", now=NOON)
    assert presence.acquire_lock(database, "socket:grid", "cut", now=NOON, offers=True)
    assert not presence.acquire_lock(database, "socket:grid", "other", now=NOON, takes_offered=False)
    assert presence.acquire_lock(database, "socket:grid", "other", now=NOON)
    assert not presence.acquire_lock(database, "socket:grid", "cut", now=NOON)


# The heart ------------------------------------------------------------------------------------


def test_a_heart_holds_its_posts_until_it_stops(database: Database) -> None:
    heart = Heartbeat(database, "mine", clock=lambda: NOON)
    assert not heart.holds_lock("socket:grid")
    heart.start(["socket:grid"])
    assert heart.holds_lock("socket:grid")
    assert not heart.holds_lock("socket:other")
    heart.stop()
    assert names(database) == set()


def test_pushes_of_others_stay_with_them(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid"))
    post.add_chat()
    number = post.add_push("一")
    post.claim()
    stolen = update(Push).values(leased_by="alive")
    post.run_in_session(lambda session: session.execute(stolen))
    appears(database, "alive", pid=1, host="elsewhere", at=LATE)
    presence.register(database, "mine", now=LATE)
    presence.beat(database, "mine", now=LATE)
    assert post.load_state(number) == PushState.LEASED


def test_who_could_not_use_a_post_leaves_it_to_others_for_a_minute(
    database: Database, seconds: "Seconds"
) -> None:
    hearts = [
        Heartbeat(
            database, name, clock=lambda: NOON, database_clock=lambda: NOON + timedelta(seconds=seconds()),
            monotonic=seconds,
        )
        for name in ("first", "second")
    ]  # fmt: skip
    first, second = hearts
    for heart in hearts:
        heart.start(["socket:grid"])

    def who_holds(length: int) -> list[bool]:
        for _ in range(length // 2):
            seconds.now += 2
            for heart in hearts:
                heart.beat()
        first.beat()
        return [heart.holds_lock("socket:grid") for heart in hearts]

    first.offer_lock("socket:grid", offered=True)
    assert who_holds(2) == [False, True]
    # Neither can use it: it does not go to and fro.
    second.offer_lock("socket:grid", offered=True)
    assert who_holds(50) == [False, True]
    assert who_holds(12) == [True, False]
    assert who_holds(12) == [True, False]
    for heart in hearts:
        heart.stop()


# Without a database ---------------------------------------------------------------------------


class Seconds:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def rename(database: Database, old: str, new: str) -> None:
    with database.write() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def beat_for(heart: Heartbeat, seconds: Seconds, length: float) -> None:
    for _ in range(int(length)):
        seconds.now += 1
        with contextlib.suppress(SQLAlchemyError):
            heart.beat()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_what_was_begun_goes_on_without_a_database_and_nothing_is_begun(
    database: Database, seconds: Seconds
) -> None:
    """The long connection was hung up while the database was away for everybody."""
    heart = Heartbeat(
        database, "mine", clock=lambda: NOON,
        database_clock=lambda: NOON, monotonic=seconds,
    )  # fmt: skip
    heart.start(["socket:grid"])
    rename(database, "processes", "away")
    beat_for(heart, seconds, 60)
    assert (heart.keeps_lock("socket:grid"), heart.holds_lock("socket:grid")) == (True, False)
    beat_for(heart, seconds, KEEP_WITHOUT_DATABASE.total_seconds())
    assert not heart.keeps_lock("socket:grid")
    rename(database, "away", "processes")
    heart.beat()
    assert (heart.keeps_lock("socket:grid"), heart.holds_lock("socket:grid")) == (True, True)
    heart.stop()


def test_who_finds_the_database_back_first_does_not_bury_the_others(
    database: Database, seconds: Seconds
) -> None:
    appears(database, "holder", pid=1, host="elsewhere")
    assert presence.acquire_lock(database, "socket:grid", "holder", now=NOON)
    began = seconds()

    def wall() -> datetime:
        return NOON + timedelta(seconds=seconds() - began)

    rival = Heartbeat(database, "rival", clock=wall, database_clock=wall, monotonic=seconds)
    rival.start(["socket:grid"])
    rename(database, "processes", "away")
    beat_for(rival, seconds, 60)
    rename(database, "away", "processes")
    beat_for(rival, seconds, 3)
    assert (names(database), rival.holds_lock("socket:grid")) == ({"holder", "rival"}, False)
    # Silent for longer although the database is there, it is dead.
    beat_for(rival, seconds, 3)
    assert (names(database), rival.holds_lock("socket:grid")) == ({"rival"}, True)
    rival.stop()


# Clocks ---------------------------------------------------------------------------------------


class Machine:
    """A clock that can be set and one that cannot, both driven by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.set_by = timedelta(0)

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds) + self.set_by

    def monotonic(self) -> float:
        return self.seconds


def beating(database: Database, name: str, server: Machine, host: Machine) -> Heartbeat:
    return Heartbeat(
        database, name, clock=host.wall,
        database_clock=server.wall, monotonic=host.monotonic,
    )  # fmt: skip


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_host_whose_clock_is_wrong_evicts_nobody_and_is_named(database: Database, hours: int) -> None:
    server, wrong = Machine(), Machine()
    wrong.set_by = timedelta(hours=hours)
    appears(database, "living", pid=1, host="elsewhere", at=server.wall())
    heart = beating(database, "wrong", server, wrong)
    with capture_logs() as logs:
        for _ in range(3):
            heart.beat()
    assert names(database) == {"living", "wrong"}
    skews = [line for line in logs if line["event"] == "clock.skew"]
    assert [(line["host"], line["seconds"]) for line in skews] == [(socket.gethostname(), hours * 3600)]


@pytest.mark.parametrize("hours", [-2, 2])
def test_when_the_databases_clock_is_set_the_living_are_not_evicted(database: Database, hours: int) -> None:
    server, host = Machine(), Machine()
    appears(database, "living", pid=1, host="elsewhere", at=server.wall())
    number = letter(database, "living")
    heart = beating(database, "mine", server, host)
    heart.beat()
    server.set_by = timedelta(hours=hours)
    heart.beat()
    assert read(database, number).leased_by == "living"
    # It has the usual time to beat again; then it is silent indeed.
    for _ in range(int(3 * DEAD_AFTER.total_seconds())):
        for machine in (server, host):
            machine.seconds += 1
        heart.beat()
    assert names(database) == {"mine"}
    assert read(database, number).leased_by is None


def test_beats_are_written_by_the_databases_clock(database: Database) -> None:
    heart = Heartbeat(database, "mine", clock=lambda: NOON)
    heart.beat()
    with database.read() as session:
        beat_at = session.get_one(Process, "mine").beat_at
    assert abs((database.read_clock() - beat_at).total_seconds()) < 10
