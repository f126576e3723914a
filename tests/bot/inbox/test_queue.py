"""The inbox on both databases: stored once, claimed in order, retried, parked, replayed."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.channels.base import Envelope
from bot.inbox import queue
from bot.inbox.queue import MAX_ATTEMPTS, LaneBatch
from bot.inbox.writer import InboxWriter
from models.database import Database
from models.inbox import InboxRow, InboxState, ReplyHandle
from tests.conftest import NOON

LIFETIMES = {"response_url": timedelta(hours=1)}


def letter(number: int | str, *, chat: str = "wrA", sender: str = "zhang", raw: str = "{}") -> Envelope:
    handle = {"response_url": f"https://x.example/{number}"}
    return Envelope(f"M-{number}", chat, sender, raw, handle=handle, handle_lifetimes=LIFETIMES)


@pytest.fixture
def receiver(database: Database) -> Iterator[InboxWriter]:
    running = InboxWriter(database, clock=lambda: NOON, on_stored=lambda: None)
    running.start()
    yield running
    running.stop()


def put(receiver: InboxWriter, *envelopes: Envelope) -> list[int | BaseException | None]:
    """All at once, from one event loop."""

    async def all_of_them() -> list[int | BaseException | None]:
        return await asyncio.gather(*(receiver.put("grid", one) for one in envelopes), return_exceptions=True)

    return asyncio.run(all_of_them())


def claim(database: Database, worker: str = "w", *, now: datetime = NOON) -> list[LaneBatch]:
    return queue.claim(database, worker, now=now)


def ids(runs: list[LaneBatch]) -> list[list[int]]:
    return [[row.id for row in run.rows] for run in runs]


def row(database: Database, number: int) -> InboxRow:
    with database.read() as session:
        return session.get_one(InboxRow, number)


def fail(database: Database, letter_: InboxRow, *, now: datetime = NOON) -> bool:
    with database.write() as session:
        return queue.mark_failed(session, letter_, "ValueError", now=now)


def finish(database: Database, letter_: InboxRow) -> None:
    with database.write() as session:
        queue.mark_done(session, {letter_.id: "chatter"}, now=NOON)


# Receiving ------------------------------------------------------------------------------------


def test_many_at_once_are_all_stored_in_their_order(receiver: InboxWriter, database: Database) -> None:
    numbers = put(receiver, *(letter(n) for n in range(1200)))
    assert numbers == sorted(numbers, key=lambda number: number if isinstance(number, int) else -1)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 1200
        stored = session.scalars(select(InboxRow.message_id).order_by(InboxRow.id))
        assert list(stored) == [f"M-{n}" for n in range(1200)]


def test_times_are_stored_as_every_other_statement_writes_them(
    receiver: InboxWriter, database: Database
) -> None:
    put(receiver, letter(1))
    with database.read() as session:
        same = select(InboxRow.id).where(InboxRow.received_at == NOON, InboxRow.not_before == NOON)
        assert session.scalar(same) == 1
        later = select(ReplyHandle.id).where(ReplyHandle.expires_at == NOON + timedelta(hours=1))
        assert session.scalar(later) == 1


def test_a_copy_is_acknowledged_and_not_stored(receiver: InboxWriter, database: Database) -> None:
    first = put(receiver, letter(1), letter(1), letter(2))
    assert [number is None for number in first] == [False, True, False]
    assert put(receiver, letter(1), letter(2)) == [None, None]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 2
        assert session.scalar(select(func.count()).select_from(ReplyHandle)) == 2


def test_the_same_number_on_another_channel_is_another_message(receiver: InboxWriter) -> None:
    async def both() -> list[int | None]:
        return [await receiver.put("one", letter(1)), await receiver.put("two", letter(1))]

    assert None not in asyncio.run(both())


def test_the_same_number_of_another_sender_is_another_message(receiver: InboxWriter) -> None:
    assert put(receiver, letter(1), letter(1, sender="li"), letter(1)) == [1, 2, None]
    assert put(receiver, letter(1, sender="li")) == [None]


def test_what_the_database_cannot_take_refuses_no_other(receiver: InboxWriter, database: Database) -> None:
    answers = put(receiver, letter(1), letter(2, raw="\ud800"), letter(3), letter(4, raw="\udfff"))
    assert [isinstance(answer, int) for answer in answers] == [True, False, True, False]
    assert isinstance(answers[1], Exception)
    assert isinstance(put(receiver, letter(5))[0], int)


def test_a_dead_database_acknowledges_nothing_and_a_live_one_goes_on(
    receiver: InboxWriter, database: Database
) -> None:
    with database.write() as session:
        session.execute(text("ALTER TABLE inbox RENAME TO away"))
    answers = put(receiver, *(letter(n) for n in range(50)))
    assert all(isinstance(answer, Exception) for answer in answers)
    with database.write() as session:
        session.execute(text("ALTER TABLE away RENAME TO inbox"))
    assert all(isinstance(answer, int) for answer in put(receiver, *(letter(n) for n in range(50))))


def test_stopping_writes_what_has_gathered(database: Database) -> None:
    running = InboxWriter(database, clock=lambda: NOON, on_stored=lambda: None)

    async def put_then_stop() -> list[int | None]:
        waiting = [asyncio.create_task(running.put("grid", letter(n))) for n in range(20)]
        await asyncio.sleep(0)
        running.start()
        await asyncio.to_thread(running.stop)
        return await asyncio.gather(*waiting)

    assert None not in asyncio.run(put_then_stop())


# Claiming -------------------------------------------------------------------------------------


def test_a_lane_is_claimed_whole_and_in_order(receiver: InboxWriter, database: Database) -> None:
    put(receiver, letter(1), letter(2, sender="li"), letter(3), letter(4, chat="wrB"), letter(5))
    assert ids(claim(database)) == [[1, 3, 5], [2], [4]]
    assert [row(database, n).state for n in (1, 2, 3)] == ["leased", "leased", "ready"]
    assert claim(database, "other") == []


def test_a_long_lane_is_taken_in_pieces(receiver: InboxWriter, database: Database) -> None:
    put(receiver, *(letter(n) for n in range(5)))
    assert ids(queue.claim(database, "w", now=NOON, per_lane=2)) == [[1, 2]]


def test_two_claimers_never_share_a_lane(receiver: InboxWriter, database: Database) -> None:
    put(receiver, *(letter(n, sender=f"p{n % 40}") for n in range(200)))
    start = threading.Barrier(4)

    def race(worker: str) -> list[LaneBatch]:
        start.wait()
        return queue.claim(database, worker, now=NOON, lanes=25)

    with ThreadPoolExecutor(4) as pool:
        found = [run for runs in pool.map(race, "abcd") for run in runs]
    lanes = [run.rows[0].lane for run in found]
    assert len(lanes) == len(set(lanes)) == 40
    assert all(list(run.rows) == sorted(run.rows, key=lambda one: one.id) for run in found)


def test_the_database_itself_refuses_a_second_lease_in_a_lane(
    receiver: InboxWriter, database: Database
) -> None:
    put(receiver, letter(1), letter(2))
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(update(InboxRow).values(state=InboxState.LEASED))


def test_a_message_before_a_leased_one_waits_without_holding_up_other_lanes(
    receiver: InboxWriter, database: Database
) -> None:
    """Replayed, or numbered first and committed last by another process."""
    put(receiver, letter(1), letter(2), letter(3, sender="li"))
    first = row(database, 1)
    for _ in range(MAX_ATTEMPTS):
        fail(database, first)
        first = row(database, 1)
    assert ids(queue.claim(database, "w", now=NOON, lanes=1)) == [[2]]
    with database.write() as session:
        assert queue.replay(session, 1, now=NOON)
    assert ids(claim(database)) == [[3]]
    finish(database, row(database, 2))
    assert ids(claim(database)) == [[1]]


# Failing --------------------------------------------------------------------------------------


def test_a_failed_message_holds_back_its_lane_only(receiver: InboxWriter, database: Database) -> None:
    put(receiver, letter(1), letter(2), letter(3, sender="li"))
    claim(database)
    assert fail(database, row(database, 1)) is False
    finish(database, row(database, 3))
    put(receiver, letter(4, sender="li"))
    assert ids(claim(database)) == [[4]]
    assert ids(claim(database, now=NOON + timedelta(seconds=2))) == [[1, 2]]


def test_what_waits_for_another_try_ends_the_run_before_it(receiver: InboxWriter, database: Database) -> None:
    put(receiver, *(letter(n) for n in range(4)))
    fail(database, row(database, 3))
    assert ids(claim(database)) == [[1, 2]]


def test_after_five_failures_it_is_parked_and_the_lane_goes_on(
    receiver: InboxWriter, database: Database
) -> None:
    put(receiver, letter(1), letter(2))
    now, parked = NOON, [False]
    while not any(parked):
        now += timedelta(seconds=40)
        assert ids(claim(database, now=now)) == [[1, 2]]
        parked.append(fail(database, row(database, 1), now=now))
    assert len(parked) == MAX_ATTEMPTS + 1
    assert row(database, 1).state == InboxState.DEAD
    assert row(database, 1).error == "ValueError"
    assert ids(claim(database, now=now)) == [[2]]


def test_a_dead_letter_is_replayed_once_with_all_its_tries(receiver: InboxWriter, database: Database) -> None:
    put(receiver, letter(1))
    for _ in range(MAX_ATTEMPTS):
        fail(database, row(database, 1))
    with database.write() as session:
        assert queue.replay(session, 1, now=NOON)
        assert not queue.replay(session, 1, now=NOON)
        assert not queue.replay(session, 99, now=NOON)
    assert ids(claim(database)) == [[1]]
    assert row(database, 1).attempts == 0


def test_a_released_lane_is_as_it_was(receiver: InboxWriter, database: Database) -> None:
    put(receiver, letter(1), letter(2))
    (run,) = claim(database)
    with database.write() as session:
        queue.release(session, run)
    assert (row(database, 1).attempts, row(database, 1).leased_by) == (0, None)
    assert ids(claim(database, "other")) == [[1, 2]]


def test_who_lost_the_lease_is_told_so(receiver: InboxWriter, database: Database) -> None:
    put(receiver, letter(1), letter(2, sender="li"))
    mine = claim(database, "slow")
    with database.write() as session:
        queue.release(session, mine[0])
    claim(database, "quick")
    with database.write() as session:
        assert queue.still_leased(session, mine, "slow") == [mine[1]]


def test_what_may_kill_its_process_is_taken_alone(receiver: InboxWriter, database: Database) -> None:
    """Otherwise whatever is handled beside it is parked with it."""
    put(receiver, letter(1), letter(2), letter(3, sender="li"), letter(4, sender="wang"))
    with database.write() as session:
        session.execute(update(InboxRow).where(InboxRow.id.in_((1, 3))).values(orphaned=3))
    assert ids(claim(database)) == [[1]]
    assert ids(claim(database)) == [[3]]
    assert ids(claim(database)) == [[4]]
