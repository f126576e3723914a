"""What will not arrive does not wait for ever: parked, told of, replayable. On both databases."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.channels.base import Never, Unknown
from bot.outbox import dead_letters, queue
from bot.outbox.dead_letters import NO_ROUTE
from bot.outbox.queue import Outbox
from models.database import Database
from models.messages import Card, CardUpdatePush
from models.organisation import Chat
from models.pushes import Push
from tests.bot.posting import FakeChannel, Post
from tests.conftest import NOON

GONE = Never("errcode_93006", unbind=True)


@pytest.fixture
def told(post: Post) -> list[int]:
    """The pushes that somebody heard were parked."""
    heard: list[int] = []

    def hear(_session: Session, push: Push, _now: datetime) -> None:
        heard.append(push.id)

    post.outbox = Outbox(post.database, worker="w", folder=Path("unused"), told=hear)
    return heard


def test_a_gone_chat_without_a_webhook_parks_everything_for_it_at_once(post: Post, told: list[int]) -> None:
    numbers = [post.write(words) for words in ("一", "二", "三")]
    post.claim()
    post.settle(numbers[0], GONE)
    assert post.claimed() == []
    assert [post.state(number) for number in numbers] == ["dead"] * 3
    assert [post.push(number).outcome for number in numbers] == ["errcode_93006", "chat_gone", "chat_gone"]
    assert told == numbers


def test_other_chats_go_on(post: Post, told: list[int]) -> None:
    gone, other = post.write("一"), post.write("二", chat=post.chat("wrB"))
    post.claim()
    post.settle(gone, GONE)
    post.settle(other)
    assert (post.state(other), told) == ("sent", [gone])


def test_a_gone_chat_whose_webhook_refuses_is_no_way_at_all(database: Database, grid: FakeChannel) -> None:
    post = Post(database, grid, FakeChannel("rings"))
    post.chat("wrA", webhook_channel="rings", webhook_key="k", gone_at=NOON)
    number = post.write("一")
    post.claim()
    post.settle(number, Never("errcode_93000", unbind=True))
    assert (post.state(number), post.push(number).outcome) == ("dead", "errcode_93000")


def test_no_way_for_a_day_is_no_way(post: Post, grid: FakeChannel, told: list[int]) -> None:
    grid.connected = False
    number = post.write("一")
    assert post.claimed(now=NOON + NO_ROUTE - timedelta(seconds=1)) == []
    assert (post.state(number), told) == ("ready", [])
    assert post.claimed(now=NOON + NO_ROUTE + timedelta(seconds=1)) == []
    assert (post.state(number), post.push(number).outcome, told) == ("dead", "no_route", [number])


def test_a_replayed_letter_has_a_day_again(post: Post, grid: FakeChannel) -> None:
    grid.connected = False
    number, later = post.write("一"), NOON + NO_ROUTE
    assert post.claimed(now=later) == []
    assert post.change(lambda session: queue.replay(session, number, now=later))
    assert post.claimed(now=later + timedelta(minutes=1)) == []
    assert post.state(number) == "ready"
    grid.connected = True
    assert post.claimed(now=later + timedelta(hours=1)) == [number]


def test_replaying_believes_that_the_bot_is_back_in_the_chat(post: Post) -> None:
    number = post.write("一")
    post.claim()
    post.settle(number, GONE)
    assert post.change(lambda session: queue.replay(session, number, now=NOON))
    assert post.claimed() == [number]
    post.settle(number)
    assert post.change(lambda session: session.get_one(Chat, 1).gone_at) is None


def test_what_nobody_claims_because_its_channel_is_no_more_ends_too(post: Post, told: list[int]) -> None:
    number = post.write("一", channel="elsewhere")
    fresh = post.write("二", chat=post.chat("wrB"), now=NOON + NO_ROUTE)
    later = NOON + NO_ROUTE + timedelta(hours=2)

    def sweep(session: Session) -> int:
        return dead_letters.unclaimed(session, now=later, told=lambda _s, push, _n: told.append(push.id))

    assert post.change(sweep) == 1
    assert (post.state(number), post.state(fresh), told) == ("dead", "ready", [number])


def test_a_letter_of_unknown_fate_is_nobodys_news(post: Post, told: list[int]) -> None:
    number = post.write("一")
    post.claim()
    post.settle(number, Unknown("ack_timeout"))
    assert told == []


def test_a_card_that_cannot_be_changed_is_nobodys_news(post: Post, told: list[int]) -> None:
    post.change(lambda session: setattr(session.get_one(Chat, 1), "gone_at", NOON))
    number = post.write(CardUpdatePush("M-1", Card("task", "标题")))
    assert post.claimed() == []
    assert (post.state(number), told) == ("missed", [])
