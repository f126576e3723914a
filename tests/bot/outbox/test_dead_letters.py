"""What will not arrive does not wait for ever: parked, told of, replayable. On both databases."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.channels.base import OutcomeUnknown, RouteRefused
from bot.outbox import dead_letters
from bot.outbox.dead_letters import NO_ROUTE
from bot.outbox.queue import Outbox
from handlers.notifications import pushes
from models.database import Database
from models.messages import Card, CardUpdatePush
from models.organisation import Chat
from models.pushes import Push
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON

GONE = RouteRefused("errcode_93006", chat_gone=True)


@pytest.fixture
def told(post: OutboxHarness) -> list[int]:
    """The pushes that somebody heard were parked."""
    heard: list[int] = []

    def hear(_session: Session, push: Push, _now: datetime) -> None:
        heard.append(push.id)

    post.outbox = Outbox(post.database, worker="w", folder=Path("unused"), on_dead_letter=hear)
    return heard


def test_a_gone_chat_without_a_webhook_parks_everything_for_it_at_once(
    post: OutboxHarness, told: list[int]
) -> None:
    numbers = [post.add_push(words) for words in ("一", "二", "三")]
    post.claim()
    post.settle(numbers[0], GONE)
    assert post.claim_ids() == []
    assert [post.load_state(number) for number in numbers] == ["dead"] * 3
    assert [post.load_push(number).outcome for number in numbers] == [
        "errcode_93006",
        "chat_gone",
        "chat_gone",
    ]
    assert told == numbers


def test_other_chats_go_on(post: OutboxHarness, told: list[int]) -> None:
    gone, other = post.add_push("一"), post.add_push("二", chat=post.add_chat("wrB"))
    post.claim()
    post.settle(gone, GONE)
    post.settle(other)
    assert (post.load_state(other), told) == ("sent", [gone])


def test_a_gone_chat_whose_webhook_refuses_is_no_way_at_all(database: Database, grid: FakeChannel) -> None:
    post = OutboxHarness(database, grid, FakeChannel("rings"))
    post.add_chat("wrA", webhook_channel="rings", webhook_key="k", gone_at=NOON)
    number = post.add_push("一")
    post.claim()
    post.settle(number, RouteRefused("errcode_93000", chat_gone=True))
    assert (post.load_state(number), post.load_push(number).outcome) == ("dead", "errcode_93000")


def test_no_way_for_a_day_is_no_way(post: OutboxHarness, grid: FakeChannel, told: list[int]) -> None:
    grid.connected = False
    number = post.add_push("一")
    assert post.claim_ids(now=NOON + NO_ROUTE - timedelta(seconds=1)) == []
    assert (post.load_state(number), told) == ("ready", [])
    assert post.claim_ids(now=NOON + NO_ROUTE + timedelta(seconds=1)) == []
    assert (post.load_state(number), post.load_push(number).outcome, told) == ("dead", "no_route", [number])


def test_a_replayed_letter_has_a_day_again(post: OutboxHarness, grid: FakeChannel) -> None:
    grid.connected = False
    number, later = post.add_push("一"), NOON + NO_ROUTE
    assert post.claim_ids(now=later) == []
    assert post.run_in_session(lambda session: pushes.replay(session, number, now=later))
    assert post.claim_ids(now=later + timedelta(minutes=1)) == []
    assert post.load_state(number) == "ready"
    grid.connected = True
    assert post.claim_ids(now=later + timedelta(hours=1)) == [number]


def test_replaying_believes_that_the_bot_is_back_in_the_chat(post: OutboxHarness) -> None:
    number = post.add_push("一")
    post.claim()
    post.settle(number, GONE)
    assert post.run_in_session(lambda session: pushes.replay(session, number, now=NOON))
    assert post.claim_ids() == [number]
    post.settle(number)
    assert post.run_in_session(lambda session: session.get_one(Chat, 1).gone_at) is None


def test_what_nobody_claims_because_its_channel_is_no_more_ends_too(
    post: OutboxHarness, told: list[int]
) -> None:
    number = post.add_push("一", channel="elsewhere")
    fresh = post.add_push("二", chat=post.add_chat("wrB"), now=NOON + NO_ROUTE)
    later = NOON + NO_ROUTE + timedelta(hours=2)

    def sweep(session: Session) -> int:
        return dead_letters.park_unclaimed(
            session, now=later, on_dead_letter=lambda _s, push, _n: told.append(push.id)
        )

    assert post.run_in_session(sweep) == 1
    assert (post.load_state(number), post.load_state(fresh), told) == ("dead", "ready", [number])


def test_a_letter_of_unknown_fate_is_nobodys_news(post: OutboxHarness, told: list[int]) -> None:
    number = post.add_push("一")
    post.claim()
    post.settle(number, OutcomeUnknown("ack_timeout"))
    assert told == []


def test_a_card_that_cannot_be_changed_is_nobodys_news(post: OutboxHarness, told: list[int]) -> None:
    post.run_in_session(lambda session: setattr(session.get_one(Chat, 1), "gone_at", NOON))
    number = post.add_push(CardUpdatePush("M-1", Card("task", "标题")))
    assert post.claim_ids() == []
    assert (post.load_state(number), told) == ("missed", [])
