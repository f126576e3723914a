"""The outbox on both databases: lanes, merging, outcomes, and what becomes of what a dead process held."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.channels.base import Again, Never, Sent, Unknown
from bot.outbox import queue
from bot.outbox.dead_letters import CARD_WINDOW
from bot.outbox.queue import MAX_ATTEMPTS, PASSIVE_WAIT
from models.database import Database
from models.inbox import ReplyHandle
from models.messages import Card, CardUpdatePush, TextPush
from models.pushes import Push, PushState
from tests.bot.posting import FakeChannel, Post
from tests.conftest import NOON

UPDATE = CardUpdatePush("M-1", Card("task", "标题"))


# Lanes ----------------------------------------------------------------------------------------


def test_a_lane_goes_one_by_one_in_the_order_written(post: Post) -> None:
    first, second = post.write("一"), post.write("二")
    assert post.claimed() == [first]
    assert post.claimed() == []
    post.settle(first)
    assert post.claimed() == [second]


def test_lanes_go_side_by_side_and_urgent_ones_first(post: Post) -> None:
    other = post.chat("wrB")
    slow, beside = post.write("一"), post.write("二", chat=other)
    urgent = post.write("急", urgent=True)
    assert post.claimed() == [urgent, slow, beside]


def test_the_database_itself_refuses_two_pushes_of_a_lane_in_flight(post: Post) -> None:
    post.write("一")
    post.write("二")
    with pytest.raises(IntegrityError):
        post.change(lambda session: session.execute(update(Push).values(state=PushState.LEASED)))


def test_writing_the_same_push_twice_is_refused(post: Post) -> None:
    post.write("一", dedupe_key="same")
    with pytest.raises(IntegrityError):
        post.write("一", dedupe_key="same")


def test_a_replayed_push_waits_for_the_one_in_flight(post: Post) -> None:
    first, second = post.write("一"), post.write("二")
    other = post.write("三", chat=post.chat("wrB"))
    post.claim()
    post.settle(first, Unknown("ack_timeout"))
    post.settle(other)
    assert post.claimed() == [second]
    assert post.change(lambda session: queue.replay(session, first, now=NOON))
    assert post.claimed() == []
    post.settle(second)
    assert post.claimed() == [first]


def test_pushes_of_channels_that_are_not_here_are_left_alone(post: Post) -> None:
    post.write("一", channel="elsewhere")
    assert post.claimed() == []


def test_what_waits_until_later_holds_its_lane(post: Post) -> None:
    """Quiet hours: nothing overtakes what is being held, except on the urgent lane."""
    morning = NOON + timedelta(hours=8)
    held = post.write("一", not_before=morning)
    post.write("二")
    urgent = post.write("急", urgent=True)
    assert post.claimed() == [urgent]
    assert post.claimed(now=morning) == [held]


# Merging --------------------------------------------------------------------------------------


def test_a_newer_status_takes_the_place_of_an_older_unsent_one(post: Post) -> None:
    old = post.write("已受理", merge_key="status:1")
    between = post.write("别的")
    new = post.write("已交办", merge_key="status:1")
    assert post.drain() == [between, new]
    assert [post.state(n) for n in (old, between, new)] == ["merged", "sent", "sent"]


def test_a_long_queue_of_statuses_is_merged_at_one_look(post: Post) -> None:
    numbers = [post.write(f"状态{n}", merge_key=f"status:{n % 3}") for n in range(60)]
    assert post.claimed() == [numbers[-3]]


def test_statuses_of_other_chats_are_not_merged(post: Post) -> None:
    here = post.write("已受理", merge_key="status:1")
    there = post.write("已受理", merge_key="status:1", chat=post.chat("wrB"))
    assert post.drain() == [here, there]


def test_a_status_that_is_being_sent_is_not_merged(post: Post) -> None:
    old = post.write("已受理", merge_key="status:1")
    post.claim()
    new = post.write("已交办", merge_key="status:1")
    post.settle(old)
    assert post.drain() == [new]
    assert post.state(old) == PushState.SENT


# Outcomes -------------------------------------------------------------------------------------


def test_sent_is_kept_with_its_time_and_spends_its_handle(post: Post) -> None:
    handle = ReplyHandle(
        channel="grid", chat_id="wrA", message_id="M-1", kind="response_url", value="u", event=False,
        expires_at=NOON + timedelta(hours=1),
    )  # fmt: skip
    post.change(lambda session: session.add(handle))
    number = post.write("一")
    (item,) = post.claim()
    assert [one.value for one in item.route.delivery.handles] == ["u"]
    post.settle(number, Sent("receipt", used=1))
    push = post.push(number)
    assert (push.state, push.outcome, push.sent_at, push.leased_by) == ("sent", "receipt", NOON, None)
    post.write("二")
    assert post.claim()[0].route.delivery.handles == ()


def test_a_failure_is_tried_again_later_and_later_and_parked_in_the_end(post: Post) -> None:
    number, now, waits = post.write("一"), NOON, []
    while post.state(number) == PushState.READY:
        assert post.claimed(now=now) == [number]
        post.settle(number, Again("http_500", after=5.0), now=now)
        waits.append((post.push(number).not_before - now).total_seconds())
        now = max(post.push(number).not_before, now)
    assert len(waits) == MAX_ATTEMPTS
    assert waits[:4] == [10.0, 20.0, 40.0, 80.0]
    assert (post.state(number), post.push(number).outcome) == ("dead", "http_500")


def test_an_outage_counts_as_no_failure(post: Post) -> None:
    number, now = post.write("一"), NOON
    for _ in range(3 * MAX_ATTEMPTS):
        now += timedelta(seconds=2)
        assert post.claimed(now=now) == [number]
        post.settle(number, Again("not_connected", after=2.0, free=True), now=now)
    assert (post.state(number), post.push(number).attempts) == ("ready", 0)


def test_what_no_route_takes_is_parked_and_the_lane_goes_on(post: Post) -> None:
    first, second = post.write("一"), post.write("二")
    post.claim()
    post.settle(first, Never("errcode_40058"))
    assert post.state(first) == PushState.DEAD
    assert post.claimed() == [second]


def test_unknown_is_never_sent_again_by_itself(post: Post) -> None:
    first, second = post.write("一"), post.write("二")
    post.claim()
    post.settle(first, Unknown("ack_timeout"))
    assert post.drain(now=NOON + timedelta(days=1)) == [second]
    assert post.state(first) == PushState.UNKNOWN


def test_a_letter_of_unknown_fate_says_when_it_is_sent_again(post: Post, grid: FakeChannel) -> None:
    number = post.write("请核查")
    post.claim()
    post.settle(number, Unknown("ack_timeout"))
    assert post.change(lambda session: queue.replay(session, number, now=NOON))
    (item,) = post.claim()
    assert item.route.delivery.body == TextPush("请核查\n（补发，如已收到请忽略）")


def test_a_dead_letter_is_replayed_with_all_its_tries_and_routes(post: Post) -> None:
    number = post.write("一")
    post.claim()
    post.settle(number, Never("errcode_1"))
    assert post.change(lambda session: queue.replay(session, number, now=NOON))
    assert not post.change(lambda session: queue.replay(session, number, now=NOON))
    (item,) = post.claim()
    assert item.route.delivery.body == TextPush("一")


def test_who_lost_a_push_does_not_speak_for_it(post: Post) -> None:
    number = post.write("一")
    post.claim()
    lost = update(Push).values(state=PushState.LEASED, leased_by="another")
    post.change(lambda session: session.execute(lost))
    post.settle(number, Again("http_500"))
    assert (post.state(number), post.push(number).leased_by) == ("leased", "another")
    post.settle(number, Sent())
    assert post.state(number) == PushState.SENT


# Cards ----------------------------------------------------------------------------------------


def test_a_card_that_was_not_changed_in_time_is_missed_and_no_dead_letter(
    post: Post, grid: FakeChannel
) -> None:
    grid.connected = False
    update, words = post.write(UPDATE), post.write("二")
    assert post.claimed() == []
    late = NOON + CARD_WINDOW + timedelta(seconds=1)
    assert post.claimed(now=late) == []
    assert post.state(update) == PushState.MISSED
    grid.connected = True
    assert post.claimed(now=late + timedelta(seconds=2)) == [words]


def test_a_card_update_never_takes_the_webhook(database: Database, grid: FakeChannel) -> None:
    post = Post(database, grid, FakeChannel("rings"))
    post.chat("wrA", webhook_channel="rings", webhook_key="k")
    update = post.write(UPDATE)
    post.claim()
    post.settle(update, Never("card_window_over"))
    assert post.claimed(now=NOON + CARD_WINDOW * 2) == []
    assert post.state(update) == PushState.MISSED


# Passive replies ------------------------------------------------------------------------------


def test_an_answer_is_kept_for_the_open_request_for_a_while(post: Post) -> None:
    post.change(lambda session: session.execute(post.letter))
    number = post.write("答", answers=1)
    assert post.claim(passive={"grid"}) == []
    (item,) = post.claim(passive={"grid"}, now=NOON + PASSIVE_WAIT)
    assert item.push_id == number


def test_the_open_request_takes_its_answer_only_at_its_turn(post: Post) -> None:
    post.change(lambda session: session.execute(post.letter))
    before, number = post.write("先"), post.write("答", answers=1)
    assert post.outbox.claim_answer(1, post.channels, now=NOON) is None
    post.claim()
    post.settle(before)
    answer = post.outbox.claim_answer(1, post.channels, now=NOON)
    assert answer is not None
    assert (answer.id, post.state(number)) == (number, "leased")
    assert post.outbox.claim_answer(1, post.channels, now=NOON) is None
