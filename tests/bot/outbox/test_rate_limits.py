"""The law of the outbox: no window of any limit ever holds more sends than it allows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import (
    Delivered,
    Delivery,
    Outcome,
    OutcomeUnknown,
    RateLimit,
    RetryLater,
    build_rate_limits,
)
from bot.outbox import send_records
from bot.outbox.queue import Outbox
from models.database import Database
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON
from tests.databases import copy_template


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_full_window_holds_the_lane_until_its_oldest_send_has_left(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid", limits=((2, 60.0),)))
    post.add_chat()
    numbers = [post.add_push(f"{n}") for n in range(3)]
    assert post.drain(now=at(0)) == numbers[:2]
    assert post.claim_ids(now=at(59)) == []
    assert post.claim_ids(now=at(60)) == numbers[2:]


def test_a_send_counts_from_its_answer_and_before_that_from_its_start(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid", limits=((1, 60.0),)))
    post.add_chat()
    first, urgent = post.add_push("一"), post.add_push("急", urgent=True)
    assert post.claim_ids(now=at(0)) == [urgent]
    assert post.claim_ids(now=at(5)) == []
    post.settle(urgent, now=at(8))
    assert post.claim_ids(now=at(67)) == []
    assert post.claim_ids(now=at(68)) == [first]


def test_two_windows_of_one_key_count_a_send_once_each(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid", limits=((3, 60.0), (5, 3600.0))))
    post.add_chat()
    numbers = [post.add_push(f"{n}") for n in range(7)]
    assert post.drain(now=at(0)) == numbers[:3]
    assert post.drain(now=at(60)) == numbers[3:5]
    assert post.drain(now=at(3599)) == []
    assert post.drain(now=at(3600)) == numbers[5:]


class InPieces(FakeChannel):
    """The platform counts each push as two messages."""

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        return build_rate_limits("key", self.limits, messages=2)


def test_what_the_platform_counts_as_two_is_counted_as_two(database: Database) -> None:
    post = OutboxHarness(database, InPieces("grid", limits=((4, 60.0), (6, 3600.0))))
    post.add_chat()
    numbers = [post.add_push(f"{n}") for n in range(4)]
    assert post.drain(now=at(0)) == numbers[:2]
    assert post.drain(now=at(60)) == numbers[2:3]


def test_an_answer_within_the_request_is_counted_too(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid", limits=((1, 60.0),)))
    post.add_chat()
    post.add_push("一")
    post.drain()
    post.run_in_session(lambda session: session.execute(post.inbox_insert))
    post.add_push("答", answers=1)
    assert post.outbox.claim_answer(1, post.channels, now=at(1)) is None
    assert post.outbox.claim_answer(1, post.channels, now=at(60)) is not None


def test_senders_that_look_at_once_do_not_share_the_last_place(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid", limits=((1, 60.0),)))
    post.add_chat()
    for n in range(8):
        post.add_push(f"{n}", lane=f"lane {n}")
    start = Barrier(4)

    def claim(worker: str) -> int:
        start.wait()
        return len(Outbox(database, worker=worker, folder=Path()).claim(post.channels, now=NOON))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(claim, "abcd")) == 1


def test_old_sends_are_swept_away_and_young_ones_are_not(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid", limits=((1, 3600.0),)))
    post.add_chat()
    post.add_push("一")
    late = post.add_push("二")
    post.drain(now=at(0))
    post.run_in_session(lambda session: send_records.delete_old(session, now=at(3599)))
    assert post.claim_ids(now=at(3599)) == []
    post.run_in_session(lambda session: send_records.delete_old(session, now=at(3 * 3600)))
    assert post.claim_ids(now=at(3 * 3600)) == [late]


# The law --------------------------------------------------------------------------------------


OUTCOMES: dict[str, Outcome] = {
    "answer": Delivered(),
    "answer again": RetryLater("busy", 0.0, uncounted=True),
    "answer unknown": OutcomeUnknown("ack_timeout"),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.3, 1.0, 4.0, 9.9, 15.0]),  # seconds that pass before it
        st.sampled_from(["write", "write urgent", "claim", *OUTCOMES]),
        st.floats(0.0, 1.0),  # when within its flight the platform counts it
    ),
    min_size=10,
    max_size=60,
)


@given(steps=STEPS, count=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_no_window_of_the_platform_ever_holds_too_many(
    empty_engine: Database, sqlite_template: Path, steps: list[tuple[float, str, float]], count: int
) -> None:
    database = copy_template(empty_engine, sqlite_template)
    post = OutboxHarness(database, FakeChannel("grid", limits=((count, 10.0),)))
    post.add_chat()
    now, counted = NOON, []
    flying: list[tuple[int, datetime, float]] = []
    for wait, act, share in steps:
        now += timedelta(seconds=wait)
        if act.startswith("write"):
            post.add_push("事", now=now, urgent="urgent" in act)
        elif act == "claim":
            flying += [(number, now, share) for number in post.claim_ids(now=now)]
        elif flying:
            number, left, when = flying.pop(0)
            counted.append(left + (now - left) * when)
            post.settle(number, OUTCOMES[act], now=now)
    times = sorted(counted)
    for early, late in zip(times, times[count:], strict=False):
        assert late - early >= timedelta(seconds=10)
