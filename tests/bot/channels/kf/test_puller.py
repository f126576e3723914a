"""Fetching from the sandbox: each message once, whatever is called, lost, empty, refused or killed between."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.base import Envelope
from bot.channels.kf.cursors import CursorMoved, PullCursors
from bot.channels.kf.puller import MessagePuller, PullFailed
from bot.channels.settings import ChannelHost
from bot.channels.wecom.interfaces import CorpInterfaces
from bot.inbox.writer import store_messages
from models.database import Database
from models.inbox import SUMMONS, InboxRow, ReplyHandle
from models.pull_cursors import PullCursor
from sandbox.server import SandboxServer
from sandbox.world import MemberApp, ServiceAccount
from tests.bot.channels.conftest import open_host
from tests.bot.channels.kf.samples import CORP, CUSTOMER, build_settings

pytestmark = pytest.mark.anyio
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def _server() -> Iterator[SandboxServer]:
    with SandboxServer({}, kf_bare_syncs=10_000) as running:
        yield running


class Desk:
    """An app of its own with two accounts, and the puller under test, without a program around it."""

    def __init__(self, box: SandboxServer, database: Database) -> None:
        self.box = box
        self.database = database
        self.book = box.service_book
        number = next(_numbers)
        self.secret, self.account, self.other = f"secret{number}", f"wkA{number}", f"wkB{number}"
        box.world.apps[self.secret] = MemberApp(self.secret, "网格", CORP, secret=self.secret)
        for one in (self.account, self.other):
            box.world.services[one] = ServiceAccount(one, "网格", self.secret)
        self._fetched = len(self.book.fetched)
        self._calls = 0

    def say(self, words: str, *, account: str = "", user: str = CUSTOMER) -> None:
        self.box.post("customers", account=account or self.account, user=user, do="say", words=words)

    def call(self, *, account: str = "", token: str = "", age: timedelta = timedelta()) -> None:
        """The platform's call, stored as the callback stores it."""
        self._calls += 1
        account = account or self.account
        token = token or self.book.issue_sync_token(self.box.world.services[account])
        envelope = Envelope(
            f"call:{self._calls}", account, "", "<xml/>", {SUMMONS: token},
            {SUMMONS: timedelta(minutes=10) - age},
        )  # fmt: skip
        with self.database.write() as session:
            store_messages(session, "service", [envelope], now=self.now())

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.box.tenant.clock.now(), UTC)

    def fetched(self) -> Counter[str]:
        """How often each message was given out."""
        return Counter(self.book.fetched[self._fetched :])

    def stored(self) -> list[str]:
        """The customers' words in the inbox."""
        with self.database.read() as session:
            rows = session.scalars(select(InboxRow.raw).where(InboxRow.sender != "").order_by(InboxRow.id))
            return [json.loads(raw)["item"]["text"]["content"] for raw in rows]

    def unanswered(self) -> int:
        query = select(func.count()).where(ReplyHandle.kind == SUMMONS, ReplyHandle.used_at.is_(None))
        with self.database.read() as session:
            return session.scalar(query) or 0

    @asynccontextmanager
    async def open(
        self, *, change: Callable[[ChannelHost], ChannelHost] = lambda host: host, **more: Any
    ) -> AsyncIterator[MessagePuller]:
        """`change`: makes of the host one that ends while a page is stored, say."""
        settings = build_settings(**{"api_base": self.box.url, "secret": self.secret, **more})
        async with open_host(self.database, self.now) as plain:
            host = change(plain)
            api = CorpInterfaces(
                settings, account=f"kf:{self.secret}", database=self.database, clock=self.now
            )
            yield MessagePuller("service", settings, api, host, lock="kf:service")

    def set_options(self, **options: Any) -> None:
        self.book.options = replace(self.book.options, **options)


@pytest.fixture
def desk(_server: SandboxServer, database: Database) -> Iterator[Desk]:
    yield Desk(_server, database)
    _server.service_book.options = _server.tenant.options


class Killed(BaseException):
    """The process is gone."""


async def test_fifty_calls_fetch_each_message_once(desk: Desk) -> None:
    async with desk.open() as puller:
        await puller.pull_due()
        asked = desk.book.syncs
        for number in range(50):
            desk.say(f"灯坏了{number}", user=f"wm{number % 7}")
            desk.call()
        await asyncio.gather(puller.pull_due(), puller.pull_due())
        await puller.pull_due()
    assert sorted(desk.stored()) == sorted(f"灯坏了{number}" for number in range(50))
    assert desk.unanswered() == 0
    assert desk.book.syncs - asked <= 4


async def test_a_process_fetches_what_came_before_and_no_history(desk: Desk) -> None:
    desk.say("昨天的事")
    desk.box.advance_clock(86400)
    desk.say("刚才的事")
    async with desk.open() as puller:
        await puller.pull_due()
    assert desk.stored() == ["刚才的事"]


async def test_who_was_called_and_died_before_the_first_page_hears_it_later(desk: Desk) -> None:
    desk.say("第一件事")
    desk.call()
    desk.box.advance_clock(3 * 3600)
    async with desk.open() as puller:
        await puller.pull_due()
    assert desk.stored() == ["第一件事"]
    assert desk.unanswered() == 0


@pytest.mark.parametrize("empty", [False, True])
async def test_all_pages_are_fetched_also_past_empty_ones(desk: Desk, empty: bool) -> None:
    desk.set_options(kf_page=3)
    async with desk.open() as puller:
        await puller.pull_due()
        for number in range(10):
            desk.say(f"第{number}句")
        desk.call()
        desk.set_options(kf_empty_pages=empty)
        for _ in range(8):
            await puller.pull_due()
            desk.call()
    assert desk.stored() == [f"第{number}句" for number in range(10)]


