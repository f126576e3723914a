"""The loops that run in this process, started and stopped as a stack.

heartbeat ─ inbox writer ─ worker ─ ticker ─ channel tasks ─ sender      started left to right,
                                                                         stopped right to left

What only handles messages or only ticks is loaded by whoever does: 5 MB, and a tenth of a start.
"""

import asyncio
import gc
import os
import secrets
import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Self

import structlog
from httpx import AsyncClient
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels import registry
from bot.channels.base import BackgroundTask, Channel, ChannelHealth, Clock, Envelope, StoreUnavailable
from bot.channels.http import new_client
from bot.channels.settings import ChannelHost
from bot.config.settings import Settings, SpeechModelSettings, SpeechServerSettings
from bot.inbox.handled import HandledMessages
from bot.inbox.writer import InboxWriter, store_messages
from bot.media.stores import build_mover, open_store
from bot.ops import nightly_backup
from bot.ops.metrics import Metrics
from bot.ops.private_files import close_folder
from bot.outbox.queue import Outbox
from bot.outbox.sender import OutboxSender
from bot.outbox.settlement import SettlementWriter
from bot.process.doorbell import BellName, Doorbell
from bot.process.gc_tuning import freeze_startup_objects
from bot.process.heartbeat import Heartbeat
from bot.process.periodic import PeriodicThread
from bot.process.roles import ALL_ROLES, ProcessRole
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.acts import delivery
from handlers.environment.snapshot import Environment
from handlers.notifications import alerts
from models import schema
from models.database import Database
from models.pushes import Push

if TYPE_CHECKING:
    from bot.inbox.dictation import SpeechEngine
    from bot.inbox.worker import Worker

log = structlog.get_logger()

