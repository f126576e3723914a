"""Which loops run in this process, started and stopped as a stack.

heart ─ inbox writer ─ worker ─ ticker ─ sockets ─ sender      started left to right,
                                                               stopped right to left
"""

import asyncio
import gc
import os
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels import registry
from bot.channels.aibot.callback import AibotCallback
from bot.channels.aibot.socket import AibotSocket
from bot.channels.base import Channel, Clock, Envelope
from bot.channels.http import new_client
from bot.config.settings import AibotChannel, Settings
from bot.inbox.attachments import Files
from bot.inbox.worker import Worker
from bot.inbox.writer import Receiver
from bot.ops.metrics import Metrics
from bot.outbox import dead_letters, queue
from bot.outbox.queue import Outbox
from bot.outbox.sender import Sender
from bot.process.gc_tuning import lasting
from bot.process.heartbeat import Heart
from bot.process.roles import ALL, Role
from bot.rule_snapshots.environment_builder import OfficeKeeper
from handlers.environment.snapshot import Environment
from handlers.notifications import alerts
from models import schema
from models.database import Database
from models.pushes import Push
from scheduler.ticker import Ticker

log = structlog.get_logger()

_IDLE = 0.5
"""Seconds between two looks at the inbox when nobody rings."""
_REST = 1.0
"""Seconds a loop rests when the database does not answer."""


def system_clock() -> datetime:
    """The time of this machine, aware."""
    return datetime.now(UTC)


