"""Routes that do not answer are left alone, and tried again by themselves; on both databases."""

from datetime import datetime, timedelta

import pytest

from bot.channels.base import CredentialsRefused, Delivered, OutcomeUnknown, RetryLater, RouteRefused
from bot.outbox.circuits import HELD_PAUSE, LIMIT, LONGEST_PAUSE, LONGEST_TRIAL, PAUSE, Circuits
from bot.outbox.queue import Outbox
from models.database import Database
from models.messages import TextPush
from models.pushes import PushPurpose
from tests.bot.posting import RINGS, FakeChannel, OutboxHarness
from tests.conftest import NOON

SILENCE = OutcomeUnknown("ack_timeout")
REFUSED = RetryLater("connect_failed", outage=True)
HELD = CredentialsRefused("errcode_40001")


@pytest.fixture
def circuits() -> Circuits:
    return Circuits(chance=lambda: 0.0)


def fail(circuits: Circuits, times: int = LIMIT, *, now: datetime = NOON) -> None:
    for _ in range(times):
        circuits.record("grid", SILENCE, now=now)


@pytest.mark.parametrize("failure", [SILENCE, REFUSED])
def test_after_a_few_failures_in_a_row_a_route_is_left_alone(
    circuits: Circuits, failure: OutcomeUnknown | RetryLater
) -> None:
    for _ in range(LIMIT - 1):
        circuits.record("grid", failure, now=NOON)
        assert circuits.may_use("grid", now=NOON)
    circuits.record("grid", failure, now=NOON)
    assert (circuits.may_use("grid", now=NOON), circuits.may_use("rings", now=NOON)) == (False, True)
    assert circuits.list_unused() == ["grid"]


def test_what_was_accepted_in_between_makes_a_fresh_start(circuits: Circuits) -> None:
    for outcome in (SILENCE, SILENCE, Delivered(), SILENCE, SILENCE):
        circuits.record("grid", outcome, now=NOON)
    assert circuits.may_use("grid", now=NOON)


@pytest.mark.parametrize(
    "other", [RetryLater("errcode_45009", uncounted=True), RouteRefused("errcode_40058")]
)
def test_what_concerns_one_push_does_not_count_against_the_route(
    circuits: Circuits, other: RetryLater | RouteRefused
) -> None:
    for _ in range(LIMIT * 2):
        circuits.record("grid", other, now=NOON)
    assert circuits.may_use("grid", now=NOON)


def test_it_is_tried_again_with_one_push_at_a_time_until_one_is_accepted(circuits: Circuits) -> None:
    fail(circuits)
    assert circuits.list_due(now=NOON + PAUSE - timedelta(seconds=1)) == []
    assert circuits.list_due(now=NOON + PAUSE) == ["grid"]
    circuits.finish_probe("grid", answered=True, waiting=True, now=NOON + PAUSE)
    assert circuits.may_use("grid", now=NOON)
    circuits.take("grid", now=NOON)
    assert not circuits.may_use("grid", now=NOON)
    circuits.record("grid", Delivered(), now=NOON + PAUSE)
    assert circuits.may_use("grid", now=NOON)
    assert not circuits.is_suspect("grid")


def test_a_trial_whose_outcome_was_lost_is_followed_by_another(circuits: Circuits) -> None:
    fail(circuits)
    circuits.finish_probe("grid", answered=True, waiting=True, now=NOON)
    circuits.take("grid", now=NOON)
    assert not circuits.may_use("grid", now=NOON + LONGEST_TRIAL - timedelta(seconds=1))
    assert circuits.may_use("grid", now=NOON + LONGEST_TRIAL)


