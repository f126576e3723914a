"""The sender: takes pushes from the outbox and hands them to the channels, many lanes at once."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Channel, Clock, Delivery, Outcome, OutcomeUnknown, RetryLater
from bot.media.stores import MediaStore, StoreUnreachable
from bot.ops.metrics import Metrics
from bot.outbox.files_at_hand import open_files
from bot.outbox.queue import ClaimedPush, Outbox
from bot.outbox.settlement import SettlementWriter

log = structlog.get_logger()

_AT_ONCE = 20
"""As many as a client keeps connections for (`channels.http`): each call beyond them opens one of its own."""
_STORE_PAUSE = 10.0
"""Seconds until a file is asked for again that its store does not give."""
_DOUBTS_EVERY = timedelta(minutes=5)
"""Between two looks at pushes of unknown fate, a desk being told at most so often."""


class OutboxSender:
    """The sending loop: `run` until `stop`. Sends under way at the end are finished; nothing is dropped."""

    def __init__(
        self,
        outbox: Outbox,
        settlements: SettlementWriter,
        *,
        channels: Callable[[], Mapping[str, Channel]],
        passive: Collection[str],
        clock: Clock,
        metrics: Metrics,
        store: MediaStore,
        plan_wait: Callable[[], float],
    ) -> None:
        """`plan_wait`: seconds until the next look of whoever found nothing, if nobody wakes them."""
        self._outbox = outbox
        self._settlements = settlements
        self._channels = channels
        self._passive = passive
        self._clock = clock
        self._metrics = metrics
        self._store = store
        self._plan_wait = plan_wait
        self._wakeup = asyncio.Event()
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._tending: asyncio.Task[None] | None = None
        self._doubts_at = clock()

    def wake(self) -> None:
        """Look at the outbox at once. From the event loop only; elsewhere through call_soon_threadsafe."""
        self._wakeup.set()

    async def stop(self) -> None:
        """Ask `run` to finish the sends under way and to return."""
        self._stopping = True
        self._wakeup.set()

    async def run(self) -> None:
        """Claim and send until `stop`."""
        while not self._stopping:
            self._wakeup.clear()
            if self._tending is None or self._tending.done():
                self._tending = asyncio.create_task(self._tend_routes())
            if not await self._claim():
                await self._wait()
        await asyncio.gather(*self._tasks, *([self._tending] if self._tending else []))

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._plan_wait()):
                await self._wakeup.wait()
        except TimeoutError:
            return

    async def _claim(self) -> int:
        room = _AT_ONCE - len(self._tasks)
        if room <= 0:
            return 0
        try:
            claimed = await asyncio.to_thread(self._find_work, room)
        except SQLAlchemyError as error:
            log.error("sender.no_database", error=type(error).__name__)
            await asyncio.sleep(1)
            return 0
        for item in claimed:
            task = asyncio.create_task(self._send(item))
            self._tasks.add(task)
            task.add_done_callback(self._on_task_done)
        return len(claimed)

    def _find_work(self, room: int) -> Sequence[ClaimedPush]:
        """In a thread. What waits for the thread is no part of the time."""
        with self._metrics.claim_seconds.labels("outbox").time():
            return self._outbox.claim(self._channels(), passive=self._passive, now=self._clock(), limit=room)

    async def _tend_routes(self) -> None:
        """Ask routes that were left alone whether they answer again; settle what stays in doubt."""
        try:
            now = self._clock()
            if now >= self._doubts_at:
                self._doubts_at = now + _DOUBTS_EVERY
                await asyncio.to_thread(self._outbox.find_doubtful_routes, self._channels(), now=now)
                if await asyncio.to_thread(self._outbox.settle_doubts, now=now):
                    self._wakeup.set()
                await self._report_held_channels()
            for route in self._outbox.circuits.list_due(now=now):
                channel = self._channels().get(route)
                answered = channel is None or await channel.probe()
                await asyncio.to_thread(
                    self._outbox.finish_probe, route, answered=answered, now=self._clock()
                )
        except SQLAlchemyError as error:
            log.error("sender.not_tended", error=type(error).__name__)

    async def _report_held_channels(self) -> None:
        for name, channel in self._channels().items():
            health = channel.read_health()
            if health is not None and health.is_refused:
                await asyncio.to_thread(self._outbox.report_held_channel, name, now=self._clock())

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wakeup.set()

    async def _send(self, item: ClaimedPush) -> None:
        channel = item.route.channel
        try:
            outcome = await self._send_with_files(channel, item.route.delivery)
        except Exception as error:  # noqa: BLE001 - the outermost loop: no outcome may be dropped
            log.error("sender.failed", push=item.push_id, route=channel.name, error=type(error).__name__)
            outcome = OutcomeUnknown(type(error).__name__)
        self._metrics.pushes_settled.labels(channel.name, outcome.label).inc()
        await self._settlements.settle(item.push_id, outcome)

    async def _send_with_files(self, channel: Channel, delivery: Delivery) -> Outcome:
        """Send it while its files are at hand; words behind it need not wait for a store that is silent."""
        if delivery.file is None:
            return await channel.send(delivery)
        with ExitStack() as stack:
            try:
                opened = open_files(self._store, delivery)
                ready = await asyncio.to_thread(stack.enter_context, opened)
            except StoreUnreachable as error:
                log.warning("sender.no_store", push=delivery.push_id, reason=error.slug)
                return RetryLater(f"store_{error.slug}", after=_STORE_PAUSE, uncounted=True, aside=True)
            except FileNotFoundError:
                # It may lie on another machine still, from where it is moved in a moment.
                return RetryLater("file_missing", aside=True)
            return await channel.send(ready)
