"""Pushes without an answer: sent once more when the route answers again, or said to a desk; on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.channels.base import Delivered, OutcomeUnknown
from bot.outbox.circuits import PAUSE
from bot.outbox.queue import Outbox
from models.messages import Card, CardPush, CardUpdatePush, FilePush, PhotoPush, TextPush
from models.pushes import Push, PushPurpose
from models.reports import Media
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON

SILENCE = OutcomeUnknown("ack_timeout")
LATER = NOON + PAUSE
WAITED_FOR = (PushPurpose.RECEIPT, PushPurpose.ORDER, PushPurpose.ANSWER)


@pytest.fixture
def told(post: OutboxHarness) -> list[int]:
    """The pushes of which somebody heard that nobody knows whether they arrived."""
    heard: list[int] = []

    def hear(_session: Session, pushes: Sequence[Push], _now: datetime) -> None:
        heard.extend(push.id for push in pushes)

    post.outbox = Outbox(post.database, worker="w", folder=post.folder, on_doubt=hear, chance=lambda: 0.0)
    return heard


def go_silent(post: OutboxHarness, number: int) -> None:
    assert number in post.claim_ids()
    post.settle(number, SILENCE)


def answer_again(post: OutboxHarness, now: datetime = LATER) -> None:
    """The route accepts a push to another chat."""
    other = post.add_push("别的", chat=post.add_chat(f"wrO{now:%H%M}"), now=now)
    assert post.claim_ids(now=now) == [other]
    post.settle(other, now=now)


@pytest.mark.parametrize("purpose", WAITED_FOR)
def test_what_is_waited_for_is_sent_once_more_when_the_route_answers_again(
    post: OutboxHarness, told: list[int], purpose: PushPurpose
) -> None:
    number = post.add_push("请核查", purpose=purpose)
    go_silent(post, number)
    assert post.claim_ids(now=LATER) == []
    answer_again(post)
    (item,) = post.claim(now=LATER)
    assert (item.push_id, item.route.delivery.doubtful) == (number, True)
    assert item.route.delivery.body == TextPush("请核查\n（补发，如已收到请忽略）")
    post.settle(number, now=LATER)
    assert (post.load_state(number), post.outbox.settle_doubts(now=LATER), told) == ("sent", 0, [])


def test_it_is_sent_once_more_and_never_twice(post: OutboxHarness, told: list[int]) -> None:
    number = post.add_push("请核查", purpose=PushPurpose.ORDER)
    go_silent(post, number)
    answer_again(post)
    assert post.claim_ids(now=LATER) == [number]
    post.settle(number, SILENCE, now=LATER)
    answer_again(post, now=LATER + timedelta(minutes=5))
    assert post.claim_ids(now=LATER + timedelta(minutes=6)) == []
    assert (post.load_state(number), post.outbox.settle_doubts(now=LATER), told) == ("unknown", 1, [number])


@pytest.mark.parametrize("purpose", [PushPurpose.REMINDER, PushPurpose.NOTICE])
def test_others_stay_unknown_and_a_desk_hears_of_them_once(
    post: OutboxHarness, told: list[int], purpose: PushPurpose
) -> None:
    number = post.add_push("一", purpose=purpose)
    go_silent(post, number)
    answer_again(post)
    assert post.claim_ids(now=LATER) == []
    assert post.load_state(number) == "unknown"
    assert [post.outbox.settle_doubts(now=LATER) for _ in range(2)] == [1, 0]
    assert told == [number]


def test_what_may_still_be_sent_is_not_told_of_before_it_is_too_late(
    post: OutboxHarness, told: list[int]
) -> None:
    number = post.add_push("已收到", purpose=PushPurpose.RECEIPT)
    go_silent(post, number)
    assert post.outbox.settle_doubts(now=NOON + timedelta(minutes=119)) == 0
    late = NOON + timedelta(hours=2)
    answer_again(post, now=late)
    assert post.claim_ids(now=late) == []
    assert (post.outbox.settle_doubts(now=late), told) == (1, [number])


def test_without_other_traffic_the_oldest_is_the_trial_and_the_rest_follows(post: OutboxHarness) -> None:
    numbers = [post.add_push("一", purpose=PushPurpose.ORDER, chat=post.add_chat(f"wr{n}")) for n in range(5)]
    for item in post.claim():
        post.settle(item.push_id, SILENCE)
    assert post.outbox.circuits.list_due(now=LATER) == ["grid"]
    post.outbox.finish_probe("grid", answered=True, now=LATER)
    assert post.claim_ids(now=LATER) == numbers[:1]
    post.settle(numbers[0], now=LATER)
    assert post.drain(now=LATER) == numbers[1:]


def test_a_trial_that_nobody_answers_spends_none_of_the_others(post: OutboxHarness) -> None:
    numbers = [post.add_push("一", purpose=PushPurpose.ORDER, chat=post.add_chat(f"wr{n}")) for n in range(5)]
    for item in post.claim():
        post.settle(item.push_id, SILENCE)
    post.outbox.finish_probe("grid", answered=True, now=LATER)
    assert post.claim_ids(now=LATER) == numbers[:1]
    post.settle(numbers[0], SILENCE, now=LATER)
    assert post.claim_ids(now=LATER) == []
    much_later = LATER + PAUSE * 4
    assert post.outbox.circuits.list_due(now=much_later) == ["grid"]
    post.outbox.finish_probe("grid", answered=True, now=much_later)
    assert post.claim_ids(now=much_later) == numbers[1:2]


def test_another_process_goes_on_where_this_one_ended(post: OutboxHarness, grid: FakeChannel) -> None:
    number = post.add_push("请核查", purpose=PushPurpose.ORDER)
    go_silent(post, number)
    post.outbox = Outbox(post.database, worker="next", folder=post.folder, chance=lambda: 0.0)
    post.outbox.find_doubtful_routes(post.channels, now=LATER)
    assert post.outbox.circuits.list_due(now=LATER) == ["grid"]
    post.outbox.finish_probe("grid", answered=True, now=LATER)
    assert post.claim_ids(now=LATER) == [number]


def test_a_state_that_is_over_is_not_said_again(post: OutboxHarness) -> None:
    old = post.add_push("已受理", purpose=PushPurpose.ANSWER, merge_key="status:1")
    go_silent(post, old)
    new = post.add_push("已办结", purpose=PushPurpose.ANSWER, merge_key="status:1")
    assert post.drain() == [new]
    assert post.load_state(old) == "merged"
    assert post.claim_ids(now=LATER) == []


def test_a_card_without_an_answer_is_nobodys_news(post: OutboxHarness, told: list[int]) -> None:
    number = post.add_push(CardUpdatePush("M-1", Card("task", "标题")), purpose=PushPurpose.CARD)
    go_silent(post, number)
    assert (post.outbox.settle_doubts(now=LATER), told) == (0, [])


def test_everything_that_may_come_twice_says_so(post: OutboxHarness) -> None:
    def add_photo(session: Session) -> None:
        session.add(
            Media(
                position=0,
                kind="photo",
                mime="image/jpeg",
                size=1,
                sha256="a" * 64,
                path="a.jpg",
                clean_path="a-clean.jpg",
                role="after",
            )
        )

    post.run_in_session(add_photo)
    bodies = (CardPush(Card("task", "标题", desc="待签收")), PhotoPush(1), FilePush(1))
    for body in bodies:
        post.add_push(body, doubtful=True)
    shown = []
    for _ in bodies:
        (item,) = post.claim()
        shown.append((item.route.delivery.body, item.route.delivery.file))
        post.settle(item.push_id, Delivered())
    assert shown[0][0] == CardPush(Card("task", "标题", desc="补发 待签收"))
    assert shown[1][0] == PhotoPush(1, "（补发，如已收到请忽略）")
    assert shown[2][1] is not None
    assert shown[2][1].name.startswith("补发 ")
