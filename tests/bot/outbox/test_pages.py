"""The address of a reader's page is made as the push leaves, and stands nowhere before."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.outbox.queue import Outbox
from models.case_links import (
    CaseLink,
    LinkToken,
    find_link,
    issue_token,
    open_link,
    revoke_links,
    select_ended,
)
from models.cases import Case, Event
from models.database import Database
from models.messages import Card, CardPush, PushBody, TextPush
from models.organisation import ChatUse, Person
from models.pushes import Push
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON

KEEP = timedelta(days=30)
ANSWER = CardPush(Card("task", "标题", body="结果" * 300, facts=(("number", "WG1"),)))


@pytest.fixture
def post(database: Database, grid: FakeChannel) -> OutboxHarness:
    post = OutboxHarness(database, grid)
    post.outbox = Outbox(database, worker="w", folder=post.folder, base_url="https://grid.example/")
    return post


def add_reporter(session: Session) -> int:
    person = Person(code="li", name="", role="resident")
    session.add(person)
    session.flush()
    return person.id


def add_link(session: Session, person_id: int) -> int:
    case = Case(
        number="WG261130-0001", tail="0001", status="NEW", version=1, class_id="x", nature="y", text="z",
        reporter_id=person_id, opened_at=NOON,
    )  # fmt: skip
    session.add(case)
    session.flush()
    link_id = open_link(session, case, person_id, now=NOON)
    assert link_id is not None
    return link_id


@pytest.mark.parametrize("body", [TextPush("已收到"), ANSWER])
def test_each_sending_has_an_address_of_its_own_that_opens_the_link(
    post: OutboxHarness, body: PushBody
) -> None:
    person = post.run_in_session(add_reporter)
    link = post.run_in_session(lambda session: add_link(session, person))
    chat = post.add_chat("li", use=ChatUse.DIRECT, person_id=person)
    for _ in range(2):
        post.add_push(body, chat=chat, link_id=link)
    tokens = set()
    for _ in range(2):
        (item,) = post.claim()
        sent = item.route.delivery.body
        words = sent.card.body if isinstance(sent, CardPush) else getattr(sent, "text", "")
        assert len(words) < 340  # what a short message of a platform takes
        tokens.add(words.partition("https://grid.example/c/")[2][:28])
        assert not isinstance(sent, CardPush) or sent.card.url.startswith("https://grid.example/c/")
        post.settle(item.push_id)
    assert len(tokens) == 2

    def look(session: Session) -> None:
        for token in tokens:
            found = find_link(session, token, keep=KEEP, now=NOON)
            assert found is not None
            assert found.id == link
        kept = json.dumps([push.body for push in session.scalars(select(Push))])
        kept += "".join(session.scalars(select(LinkToken.digest)))
        assert not [token for token in tokens if token in kept]

    post.run_in_session(look)


def test_a_link_of_somebody_else_or_taken_back_is_not_named(post: OutboxHarness) -> None:
    person = post.run_in_session(add_reporter)
    link = post.run_in_session(lambda session: add_link(session, person))
    own, group = post.add_chat("li", use=ChatUse.DIRECT, person_id=person), post.add_chat("wrB")
    post.add_push("群里", chat=group, link_id=link)
    post.add_push("没有这个", chat=own, link_id=link + 1)
    post.run_in_session(lambda session: revoke_links(session, session.get_one(Case, 1), None, now=NOON))
    post.add_push("收回了", chat=own, link_id=link)
    said = []
    while items := post.claim():
        for item in items:
            said.append(item.route.delivery.body)
            post.settle(item.push_id)
    assert sorted(body.text for body in said if isinstance(body, TextPush)) == ["收回了", "没有这个", "群里"]
    assert post.run_in_session(lambda session: session.scalar(select(func.count(CaseLink.id)))) == 1
    assert post.run_in_session(lambda session: session.scalar(select(func.count(LinkToken.digest)))) == 0


@pytest.mark.parametrize(
    ("columns", "lasts"),
    [
        ({"status": "CLOSED", "closed_at": NOON}, False),
        ({"status": "REJECTED"}, False),
        ({"status": "SUBMITTED"}, True),
    ],
)
def test_a_link_lasts_as_long_as_its_case_and_a_while(
    post: OutboxHarness, columns: dict[str, Any], lasts: bool
) -> None:
    person = post.run_in_session(add_reporter)
    link = post.run_in_session(lambda session: add_link(session, person))

    def end(session: Session) -> str:
        session.add(
            Event(
                case_id=1, number=1, act="x", actor_name="", status_from="NEW", status_to=columns["status"],
                text="", fields={}, at=NOON,
            )
        )  # fmt: skip
        session.execute(update(Case).values(**columns))
        return issue_token(session, link, person)

    token = post.run_in_session(end)
    for wait, opens in ((KEEP, True), (KEEP + timedelta(seconds=1), lasts)):

        def look(session: Session, now: datetime = NOON + wait) -> bool:
            return find_link(session, token, keep=KEEP, now=now) is not None

        assert post.run_in_session(look) is opens
    ended = post.run_in_session(lambda session: session.execute(select_ended()).all())
    assert [tuple(row) for row in ended] == ([] if lasts else [(link, NOON)])
