"""The outbox on both databases: lanes, merging, outcomes, and what becomes of what a dead process held."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.channels.base import Delivered, OutcomeUnknown, RetryLater, RouteRefused
from bot.outbox.queue import MAX_ATTEMPTS
from bot.outbox.statements import NOT_PASSIVE, PASSIVE_WAIT
from handlers.notifications import pushes
from models.database import Database
from models.inbox import ReplyHandle
from models.messages import Card, CardUpdatePush, TextPush
from models.pushes import Push, PushState
from tests.bot.posting import CARD_WINDOW, FakeChannel, OutboxHarness
from tests.conftest import NOON

UPDATE = CardUpdatePush("M-1", Card("task", "标题"))


# Lanes ----------------------------------------------------------------------------------------


def test_a_lane_goes_one_by_one_in_the_order_written(post: OutboxHarness) -> None:
    first, second = post.add_push("一"), post.add_push("二")
    assert post.claim_ids() == [first]
    assert post.claim_ids() == []
    post.settle(first)
    assert post.claim_ids() == [second]


def test_lanes_go_side_by_side_and_urgent_ones_first(post: OutboxHarness) -> None:
    other = post.add_chat("wrB")
    slow, beside = post.add_push("一"), post.add_push("二", chat=other)
    urgent = post.add_push("急", urgent=True)
    assert post.claim_ids() == [urgent, slow, beside]


def test_what_another_process_sends_is_left_to_that_one(post: OutboxHarness) -> None:
    """It was put off by two seconds at each look of a process that could not send it."""
    number = post.add_push("一")
    channel = post.channels["grid"]
    assert isinstance(channel, FakeChannel)
    channel.sends_here = channel.connected = False
    assert post.claim_ids() == []
    assert post.load_push(number).not_before == NOON
    channel.sends_here = channel.connected = True
    assert post.claim_ids() == [number]


def test_the_database_itself_refuses_two_pushes_of_a_lane_in_flight(post: OutboxHarness) -> None:
    post.add_push("一")
    post.add_push("二")
    with pytest.raises(IntegrityError):
        post.run_in_session(lambda session: session.execute(update(Push).values(state=PushState.LEASED)))


def test_writing_the_same_push_twice_is_refused(post: OutboxHarness) -> None:
    post.add_push("一", dedupe_key="same")
    with pytest.raises(IntegrityError):
        post.add_push("一", dedupe_key="same")


def test_a_replayed_push_waits_for_the_one_in_flight(post: OutboxHarness) -> None:
    first, second = post.add_push("一"), post.add_push("二")
    other = post.add_push("三", chat=post.add_chat("wrB"))
    post.claim()
    post.settle(first, OutcomeUnknown("ack_timeout"))
    post.settle(other)
    assert post.claim_ids() == [second]
    assert post.run_in_session(lambda session: pushes.replay(session, first, now=NOON))
    assert post.claim_ids() == []
    post.settle(second)
    assert post.claim_ids() == [first]


def test_pushes_of_channels_that_are_not_here_are_left_alone(post: OutboxHarness) -> None:
    post.add_push("一", channel="elsewhere")
    assert post.claim_ids() == []


def test_what_waits_until_later_holds_its_lane(post: OutboxHarness) -> None:
    """Quiet hours: nothing overtakes what is being held, except on the urgent lane."""
    morning = NOON + timedelta(hours=8)
    held = post.add_push("一", not_before=morning)
    post.add_push("二")
    urgent = post.add_push("急", urgent=True)
    assert post.claim_ids() == [urgent]
    assert post.claim_ids(now=morning) == [held]


# Merging --------------------------------------------------------------------------------------


def test_a_newer_status_takes_the_place_of_an_older_unsent_one(post: OutboxHarness) -> None:
    old = post.add_push("已受理", merge_key="status:1")
    between = post.add_push("别的")
    new = post.add_push("已交办", merge_key="status:1")
    assert post.drain() == [between, new]
    assert [post.load_state(n) for n in (old, between, new)] == ["merged", "sent", "sent"]


def test_a_long_queue_of_statuses_is_merged_at_one_look(post: OutboxHarness) -> None:
    numbers = [post.add_push(f"状态{n}", merge_key=f"status:{n % 3}") for n in range(60)]
    assert post.claim_ids() == [numbers[-3]]


def test_statuses_of_other_chats_are_not_merged(post: OutboxHarness) -> None:
    here = post.add_push("已受理", merge_key="status:1")
    there = post.add_push("已受理", merge_key="status:1", chat=post.add_chat("wrB"))
    assert post.drain() == [here, there]


def test_a_status_that_is_being_sent_is_not_merged(post: OutboxHarness) -> None:
    old = post.add_push("已受理", merge_key="status:1")
    post.claim()
    new = post.add_push("已交办", merge_key="status:1")
    post.settle(old)
    assert post.drain() == [new]
    assert post.load_state(old) == PushState.SENT


# Outcomes -------------------------------------------------------------------------------------


def test_sent_is_kept_with_its_time_and_spends_its_handle(post: OutboxHarness) -> None:
    handle = ReplyHandle(
        channel="grid", chat_id="wrA", message_id="M-1", kind="response_url", value="u", event=False,
        expires_at=NOON + timedelta(hours=1),
    )  # fmt: skip
    post.run_in_session(lambda session: session.add(handle))
    number = post.add_push("一")
    (item,) = post.claim()
    assert [one.value for one in item.route.delivery.handles] == ["u"]
    post.settle(number, Delivered("receipt", used_handle=1))
    push = post.load_push(number)
    assert (push.state, push.outcome, push.sent_at, push.leased_by) == ("sent", "receipt", NOON, None)
    post.add_push("二")
    assert post.claim()[0].route.delivery.handles == ()


def test_a_failure_is_tried_again_later_and_later_and_parked_in_the_end(post: OutboxHarness) -> None:
    number, now, waits = post.add_push("一"), NOON, []
    while post.load_state(number) == PushState.READY:
        assert post.claim_ids(now=now) == [number]
        post.settle(number, RetryLater("http_500", after=5.0), now=now)
        waits.append((post.load_push(number).not_before - now).total_seconds())
        now = max(post.load_push(number).not_before, now)
    assert len(waits) == MAX_ATTEMPTS
    assert waits[:4] == [10.0, 20.0, 40.0, 80.0]
    assert (post.load_state(number), post.load_push(number).outcome) == ("dead", "http_500")


def test_an_outage_counts_as_no_failure(post: OutboxHarness) -> None:
    number, now = post.add_push("一"), NOON
    for _ in range(3 * MAX_ATTEMPTS):
        now += timedelta(seconds=2)
        assert post.claim_ids(now=now) == [number]
        post.settle(number, RetryLater("not_connected", after=2.0, uncounted=True), now=now)
    assert (post.load_state(number), post.load_push(number).attempts) == ("ready", 0)


def test_what_no_route_takes_is_parked_and_the_lane_goes_on(post: OutboxHarness) -> None:
    first, second = post.add_push("一"), post.add_push("二")
    post.claim()
    post.settle(first, RouteRefused("errcode_40058"))
    assert post.load_state(first) == PushState.DEAD
    assert post.claim_ids() == [second]


def test_unknown_is_never_sent_again_by_itself(post: OutboxHarness) -> None:
    first, second = post.add_push("一"), post.add_push("二")
    post.claim()
    post.settle(first, OutcomeUnknown("ack_timeout"))
    assert post.drain(now=NOON + timedelta(days=1)) == [second]
    assert post.load_state(first) == PushState.UNKNOWN


def test_a_letter_of_unknown_fate_says_when_it_is_sent_again(post: OutboxHarness, grid: FakeChannel) -> None:
    number = post.add_push("请核查")
    post.claim()
    post.settle(number, OutcomeUnknown("ack_timeout"))
    assert post.run_in_session(lambda session: pushes.replay(session, number, now=NOON))
    (item,) = post.claim()
    assert item.route.delivery.body == TextPush("请核查\n（补发，如已收到请忽略）")


def test_a_dead_letter_is_replayed_with_all_its_tries_and_routes(post: OutboxHarness) -> None:
    number = post.add_push("一")
    post.claim()
    post.settle(number, RouteRefused("errcode_1"))
    assert post.run_in_session(lambda session: pushes.replay(session, number, now=NOON))
    assert not post.run_in_session(lambda session: pushes.replay(session, number, now=NOON))
    (item,) = post.claim()
    assert item.route.delivery.body == TextPush("一")


def test_who_lost_a_push_does_not_speak_for_it(post: OutboxHarness) -> None:
    number = post.add_push("一")
    post.claim()
    lost = update(Push).values(state=PushState.LEASED, leased_by="another")
    post.run_in_session(lambda session: session.execute(lost))
    post.settle(number, RetryLater("http_500"))
    assert (post.load_state(number), post.load_push(number).leased_by) == ("leased", "another")
    post.settle(number, Delivered())
    assert post.load_state(number) == PushState.SENT


# Cards ----------------------------------------------------------------------------------------


def test_a_card_that_was_not_changed_in_time_is_missed_and_no_dead_letter(
    post: OutboxHarness, grid: FakeChannel
) -> None:
    grid.connected = False
    update, words = post.add_push(UPDATE), post.add_push("二")
    assert post.claim_ids() == []
    late = NOON + CARD_WINDOW + timedelta(seconds=1)
    assert post.claim_ids(now=late) == []
    assert post.load_state(update) == PushState.MISSED
    grid.connected = True
    assert post.claim_ids(now=late + timedelta(seconds=2)) == [words]


def test_a_card_update_never_takes_the_webhook(database: Database, grid: FakeChannel) -> None:
    post = OutboxHarness(database, grid, FakeChannel("rings"))
    post.add_chat("wrA", webhook_channel="rings", webhook_key="k")
    update = post.add_push(UPDATE)
    post.claim()
    post.settle(update, RouteRefused("card_window_over"))
    assert post.claim_ids(now=NOON + CARD_WINDOW * 2) == []
    assert post.load_state(update) == PushState.MISSED


# Passive replies ------------------------------------------------------------------------------


def test_an_answer_is_kept_for_the_open_request_for_a_while(post: OutboxHarness) -> None:
    post.run_in_session(lambda session: session.execute(post.inbox_insert))
    number = post.add_push("答", answers=1)
    assert post.claim(passive={"grid"}) == []
    (item,) = post.claim(passive={"grid"}, now=NOON + PASSIVE_WAIT)
    assert item.push_id == number


def test_an_answer_that_its_request_could_not_take_waits_no_longer(post: OutboxHarness) -> None:
    post.run_in_session(lambda session: session.execute(post.inbox_insert))
    number = post.add_push("答", answers=1)
    push = post.outbox.claim_answer(1, post.channels, now=NOON)
    assert push is not None
    post.settle(number, NOT_PASSIVE)
    (item,) = post.claim(passive={"grid"})
    assert item.push_id == number


def test_the_open_request_takes_its_answer_only_at_its_turn(post: OutboxHarness) -> None:
    post.run_in_session(lambda session: session.execute(post.inbox_insert))
    before, number = post.add_push("先"), post.add_push("答", answers=1)
    assert post.outbox.claim_answer(1, post.channels, now=NOON) is None
    post.claim()
    post.settle(before)
    answer = post.outbox.claim_answer(1, post.channels, now=NOON)
    assert answer is not None
    assert (answer.push_id, post.load_state(number)) == (number, "leased")
    assert post.outbox.claim_answer(1, post.channels, now=NOON) is None
