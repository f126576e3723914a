"""A push that its door cannot carry goes by another of the same person; what is for staff, by theirs only."""

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import RouteRefused
from models.account_ids import WECHAT
from models.database import Database
from models.organisation import Chat, Person, Role
from models.pushes import BUDGET_OVER, PushPurpose, PushState
from tests.bot.outbox.test_budgets import CountedChannel
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON


class TwoDoors(OutboxHarness):
    """Somebody who wrote to an official account last, and to the bot of the corporation before."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, CountedChannel("public"), FakeChannel("grid"))
        self.add_person(1, "public", WECHAT)
        self.add_person(2, "grid", "wecom")

    def add_person(self, number: int, channel: str, provider: str) -> None:
        def add(session: Any) -> None:
            person = Person(code=f"p{number}", name="", role=Role.HANDLER if number == 2 else Role.RESIDENT)
            session.add(person)
            session.flush()
            person.joined_to = 1
            session.add(
                Chat(
                    code=f"c{number}", name="", use="direct", person_id=person.id, channel=channel,
                    chat_id=f"c{number}", provider=provider, heard_at=NOON - timedelta(hours=number),
                )
            )  # fmt: skip

        self.run_in_session(add)


@pytest.mark.parametrize(("purpose", "event"), [(PushPurpose.ANSWER, 5), (PushPurpose.REPLY, None)])
def test_an_answer_past_the_budget_goes_by_the_other_door(
    database: Database, purpose: PushPurpose, event: int | None
) -> None:
    person = TwoDoors(database)
    push = person.add_push("x", chat=1, channel="public", purpose=purpose, result_event=event)
    person.claim_ids()
    assert person.claim_ids() == [push]
    assert person.load_push(push).route == "grid"


def test_what_no_door_carries_is_a_dead_letter_once(database: Database) -> None:
    person = TwoDoors(database)
    push = person.add_push("x", chat=2, channel="grid", purpose=PushPurpose.ANSWER, result_event=5)
    assert person.claim_ids() == [push]
    person.settle(push, RouteRefused("gone", chat_gone=True))
    assert person.claim_ids() == []
    assert person.load_state(push) == PushState.DEAD
    assert person.load_push(push).chat_id == 2


def test_what_is_for_staff_goes_to_no_telephone_that_nobody_vouches_for(database: Database) -> None:
    person = TwoDoors(database)
    order = person.add_push("x", chat=2, channel="grid", purpose=PushPurpose.ORDER)
    assert person.claim_ids() == [order]
    person.settle(order, RouteRefused("no_such_user"))
    assert person.claim_ids() == []
    assert person.load_state(order) == PushState.DEAD


def test_a_step_that_may_not_be_said_is_missed_where_there_is_one_door(database: Database) -> None:
    person = TwoDoors(database)
    person.run_in_session(lambda session: setattr(session.get_one(Chat, 2), "gone_at", NOON))
    push = person.add_push("x", chat=1, channel="public", purpose=PushPurpose.ANSWER)
    assert person.claim_ids() == []
    assert (person.load_state(push), person.load_push(push).outcome) == (PushState.MISSED, BUDGET_OVER)