_BEHIND = timedelta(seconds=0.2)
"""Age of what the worker takes up from which on its answers are not waited for."""
_REFRESH = 3.0
"""Seconds between two looks for new rules, limits and units."""
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
        roles: frozenset[ProcessRole] = ALL_ROLES,
        clock: Clock = system_clock,
    ) -> None:
        self.settings = settings
        self.roles = roles
        self.clock = clock
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.database = Database(settings.database.url, read_url=settings.database.read_url, name=self.name)
        self.metrics = Metrics()
        self.store = open_store(settings.storage, settings.media.folder)
        self.outbox = Outbox(
            self.database,
            worker=self.name,
            folder=settings.media.folder,
            on_dead_letter=self._alert_undelivered,
            on_doubt=self._alert_doubtful,
            on_held_route=self._alert_held_route,
            on_delivered=self._record_delivery,
            base_url=settings.site.base_url,
        )
        self.settlements = SettlementWriter(self.outbox, clock=clock)
        self._environment_builder = EnvironmentBuilder(
            self.database, settings, reads_messages=ProcessRole.WORKER in roles
        )
        self._inbox_writer = InboxWriter(self.database, clock=clock, on_stored=self._announce_stored)
        self._heartbeat = Heartbeat(self.database, self.name, clock=clock)
        # Apart from the heartbeat: reading new rules takes longer than a process may be silent.
        self._refreshing = PeriodicThread("refresh", self._refresh_environment, seconds=_REFRESH)
        self._channels: dict[str, Channel] = {}
        self._sender: OutboxSender | None = None
        self._worker: Worker | None = None
        self.handled = HandledMessages()
        self._inbox_wakeup = threading.Event()
        self._doorbell = Doorbell(
            self.database,
            settings.database.listen_url,
            on_ring={BellName.INBOX: self._inbox_wakeup.set, BellName.OUTBOX: self._wake_own_senders},
        )
        self._stopping = threading.Event()
        self._stack = AsyncExitStack()

    def _channel_locks(self) -> list[str]:
        """The locks this process tries to hold for its channels: all sending goes through their holder."""
        return [lock for channel in self._run_channels().values() for lock in channel.lock_names]

    def _run_channels(self) -> Mapping[str, Channel]:
        """The channels whose tasks run in this process, by name."""
        roles = {False: ProcessRole.SENDER, True: ProcessRole.ARCHIVE}
        return {n: c for n, c in self._channels.items() if roles[c.is_pulled_apart] in self.roles}

    def _refresh_environment(self) -> None:
        self._environment_builder.refresh()
        self._environment_builder.alert_refused_rules(now=self.clock())

    # What other parts ask of it ------------------------------------------------------------------

    def env(self) -> Environment:
        """The newest rules, limits and units."""
        return self._environment_builder()

    def refused_rules(self) -> Mapping[str, str | None]:
        """Why the newest files of `packs` or `limits` are not in force; None where they are."""
        return self._environment_builder.refused_rules()

    @property
    def client(self) -> AsyncClient:
        """For calls to other systems, from the event loop of this process."""
        return self._client

    def channels(self) -> dict[str, Channel]:
        """The channels of this process, by name."""
        return self._channels

    def passive_channels(self) -> frozenset[str]:
        """Names of the channels whose messages may be answered within the request that brought them."""
        return frozenset(n for n, c in self._channels.items() if c.passive_replies is not None)

    async def receive(self, channel: str, envelope: Envelope) -> int | None:
        """Store a message durably; returns its inbox id, or None where it was stored before.

        Raises SQLAlchemyError where the database refuses.
        """
        stored = await self._inbox_writer.put(channel, envelope)
        self.note_received(channel)
        return stored

    def store_soon(self, channel: str, envelope: Envelope) -> asyncio.Future[int | None]:
        """As `receive`, for a caller that waits its own time, and then notes that it was received."""
        return self._inbox_writer.put_soon(channel, envelope)

    def note_received(self, channel: str) -> None:
        """A message of this channel is stored."""
        self.metrics.messages_received.labels(channel).inc()
        if (receiver := self._channels.get(channel)) is not None:
            receiver.notice_stored()

    async def _receive_frame(self, channel: str, envelope: Envelope) -> int | None:
        """Likewise for a channel that keeps what was not stored. Raises StoreUnavailable."""
        try:
            return await self.receive(channel, envelope)
        except (DataError, IntegrityError):
            raise  # it is this message that the database does not take
        except SQLAlchemyError as error:
            raise StoreUnavailable from error

    def _store_messages(
        self, session: Session, channel: str, envelopes: Sequence[Envelope]
    ) -> Mapping[str, int]:
        stored = store_messages(session, channel, envelopes, now=self.clock())
        self.metrics.messages_received.labels(channel).inc(len(stored))
        return stored

    def wake(self) -> None:
        """Have the senders look at the outbox at once, here and elsewhere; from any thread."""
        self._wake_own_senders()
        self._doorbell.ring(BellName.OUTBOX)

    def _wake_own_senders(self) -> None:
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._wake_senders)

    def _announce_handled(self, inbox_ids: Collection[int]) -> None:
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self.handled.announce, list(inbox_ids))
        self.wake()

    def is_behind(self) -> bool:
        """Whether messages come faster than they are handled, so that no answer is to be had at once."""
        return self._worker is not None and self._worker.lag > _BEHIND

    def outbox_signal(self) -> asyncio.Event:
        """An event that is set when something is queued to be sent. Take it before looking at the outbox."""
        return self._outbox_signal

    def unready_parts(self) -> dict[str, str]:
        """What is not ready, name of the part to its state; empty when everything is."""
        # With a broken rule file the rules before it still work, so the process is ready.
        return {
            f"channel.{name}": health.state
            for name, health in self.read_health()
            if not (health.ready or health.standby)
        }

    def standby_parts(self) -> dict[str, str]:
        """What another process does at present and this one would take over: part to `standby`."""
        return {f"channel.{name}": health.state for name, health in self.read_health() if health.standby}

    def record_gauges(self) -> None:
        """Set the gauges that are read from the process itself: its rules, its channels' connections."""
        self.metrics.record_rules(self.refused_rules())
        self.metrics.routes_unused.set(len(self.outbox.circuits.list_unused()))
        now = self.clock()
        if (folder := self.settings.backup.folder) is not None:
            self.metrics.record_backup(nightly_backup.find_newest(folder), now=now)
        for name, health in self.read_health():
            silence = now - health.last_heard if health.last_heard is not None else None
            self.metrics.record_connection(name, ready=health.ready, silence=silence)

    def read_health(self) -> list[tuple[str, ChannelHealth]]:
        """Name and health of the channels that keep a connection from this process."""
        found = ((name, channel.read_health()) for name, channel in self._run_channels().items())
        return [(name, health) for name, health in found if health is not None]

    # Life ----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._stack.callback(gc.unfreeze)
        with freeze_startup_objects():
            await self._start()
        log.info("runtime.started", roles=sorted(self.roles), channels=sorted(self._channels))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        log.info("runtime.stopped")

    async def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._outbox_signal = asyncio.Event()
        self._stack.callback(self.database.dispose)
        close_folder(self.settings.media.folder)
        if schema.read_state(self.database) is schema.SchemaState.EMPTY:
            schema.upgrade(self.database)
        await asyncio.to_thread(self._environment_builder.seed_calendar, self.clock())
        await asyncio.to_thread(self._environment_builder.seed_subscribers)
        await asyncio.to_thread(self._environment_builder.refresh)
        self._client = await self._stack.enter_async_context(new_client())
        host = ChannelHost(
            base_url=self.settings.site.base_url,
            client=self._client,
            receive=self._receive_frame,
            holds_lock=self._heartbeat.holds_lock,
            keeps_lock=self._heartbeat.keeps_lock,
            offer_lock=self._heartbeat.offer_lock,
            clock=self.clock,
            database=self.database,
            store=self._store_messages,
            wake=self._announce_stored,
            media_folder=self.settings.media.folder,
            max_file=self.settings.media.largest,
        )
        self._channels = registry.build_channels(self.settings.channels, host)
        await asyncio.to_thread(self._heartbeat.start, self._channel_locks())
        self._stack.callback(self._heartbeat.stop)
        self._refreshing.start()
        self._stack.callback(self._refreshing.stop)
        self._doorbell.start()
        self._stack.push_async_callback(asyncio.to_thread, self._doorbell.stop)
        self._start_mover()
        self._inbox_writer.start()
        self._stack.callback(self._inbox_writer.stop)
        starts = {
            ProcessRole.WORKER: self._start_worker,
            ProcessRole.TICKER: self._start_ticker,
            ProcessRole.SENDER: self._start_sender,
            ProcessRole.ARCHIVE: self._start_archives,
        }
        for role, start in starts.items():
            if role in self.roles:
                start()

    def _start_mover(self) -> None:
        mover = build_mover(self.store)
        if mover is not None:
            self._start_task(BackgroundTask(mover.run, mover.stop))

    def _announce_stored(self) -> None:
        self._inbox_wakeup.set()
        self._doorbell.ring(BellName.INBOX)

    def _wake_senders(self) -> None:
        said, self._outbox_signal = self._outbox_signal, asyncio.Event()
        said.set()
        if self._sender is not None:
            self._sender.wake()

    def _start_worker(self) -> None:
        from bot.inbox.attachments import AttachmentFetcher
        from bot.inbox.worker import Worker

        sources = {name: channel.media for name, channel in self._channels.items()}
        worker = Worker(
            self.database,
            name=self.name,
            channels=self.channels,
            env=self.env,
            fetch=AttachmentFetcher(
                self.settings.media, sources=sources, zone=self.settings.zone
            ).fetch_files,
            clock=self.clock,
            metrics=self.metrics,
            on_commit=self._announce_handled,
        )
        self._worker = worker
        thread = threading.Thread(target=self._run_worker, args=(worker,), name="worker", daemon=True)
        thread.start()

        async def finish() -> None:
            self._stopping.set()
            self._inbox_wakeup.set()
            await asyncio.to_thread(thread.join, 30)
            await asyncio.to_thread(worker.close)

        self._stack.push_async_callback(finish)
        self._start_listening()
        if self.settings.ocr.engine != "none":
            self._start_photo_reading(self.settings.ocr.timeout)

    def _start_listening(self) -> None:
        speech = self.settings.speech
        if isinstance(speech, SpeechServerSettings):
            from bot.media.speech_server import SpeechServer

            self._start_dictation(speech, SpeechServer(speech, self._client))
        elif isinstance(speech, SpeechModelSettings):
            from bot.media.engines.speech_model import SpeechModel

            model = SpeechModel(speech)
            self._stack.callback(model.close)
            self._start_dictation(speech, model)

    def _start_photo_reading(self, timeout: timedelta) -> None:
        from bot.inbox.photo_reading import PhotoReadingTask
        from bot.media.engines.photo_reader import PhotoReader

        reading = PhotoReadingTask(
            self.database,
            PhotoReader(patience=timeout.total_seconds()),
            timeout=timeout,
            store=self.store,
            env=self.env,
            clock=self.clock,
            wake=self.wake,
        )
        self._start_task(BackgroundTask(reading.run, reading.stop))

    def _start_dictation(
        self, settings: SpeechServerSettings | SpeechModelSettings, engine: "SpeechEngine"
    ) -> None:
        from bot.inbox.dictation import Dictation

        dictation = Dictation(
            self.database,
            settings,
            engine,
            store=self.store,
            channels=self.channels,
            env=self.env,
            clock=self.clock,
            wake=self.wake,
        )
        self._start_task(BackgroundTask(dictation.run, dictation.stop))

    def _run_worker(self, worker: "Worker") -> None:
        while not self._stopping.is_set():
            self._inbox_wakeup.clear()
            try:
                if worker.step() == 0:
                    self._inbox_wakeup.wait(self._doorbell.plan_wait(BellName.INBOX))
            except SQLAlchemyError as error:
                log.error("worker.no_database", error=type(error).__name__)
                self._stopping.wait(_REST)

    def _start_ticker(self) -> None:
        from bot.process.housekeeping import Housekeeping
        from scheduler.ticker import Ticker

        ticker = Ticker(self.database, env=self.env, clock=self.clock, wake=self.wake)
        housekeeping = Housekeeping(
            self.settings, self.database, self.store,
            clock=self.clock, wake=self.wake, on_dead_letter=self._alert_undelivered,
        )  # fmt: skip
        for seconds, job in housekeeping.list_jobs():
            ticker.run_every(seconds, job)
        ticker.start()
        self._stack.callback(ticker.stop)

    def _alert_undelivered(self, session: Session, push: Push, now: datetime) -> None:
        alerts.alert_undelivered(session, push, self.env(), now=now)
        delivery.report_lost_result(session, push, self.env(), now=now)

    def _alert_doubtful(self, session: Session, pushes: Sequence[Push], now: datetime) -> None:
        alerts.alert_doubtful(session, pushes, self.env(), now=now)
        for push in pushes:
            delivery.report_lost_result(session, push, self.env(), now=now)

    def _record_delivery(self, session: Session, push: Push, now: datetime) -> None:
        if push.result_event is not None:
            delivery.record_delivery(session, push, self.env(), now=now)

    def _alert_held_route(self, session: Session, channel: str, now: datetime) -> None:
        alerts.alert_held_route(session, channel, self.env(), now=now)

    def _start_sender(self) -> None:
        self._start_tasks(apart=False)
        self._sender = OutboxSender(
            self.outbox,
            self.settlements,
            channels=self.channels,
            passive=self.passive_channels(),
            clock=self.clock,
            metrics=self.metrics,
            store=self.store,
            plan_wait=partial(self._doorbell.plan_wait, BellName.OUTBOX),
        )
        self._start_task(BackgroundTask(self._sender.run, self._sender.stop))

    def _start_archives(self) -> None:
        self._start_tasks(apart=True)

    def _start_tasks(self, *, apart: bool) -> None:
        for channel in self._channels.values():
            for task in channel.tasks() if channel.is_pulled_apart is apart else ():
                self._start_task(task)

    def _start_task(self, task: BackgroundTask) -> None:
        running = asyncio.create_task(task.run())

        async def finish() -> None:
            await task.stop()
            await running

        self._stack.push_async_callback(finish)