async def test_killed_before_the_commit_the_page_is_fetched_again_and_stored_once(desk: Desk) -> None:
    async with desk.open() as puller:
        await puller.pull_due()

    def die_storing(host: ChannelHost) -> ChannelHost:
        def store(*_: Any) -> dict[str, int]:
            raise Killed

        return replace(host, store=store)

    desk.say("路灯不亮")
    desk.call()
    async with desk.open(change=die_storing, accounts=[desk.account]) as first:
        with pytest.raises(Killed):
            await first.pull_due()
    assert (desk.stored(), desk.unanswered()) == ([], 1)
    async with desk.open() as second:
        await second.pull_due()
    assert (desk.stored(), desk.unanswered()) == (["路灯不亮"], 0)
    assert set(desk.fetched().values()) == {2}


async def test_killed_after_the_commit_nothing_is_fetched_twice(desk: Desk) -> None:
    desk.set_options(kf_page=2)
    async with desk.open() as puller:
        await puller.pull_due()

    def die_after_two(host: ChannelHost) -> ChannelHost:
        pages = itertools.count(1)

        def wake() -> None:
            if next(pages) == 2:
                raise Killed

        return replace(host, wake=wake)

    for number in range(5):
        desk.say(f"第{number}句")
    desk.call()
    async with desk.open(change=die_after_two, accounts=[desk.account]) as first:
        with pytest.raises(Killed):
            await first.pull_due()
    assert (len(desk.stored()), desk.unanswered()) == (4, 1)
    async with desk.open() as second:
        await second.pull_due()
    assert desk.stored() == [f"第{number}句" for number in range(5)]
    assert set(desk.fetched().values()) == {1}


async def test_of_two_that_fetch_at_once_one_stores(desk: Desk) -> None:
    async with desk.open() as puller:
        await puller.pull_due()
    cursors = PullCursors(desk.database, "service")
    position = cursors.read_position(desk.account)
    with desk.database.write() as session:
        cursors.advance(session, desk.account, position, "further")
    with pytest.raises(CursorMoved), desk.database.write() as session:
        cursors.advance(session, desk.account, position, "elsewhere")
    assert cursors.read_position(desk.account).cursor == "further"


async def test_without_any_call_messages_are_looked_for(desk: Desk) -> None:
    async with desk.open(poll="PT0.001S") as puller:
        await puller.pull_due()
        desk.say("没有人叫我")
        await asyncio.sleep(0.002)
        await puller.pull_due()
    assert desk.stored() == ["没有人叫我"]


@pytest.mark.parametrize("age", [timedelta(), timedelta(minutes=11)])
async def test_a_token_that_is_over_is_done_without(desk: Desk, age: timedelta) -> None:
    async with desk.open() as puller:
        await puller.pull_due()
        desk.say("路灯不亮")
        desk.call(token="ENCold", age=age)
        await puller.pull_due()
    assert (desk.stored(), desk.unanswered()) == (["路灯不亮"], 0)


@pytest.mark.parametrize("code", [40058, 95007])
async def test_a_token_that_is_refused_in_any_words_is_done_without(desk: Desk, code: int) -> None:
    async with desk.open(accounts=[desk.account]) as puller:
        await puller.pull_due()
        desk.say("路灯不亮")
        desk.call()
        desk.box.arm_faults(errcodes={"kf/sync_msg": [code, 1]})
        await puller.pull_due()
    assert (desk.stored(), desk.unanswered()) == (["路灯不亮"], 0)


async def test_one_account_that_fails_keeps_none_of_the_others(desk: Desk) -> None:
    async with desk.open() as puller:
        await puller.pull_due()
        desk.say("甲", account=desk.account)
        desk.say("乙", account=desk.other)
        desk.call(account=desk.account)
        desk.call(account=desk.other)
        desk.box.arm_faults(errcodes={"kf/sync_msg": [-1, 1]})
        with pytest.raises(PullFailed, match="errcode_-1"):
            await puller.pull_due()
        assert (desk.stored(), desk.unanswered()) == (["乙"], 1)
        await puller.pull_due()
    assert sorted(desk.stored()) == ["乙", "甲"]


async def test_other_accounts_are_left_alone_where_some_are_named(desk: Desk) -> None:
    desk.say("甲", account=desk.account)
    desk.say("乙", account=desk.other)
    desk.call(account=desk.other)
    async with desk.open(accounts=[desk.account]) as puller:
        await puller.pull_due()
    assert (desk.stored(), desk.unanswered()) == (["甲"], 0)


async def test_an_account_that_is_gone_is_not_asked_for_ever(desk: Desk) -> None:
    async with desk.open() as puller:
        await puller.pull_due()
        desk.call(account="wkGONE", token="ENC")
        await puller.pull_due()
    assert desk.unanswered() == 0


async def test_a_refused_secret_is_an_alarm_and_silence_makes_deaf(desk: Desk) -> None:
    async with desk.open(secret="wrong") as puller:
        for _ in range(3):
            await puller.look()
        health = puller.read_health()
    assert (health.ready, health.state, health.is_refused) == (False, "errcode_40001", True)


async def test_what_is_fetched_has_its_cursor_and_its_windows(desk: Desk) -> None:
    async with desk.open() as puller:
        desk.say("路灯不亮")
        await puller.pull_due()
    with desk.database.read() as session:
        rows = session.scalars(select(PullCursor).where(PullCursor.source == desk.account)).all()
        windows = session.scalars(select(ReplyHandle).where(ReplyHandle.kind == "message")).all()
    assert [bool(row.cursor) for row in rows] == [True]
    assert [(one.chat_id, one.value.split()[0]) for one in windows] == [(CUSTOMER, desk.account)]
