"""The sender looks after its routes by itself; on both databases."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.channels.base import ChannelHealth, Delivered, OutcomeUnknown
from bot.media.stores import FolderStore
from bot.ops.metrics import Metrics
from bot.outbox.circuits import LIMIT
from bot.outbox.queue import Outbox
from bot.outbox.sender import OutboxSender
from bot.outbox.settlement import SettlementWriter
from models.database import Database
from models.pushes import Push, PushPurpose
from tests.bot.posting import FakeChannel, OutboxHarness
from tests.conftest import NOON

pytestmark = pytest.mark.anyio


class ProbedChannel(FakeChannel):
    """A platform that can be asked whether it answers, and says how its connection stands."""

    answers = True
    probes = 0
    health: ChannelHealth | None = None

    async def probe(self) -> bool:
        self.probes += 1
        return self.answers

    def read_health(self) -> ChannelHealth | None:
        return self.health


class Office:
    """An outbox with a sender over it, at a time that the test sets."""

    def __init__(self, database: Database) -> None:
        self.now = NOON
        self.channel = ProbedChannel("grid")
        self.in_doubt: list[int] = []
        self.held: list[str] = []
        self.post = OutboxHarness(database, self.channel)
        self.post.outbox = Outbox(
            database, worker="w", folder=self.post.folder, chance=lambda: 0.0,
            on_doubt=self._hear_doubts, on_held_route=self._hear_held,
        )  # fmt: skip
        self.metrics = Metrics()
        self.sender = OutboxSender(
            self.post.outbox,
            SettlementWriter(self.post.outbox, clock=lambda: self.now),
            channels=lambda: self.post.channels,
            passive=(),
            clock=lambda: self.now,
            metrics=self.metrics,
            store=FolderStore(self.post.folder),
            plan_wait=lambda: 0.5,
        )

    def _hear_doubts(self, _session: Session, pushes: Sequence[Push], _now: datetime) -> None:
        self.in_doubt += [push.id for push in pushes]

    def _hear_held(self, _session: Session, channel: str, _now: datetime) -> None:
        self.held.append(channel)

    def states(self, numbers: list[int]) -> set[str]:
        return {self.post.load_state(number) for number in numbers}

    async def wait_until(self, condition: Callable[[], bool], *, step: float = 0.0) -> None:
        async with asyncio.timeout(120):
            while not condition():
                self.now += timedelta(seconds=step)
                self.sender.wake()
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.sender.run())
        try:
            yield
        finally:
            await self.sender.stop()
            await task


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


async def test_a_route_that_fell_silent_is_asked_and_everything_arrives(office: Office) -> None:
    numbers = [
        office.post.add_push("请核查", chat=office.post.add_chat(f"wr{n}"), purpose=PushPurpose.ORDER)
        for n in range(2 * LIMIT)
    ]
    office.channel.outcome = lambda _delivery: OutcomeUnknown("ack_timeout")
    office.channel.answers = False
    async with office.running():
        await office.wait_until(lambda: office.states(numbers) == {"unknown"})
        sent = len(office.channel.sent)
        later = office.post.add_push("之后", chat=1, now=office.now)
        await office.wait_until(lambda: office.channel.probes > 2, step=5)
        assert (len(office.channel.sent), office.post.load_state(later)) == (sent, "ready")
        office.channel.outcome, office.channel.answers = lambda _delivery: Delivered(), True
        await office.wait_until(lambda: office.states([*numbers, later]) == {"sent"}, step=5)
    resent = [delivery.push_id for delivery in office.channel.sent if delivery.doubtful]
    assert sorted(resent) == numbers
    looks = office.metrics.registry.get_sample_value("gridbot_claim_seconds_count", {"box": "outbox"})
    assert looks is not None
    assert looks > 2
    assert office.in_doubt == []


async def test_what_stays_in_doubt_is_told_of_without_being_asked(office: Office) -> None:
    number = office.post.add_push("通知", chat=office.post.add_chat())
    office.channel.outcome = lambda _delivery: OutcomeUnknown("ack_timeout")
    async with office.running():
        await office.wait_until(lambda: office.in_doubt == [number], step=5)
    assert office.post.load_state(number) == "unknown"


async def test_a_connection_that_is_refused_for_its_credentials_is_said(office: Office) -> None:
    office.channel.health = ChannelHealth(ready=False, state="refused", is_refused=True)
    async with office.running():
        await office.wait_until(lambda: office.held[:1] == ["grid"])