def test_what_fails_on_trial_is_left_alone_for_longer(circuits: Circuits) -> None:
    fail(circuits)
    now, pauses = NOON, []
    for _ in range(5):
        since = now
        while circuits.list_due(now=now) == []:
            now += timedelta(seconds=1)
        pauses.append(now - since)
        circuits.finish_probe("grid", answered=True, waiting=True, now=now)
        circuits.take("grid", now=NOON)
        circuits.record("grid", SILENCE, now=now)
        assert not circuits.may_use("grid", now=NOON)
    assert pauses == [PAUSE, 2 * PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


# In the outbox ------------------------------------------------------------------------------------


def silence(post: OutboxHarness, now: datetime = NOON) -> None:
    """Let pushes to several chats go unanswered."""
    for number in range(LIMIT):
        post.add_push("一", chat=post.add_chat(f"wrS{number}"))
    for item in post.claim(now=now):
        post.settle(item.push_id, SILENCE, now=now)


def test_over_a_silent_route_nothing_more_is_sent(post: OutboxHarness) -> None:
    silence(post)
    number = post.add_push("二")
    assert post.claim_ids() == []
    assert post.load_state(number) == "ready"


def test_another_route_of_the_chat_is_taken_at_once(post: OutboxHarness) -> None:
    silence(post)
    chat = post.add_chat("wrB", webhook_channel="rings", webhook_key="k")
    number = post.add_push("二", chat=chat)
    assert [(item.push_id, item.route.channel.name) for item in post.claim()] == [(number, "rings")]


def test_a_webhook_that_is_away_does_not_keep_what_the_bot_could_say(post: OutboxHarness) -> None:
    """It went to the webhook again and again, and was dead after five times."""
    chat = post.add_chat("wrB", webhook_channel="rings", webhook_key="k")
    number = post.add_push(TextPush("请核查", ("zhang",)), chat=chat)
    routes: list[str] = []
    now = NOON
    while (item := next(iter(post.claim(now=now)), None)) and len(routes) < 9:
        routes.append(item.route.channel.name)
        post.settle(number, REFUSED if routes[-1] == "rings" else Delivered(), now=now)
        now = max(post.load_push(number).not_before, now)
    assert routes == ["rings"] * LIMIT + ["grid"]
    assert post.load_state(number) == "sent"


def test_the_trial_brings_the_route_back(post: OutboxHarness) -> None:
    silence(post)
    first, second = post.add_push("二"), post.add_push("三", chat=post.add_chat("wrB"))
    later = NOON + PAUSE
    post.outbox.finish_probe("grid", answered=True, now=later)
    assert post.claim_ids(now=later) == [first]
    assert post.claim_ids(now=later) == []
    post.settle(first, now=later)
    assert post.claim_ids(now=later + timedelta(seconds=2)) == [second]


# Credentials --------------------------------------------------------------------------------------


def test_refused_credentials_hold_the_route_and_lose_nothing(database: Database) -> None:
    """40 pushes were dead at once."""
    post = OutboxHarness(database, FakeChannel("grid"))
    heard: list[str] = []
    post.outbox = Outbox(
        database, worker="w", folder=post.folder, chance=lambda: 0.0,
        on_held_route=lambda _session, channel, _now: heard.append(channel),
    )  # fmt: skip
    numbers = [post.add_push("一", chat=post.add_chat(f"wr{n}")) for n in range(40)]
    now = NOON
    for _ in range(5):
        for item in post.claim(now=now):
            post.settle(item.push_id, HELD, now=now)
        assert post.claim_ids(now=now + timedelta(seconds=3)) == []
        now += HELD_PAUSE * 8
        for route in post.outbox.circuits.list_due(now=now):
            post.outbox.finish_probe(route, answered=True, now=now)
    assert {post.load_state(number) for number in numbers} == {"ready"}
    assert {post.load_push(number).attempts for number in numbers} == {0}
    assert heard == ["grid"]
    # Somebody has mended them.
    assert sorted(post.drain(now=now) + post.drain(now=now + timedelta(seconds=3))) == numbers


def test_one_groups_address_holds_no_others(database: Database) -> None:
    post = OutboxHarness(
        database, FakeChannel("grid", connected=False), FakeChannel("rings", capabilities=RINGS)
    )
    chats = [post.add_chat(f"wr{n}", webhook_channel="rings", webhook_key=f"k{n}") for n in range(2)]
    bad, good = (post.add_push("急", chat=chat, urgent=True) for chat in chats)
    assert post.claim_ids() == [bad, good]
    post.settle(bad, HELD)
    post.settle(good)
    assert post.load_state(good) == "sent"
    more = post.add_push("急", chat=chats[1], urgent=True)
    assert post.claim_ids(now=NOON + timedelta(seconds=3)) == [more]
    assert post.load_state(bad) == "ready"


# How long a push waits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "worth", "reason"),
    [
        (PushPurpose.RECEIPT, timedelta(hours=2), "connect_failed"),
        (PushPurpose.ORDER, timedelta(days=3), "http_502"),
        (PushPurpose.ANSWER, timedelta(days=3), "errcode_-1"),
        (PushPurpose.REMINDER, timedelta(days=3), "answer_not_json"),
        (PushPurpose.NOTICE, timedelta(days=1), "connect_failed"),
    ],
)
def test_a_platform_that_takes_nothing_uses_up_no_tries(
    post: OutboxHarness, purpose: PushPurpose, worth: timedelta, reason: str
) -> None:
    number, now, tries = post.add_push("一", purpose=purpose), NOON, 0
    while post.load_state(number) == "ready":
        for item in post.claim(now=now):
            tries += 1
            post.settle(item.push_id, RetryLater(reason, outage=True), now=now)
        for route in post.outbox.circuits.list_due(now=now):
            post.outbox.finish_probe(route, answered=True, now=now)
        now += worth / 20
        assert now < NOON + worth * 1.1
    assert now - NOON >= worth
    assert tries > 5
    assert (post.load_state(number), post.load_push(number).attempts) == ("dead", 0)


def test_what_waits_does_not_come_back_all_at_once(database: Database) -> None:
    post = OutboxHarness(database, FakeChannel("grid"))
    spread = iter(range(40))
    post.outbox = Outbox(database, worker="w", folder=post.folder, chance=lambda: next(spread) / 40)
    post.outbox.circuits = Circuits(chance=lambda: 0.0)
    for n in range(20):
        post.add_push("一", chat=post.add_chat(f"wr{n}"))
    claimed = [item.push_id for item in post.claim()]
    for number in claimed:
        post.settle(number, REFUSED)
    waits = [(post.load_push(number).not_before - NOON).total_seconds() for number in claimed]
    assert len(set(waits)) == len(waits)
    assert all(5 <= wait <= 10 for wait in waits)


def test_the_next_reminder_of_a_clock_takes_the_place_of_one_that_waits(post: OutboxHarness) -> None:
    old = post.add_push("快到期", purpose=PushPurpose.REMINDER, merge_key="clock:1:sign:2")
    post.claim()
    post.settle(old, REFUSED)
    new = post.add_push("已超时", purpose=PushPurpose.REMINDER, merge_key="clock:1:sign:2")
    assert post.drain(now=NOON + timedelta(minutes=1)) == [new]
    assert post.load_state(old) == "merged"
