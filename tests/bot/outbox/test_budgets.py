"""Where each message to a person counts: no window holds more than it allows, and the answer finds room."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.channels.base import (
    Delivered,
    Delivery,
    Outcome,
    OutcomeUnknown,
    RateLimit,
    RetryLater,
    RouteRefused,
    build_budget,
)
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.outbox import send_records
from models.account_ids import WECHAT
from models.database import Database
from models.inbox import InboxRow, ReplyHandle
from models.messages import Card, CardPush, PhotoPush, TextPush
from models.pushes import BUDGET_OVER, PushPurpose, PushState
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON

FIVE = {"message": 5, "event": 3}
CARD = CardPush(Card("t", "x"))


@dataclass
class CountedChannel(FakeChannel):
    """A door that says five messages after each of the person's own, and cards also later."""

    templates: bool = False

    @property
    def declaration(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECHAT,
            capabilities=Capabilities(
                sends=frozenset({TextPush, CardPush, PhotoPush}), answers_only=not self.templates
            ),
            handle_lifetimes={"message": timedelta(hours=48), "event": timedelta(minutes=1)},
            budgets=FIVE,
        )

    def can_send(self, delivery: Delivery) -> bool:
        return bool(delivery.handles) or (self.templates and isinstance(delivery.body, CardPush))

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        return tuple(build_budget(handle, FIVE[handle.kind]) for handle in delivery.handles[:1])


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


class Person(OutboxHarness):
    """One person's conversation on such a door."""

    def __init__(self, database: Database, **channel: Any) -> None:
        super().__init__(database, CountedChannel("public", **channel))
        self.add_chat("oOPENID", channel="public", use="unbound")

    def speak(self, *, now: datetime = NOON, kind: str = "message", hours: float = 48) -> None:
        handle = {
            "channel": "public", "chat_id": "oOPENID", "message_id": "M", "kind": kind, "value": "1",
            "event": False, "expires_at": now + timedelta(hours=hours),
        }  # fmt: skip
        self.run_in_session(lambda session: session.execute(insert(ReplyHandle).values(handle)))

    def queue(self, count: int, body: Any = "x", *, now: datetime = NOON, **columns: Any) -> list[int]:
        return [self.add_push(body, channel="public", now=now, **columns) for _ in range(count)]


def test_five_messages_after_one_of_the_persons_own(database: Database) -> None:
    person = Person(database)
    person.speak()
    numbers = person.queue(7)
    assert person.drain() == numbers[:5]
    assert {person.load_push(number).outcome for number in numbers[5:]} == {BUDGET_OVER}


def test_whoever_speaks_again_may_be_told_five_more(database: Database) -> None:
    person = Person(database)
    person.speak()
    person.queue(5)
    person.drain()
    person.speak(now=at(1))
    more = person.queue(5, now=at(1))
    assert person.drain(now=at(1)) == more


def test_the_window_closes(database: Database) -> None:
    person = Person(database)
    person.speak()
    late = person.queue(1, now=at(48))
    assert person.drain(now=at(48)) == []
    push = person.load_push(late[0])
    assert (push.state, push.outcome) == (PushState.MISSED, BUDGET_OVER)


def test_what_the_desk_answers_uses_the_whole_window_and_is_not_lost(database: Database) -> None:
    person = Person(database)
    person.speak()
    person.queue(4, purpose=PushPurpose.RECEIPT)
    reply, late = person.queue(2, purpose=PushPurpose.REPLY)
    assert person.drain()[-1] == reply
    push = person.load_push(late)
    assert (push.state, push.outcome) == (PushState.DEAD, BUDGET_OVER)


def test_an_answer_that_could_not_be_said_is_a_dead_letter(database: Database) -> None:
    person = Person(database)
    answer = person.queue(1, CARD, purpose=PushPurpose.ANSWER, result_event=5)[0]
    assert person.drain() == []
    assert person.load_state(answer) == PushState.DEAD


def test_steps_leave_room_for_the_answer(database: Database) -> None:
    person = Person(database)
    person.speak()
    steps = person.queue(4, purpose=PushPurpose.ANSWER)
    assert person.drain() == steps[:3]
    picture = person.queue(1, PhotoPush(1), purpose=PushPurpose.ANSWER)
    answer = person.queue(1, CARD, purpose=PushPurpose.ANSWER, result_event=5)
    assert person.drain() == [*picture, *answer]


def test_a_scan_opens_three_messages(database: Database) -> None:
    person = Person(database)
    person.speak(kind="event", hours=1)
    numbers = person.queue(4)
    assert person.drain() == numbers[:3]


def test_what_the_platform_refused_does_not_count(database: Database) -> None:
    person = Person(database)
    person.speak()
    for number in person.queue(4):
        assert person.claim_ids() == [number]
        person.settle(number, RouteRefused("errcode_1"))
    numbers = person.queue(6)
    assert person.drain() == numbers[:5]


def test_what_may_have_arrived_counts(database: Database) -> None:
    person = Person(database)
    person.speak()
    for number in person.queue(2):
        assert person.claim_ids() == [number]
        person.settle(number, OutcomeUnknown("timeout"))
    numbers = person.queue(5)
    assert person.drain() == numbers[:3]


def test_an_answer_within_the_request_does_not_count(database: Database) -> None:
    person = Person(database)
    person.speak()
    stored = person.inbox_insert.returning(InboxRow.id)
    inbox_id = person.run_in_session(lambda session: session.execute(stored).scalar_one())
    push = person.queue(1, answers=inbox_id)[0]
    claimed = person.outbox.claim_answer(inbox_id, person.channels, now=NOON)
    assert claimed is not None
    person.settle(push, Delivered("passive", uncounted=True))
    numbers = person.queue(6)
    assert person.drain() == numbers[:5]


def test_a_window_that_the_platform_says_is_full_is_used_no_more(database: Database) -> None:
    person = Person(database, templates=True)
    person.speak()
    number = person.queue(1, CARD)[0]
    (claimed,) = person.claim()
    (handle,) = claimed.route.delivery.handles
    person.settle(number, RetryLater("errcode_45047", after=0.0, uncounted=True, used_handle=handle.id))
    (again,) = person.claim()
    assert again.route.delivery.handles == ()


def test_after_the_budget_a_card_takes_the_other_way(database: Database) -> None:
    person = Person(database, templates=True)
    person.speak()
    person.queue(5)
    person.drain()
    words, card = person.queue(1)[0], person.queue(1, CARD)[0]
    assert person.drain() == [card]
    assert person.load_push(words).outcome == BUDGET_OVER


def test_budgets_are_remembered_for_as_long_as_their_windows(database: Database) -> None:
    person = Person(database)
    person.speak(hours=72)
    person.queue(5)
    person.drain()
    person.run_in_session(lambda session: send_records.delete_old(session, now=at(71)))
    person.queue(1, now=at(71))
    assert person.drain(now=at(71)) == []


@pytest.mark.parametrize("seed", range(4))
def test_no_window_holds_more_than_it_allows(database: Database, seed: int) -> None:
    person, chance, counted = Person(database), random.Random(seed), 0
    outcomes: list[Outcome] = [Delivered(), RouteRefused("errcode_1"), OutcomeUnknown("timeout")]
    person.speak()
    for _ in range(40):
        if chance.random() < 0.1:
            person.speak()
            counted = 0
        person.queue(1)
        for number in person.claim_ids():
            outcome = chance.choice(outcomes)
            person.settle(number, outcome)
            counted += not isinstance(outcome, RouteRefused)
        assert counted <= 5