class Runtime:
    """One process of gridbot: `async with runtime:` runs it."""

    def __init__(
        self,
        settings: Settings,
        *,
        roles: frozenset[Role] = ALL,
        clock: Clock = system_clock,
    ) -> None:
        self.settings = settings
        self.roles = roles
        self.clock = clock
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.database = Database(settings.database.url)
        self.metrics = Metrics()
        self.outbox = Outbox(
            self.database, worker=self.name, folder=settings.media.folder, told=self._undelivered
        )
        self._offices = OfficeKeeper(self.database, settings)
        self._receiver = Receiver(self.database, clock=clock, stored=self._wake_worker)
        self._heart = Heart(self.database, self.name, posts=self._posts(), clock=clock, each=self._look)
        self._channels: dict[str, Channel] = {}
        self._sender: Sender | None = None
        self._inbox_bell = threading.Event()
        self._ending = threading.Event()
        self._stack = AsyncExitStack()

    def _posts(self) -> list[str]:
        """The sockets this process would hold: all sending goes through their owner."""
        sockets = (
            n for n, c in self.settings.channels.items() if isinstance(c, AibotChannel) and c.mode == "socket"
        )
        return [registry.post_of(name) for name in sockets] if Role.SENDER in self.roles else []

    def _look(self) -> None:
        self._offices.refresh()
        self._offices.warn(now=self.clock())

    # What other parts ask of it ------------------------------------------------------------------

    def env(self) -> Environment:
        return self._offices()

    def channels(self) -> dict[str, Channel]:
        return self._channels

    def passive(self) -> frozenset[str]:
        """Channels whose messages may be answered within the very request that brought them."""
        return frozenset(n for n, c in self._channels.items() if isinstance(c, AibotCallback))

    async def receive(self, channel: str, envelope: Envelope) -> int | None:
        """Store a message durably; its inbox id, or None where it was stored before."""
        stored = await self._receiver.put(channel, envelope)
        self.metrics.received.labels(channel).inc()
        return stored

    def wake(self) -> None:
        """Something was queued to be sent; from any thread."""
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._ring)

    def bell(self) -> asyncio.Event:
        """Rings when something was queued to be sent. Take it before looking whether there is something."""
        return self._said

    def ready(self) -> dict[str, str]:
        """What is not ready, by part; empty when everything is."""
        # The rules before it still work, so a process with a broken rule file is ready all the same.
        self.metrics.rules(self._offices.refused())
        waiting = {}
        for name, channel in self._channels.items():
            if isinstance(channel, AibotSocket):
                state = channel.state
                self.metrics.socket_ready.labels(name).set(state.ready)
                if state.last_group_callback is not None:
                    age = self.clock() - state.last_group_callback
                    self.metrics.group_silence.labels(name).set(age.total_seconds())
                if not state.ready and Role.SENDER in self.roles:
                    waiting[f"channel.{name}"] = str(state.phase)
        return waiting

    # Life ----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._stack.callback(gc.unfreeze)
        with lasting():
            await self._start()
        log.info("runtime.started", roles=sorted(self.roles), channels=sorted(self._channels))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        log.info("runtime.stopped")

    async def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._said = asyncio.Event()
        self._stack.callback(self.database.dispose)
        if schema.read_state(self.database) is schema.SchemaState.EMPTY:
            schema.upgrade(self.database)
        await asyncio.to_thread(self._offices.seed_calendar, self.clock())
        await asyncio.to_thread(self._offices.refresh)
        await asyncio.to_thread(self._heart.start)
        self._stack.callback(self._heart.stop)
        client = await self._stack.enter_async_context(new_client())
        self._channels = registry.build(
            self.settings, client=client, receive=self.receive, holds=self._heart.holds, clock=self.clock
        )
        self._receiver.start()
        self._stack.callback(self._receiver.stop)
        starts = {
            Role.WORKER: self._start_worker,
            Role.TICKER: self._start_ticker,
            Role.SENDER: self._start_sender,
        }
        for role, start in starts.items():
            if role in self.roles:
                start()

    def _wake_worker(self) -> None:
        self._inbox_bell.set()

    def _ring(self) -> None:
        said, self._said = self._said, asyncio.Event()
        said.set()
        if self._sender is not None:
            self._sender.ring()

    def _start_worker(self) -> None:
        keys = {n: c.media_key for n, c in self._channels.items() if isinstance(c, AibotCallback)}
        worker = Worker(
            self.database,
            name=self.name,
            channels=self.channels,
            env=self.env,
            fetch=Files(self.settings.media, keys=keys, zone=self.settings.zone).of,
            clock=self.clock,
            metrics=self.metrics,
            handled=self.wake,
        )
        thread = threading.Thread(target=self._work, args=(worker,), name="worker", daemon=True)
        thread.start()

        async def finish() -> None:
            self._ending.set()
            self._inbox_bell.set()
            await asyncio.to_thread(thread.join, 30)
            await asyncio.to_thread(worker.close)

        self._stack.push_async_callback(finish)

    def _work(self, worker: Worker) -> None:
        while not self._ending.is_set():
            self._inbox_bell.clear()
            try:
                if worker.step() == 0:
                    self._inbox_bell.wait(_IDLE)
            except SQLAlchemyError as error:
                log.error("worker.no_database", error=type(error).__name__)
                self._ending.wait(_REST)

    def _start_ticker(self) -> None:
        ticker = Ticker(self.database, env=self.env, clock=self.clock, wake=self.wake)
        ticker.run_every(600.0, self._sweep)
        ticker.start()
        self._stack.callback(ticker.stop)

    def _sweep(self) -> None:
        now = self.clock()
        with self.database.write() as session:
            queue.sweep(session, now=now)
            parked = dead_letters.unclaimed(session, now=now, told=self._undelivered)
        if parked:
            self.wake()

    def _undelivered(self, session: Session, push: Push, now: datetime) -> None:
        alerts.alert_undelivered(session, push, self.env(), now=now)

    def _start_sender(self) -> None:
        for channel in self._channels.values():
            if isinstance(channel, AibotSocket):
                self._task(channel.run(), channel.stop)
        self._sender = Sender(
            self.outbox,
            channels=self.channels,
            passive=self.passive(),
            clock=self.clock,
            metrics=self.metrics,
        )
        self._task(self._sender.run(), self._sender.stop)

    def _task(self, run: Coroutine[object, object, None], stop: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(run)

        async def finish() -> None:
            await stop()
            await task

        self._stack.push_async_callback(finish)
