"""The AI bot over its long connection: one socket, kept alive for ever, for receiving and sending.

lease? ─> connect ─> subscribe ─> READY ─(lost, dead, kicked, silent)─> closed ─> pause ─> lease? …

Frames are stored by `on_frame` before anything is said about them. All senders of the process share
this one connection: a second one would kick it out.
"""

import asyncio
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog
from websockets.exceptions import WebSocketException

from bot.channels import base
from bot.channels.aibot import markdown, payload
from bot.channels.aibot.connection import (
    PING,
    SUBSCRIBE,
    AckMissing,
    Callback,
    FrameNotSent,
    GatewayConnection,
)
from bot.channels.aibot.errors import NOT_SUBSCRIBED
from bot.channels.aibot.frame_queue import FrameLanes
from bot.channels.aibot.sender import AibotSender
from bot.channels.aibot.settings import RATES, AibotSettings
from bot.channels.aibot.state import Phase, ReconnectBackoff, SessionEnd, SocketState, Timing
from bot.channels.base import (
    BackgroundTask,
    ChannelHealth,
    Clock,
    Delivery,
    Envelope,
    Outcome,
    PlainChannel,
    RateLimit,
    RefusedInput,
    RetryLater,
)
from models.messages import CardUpdatePush, FilePush, Incoming, PhotoPush

log = structlog.get_logger()
_LOOK = 60.0
"""Seconds between two looks at the silence; also keeps an endless wait representable."""
OnFrame = Callable[[Envelope], Awaitable[object]]


def format_lock_name(name: str) -> str:
    """Name of the lock for this channel's socket: a second process's socket would kick out the first."""
    return f"socket:{name}"


class AibotSocket(PlainChannel):
    """One bot. `run` until `stop`; `send` and `read` at any time."""

    def __init__(
        self,
        name: str,
        settings: AibotSettings,
        *,
        base_url: str,
        client: httpx.AsyncClient,
        on_frame: OnFrame,
        holds_lease: Callable[[], bool] = lambda: True,
        keeps_lease: Callable[[], bool] | None = None,
        offer_lease: Callable[..., None] = lambda *, offered: None,  # noqa: ARG005 - there is nobody else
        clock: Clock = lambda: datetime.now(UTC),
        timing: Timing | None = None,
        rates: tuple[tuple[int, float], ...] = RATES,
        upload_rates: tuple[tuple[int, float], ...] = ((10, 60.0), (330, 3600.0)),
    ) -> None:
        """`holds_lease`: whether a session may begin; `keeps_lease`: whether one may go on, where that is not
        the same; `offer_lease`: told whether another process had better try. `rates` count per chat;
        `upload_rates` per bot, an upload being three calls at least.
        """
        self.name = name
        self.declaration = settings.declare()
        self.lock_names = (format_lock_name(name),)
        self._settings = settings
        self._clock = clock
        self._holds_lease = holds_lease
        self._keeps_lease = keeps_lease or holds_lease
        self._offer_lease = offer_lease
        self._timing = timing = timing or Timing()
        self._rates, self._upload_rates = rates, upload_rates
        self._lanes = FrameLanes(on_frame)
        self._backoff = ReconnectBackoff(timing)
        self._sender = AibotSender(
            base_url=base_url, client=client, ack_timeout=timing.ack, upload_timeout=timing.upload_ack
        )
        self._link: GatewayConnection | None = None
        self._interrupted: asyncio.Future[SessionEnd] | None = None
        self._stop = asyncio.Event()
        self._state = SocketState(Phase.STOPPED, clock())

    # Channel -------------------------------------------------------------------------------------

    def read(self, raw: str) -> Incoming:
        return payload.read(raw, self._settings, channel=self.name)

    def can_send(self, delivery: Delivery) -> bool:
        if isinstance(delivery.body, PhotoPush | FilePush) and delivery.file is None:
            return False
        if isinstance(delivery.body, CardUpdatePush) and not any(one.event for one in delivery.handles):
            return False
        return self._state.is_ready

    @property
    def sends_here(self) -> bool:
        return self._holds_lease()

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        bot, body = f"aibot:{self._settings.bot_id}", delivery.body
        said = base.build_rate_limits(
            f"{bot}:{delivery.chat_id}", self._rates, messages=markdown.count_messages(body)
        )
        uploads = isinstance(body, PhotoPush | FilePush)
        return said + (base.build_rate_limits(f"{bot}#uploads", self._upload_rates) if uploads else ())

    async def send(self, delivery: Delivery) -> Outcome:
        link = self._link
        if link is None:
            return RetryLater("not_connected", after=2.0, uncounted=True)
        outcome = await self._sender.send(link, delivery)
        if (
            outcome == RetryLater(f"errcode_{NOT_SUBSCRIBED}", after=5.0, uncounted=True)
            and link is self._link
        ):
            self._interrupt(SessionEnd.NOT_SUBSCRIBED)
        return outcome

    async def probe(self) -> bool:
        link = self._link
        if link is None:
            return False
        try:
            return (await link.request(PING, patience=self._timing.ack)).code == 0
        except (FrameNotSent, AckMissing):
            return False

    # Life ----------------------------------------------------------------------------------------

    @property
    def state(self) -> SocketState:
        return replace(
            self._state,
            refusals=self._backoff.refusals,
            kicks=self._backoff.count_kicks(time.monotonic()),
            lost_frames=self._lanes.lost_frames,
        )

    def read_health(self) -> ChannelHealth:
        state = self._state
        return ChannelHealth(
            ready=state.is_ready,
            state=str(state.phase),
            standby=state.phase is Phase.STANDBY,
            last_heard=state.last_group_callback,
            is_refused=state.phase is Phase.REFUSED,
        )

    def tasks(self) -> tuple[BackgroundTask, ...]:
        return (BackgroundTask(self.run, self.stop),)

    async def run(self) -> None:
        """Keep the socket open until `stop`; never ends by itself, whatever the platform does."""
        try:
            async with self._lanes:
                while not self._stop.is_set():
                    await self._run_once()
        finally:
            self._set_phase(Phase.STOPPED)

    async def stop(self) -> None:
        """Ask `run` to close the socket, store what has come in, and return."""
        self._stop.set()

    async def _run_once(self) -> None:
        if not self._holds_lease():
            self._set_phase(Phase.STANDBY)
            return await self._pause(self._timing.lease)
        end = self._judge_end(await self._run_session())
        phase, delay = self._backoff.plan_reconnect(
            end, now=time.monotonic(), jitter=secrets.randbelow(1000) / 1000
        )
        self._set_phase(phase)
        tell = log.warning if phase is Phase.WAITING else log.error
        if end in {SessionEnd.STOPPED, SessionEnd.LEASE_LOST}:
            tell = log.info
        tell("aibot.session_over", channel=self.name, end=end, phase=phase, pause=round(delay, 1))
        return await self._pause(delay)

    def _judge_end(self, end: SessionEnd) -> SessionEnd:
        """Why a session is over, seen by who may have the next one."""
        if end is SessionEnd.KICKED and not self._holds_lease():
            # By another process of ours, which took over.
            return SessionEnd.LEASE_LOST
        if end in {SessionEnd.UNREACHABLE, SessionEnd.DEAD}:
            self._offer_lease(offered=True)
        return end

    async def _run_session(self) -> SessionEnd:
        self._set_phase(Phase.CONNECTING)
        interrupted = self._interrupted = asyncio.get_running_loop().create_future()
        try:
            link = await GatewayConnection.open(
                self._settings.ws_url, self._on_callback, patience=self._timing.connect
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            log.warning("aibot.unreachable", channel=self.name, error=type(error).__name__)
            return SessionEnd.UNREACHABLE
        # The old socket is closed completely on the way out of this block, before any new one.
        async with link:
            if not self._holds_lease():
                # It took long to connect, and another process has the bot by now.
                return SessionEnd.LEASE_LOST
            return await self._subscribe(link) or await self._serve(link, interrupted)

    async def _subscribe(self, link: GatewayConnection) -> SessionEnd | None:
        """Subscribe the bot; None where the platform accepted, else why the session ends."""
        secret = self._settings.secret
        body = {"bot_id": self._settings.bot_id, "secret": secret.get_secret_value() if secret else ""}
        try:
            ack = await link.request(SUBSCRIBE, body, patience=self._timing.ack)
        except (FrameNotSent, AckMissing):
            return SessionEnd.LOST
        if ack.code:
            log.error("aibot.subscribe_refused", channel=self.name, code=ack.code)
            return SessionEnd.REFUSED
        self._backoff.reset()
        self._offer_lease(offered=False)
        return None

    async def _serve(self, link: GatewayConnection, interrupted: asyncio.Future[SessionEnd]) -> SessionEnd:
        self._link = link
        self._state = replace(self._state, sessions=self._state.sessions + 1)
        self._set_phase(Phase.READY)
        log.info("aibot.ready", channel=self.name, sessions=self._state.sessions)
        try:
            end = await _wait_first(
                self._watch_close(link),
                self._watch_pings(link),
                self._watch_silence(),
                self._watch_stop_and_lease(),
                _watch_interrupt(interrupted),
            )
            # A kick closes the socket too, and is what matters.
            return interrupted.result() if interrupted.done() else end
        finally:
            self._link = None

    # Why a session ends --------------------------------------------------------------------------

    async def _watch_close(self, link: GatewayConnection) -> SessionEnd:
        await link.wait_closed()
        return SessionEnd.LOST

    async def _watch_pings(self, link: GatewayConnection) -> SessionEnd:
        missed = 0
        while missed < self._timing.missed_pings:
            await asyncio.sleep(self._timing.ping)
            try:
                ack = await link.request(PING, patience=self._timing.ack)
            except FrameNotSent:
                return SessionEnd.LOST
            except AckMissing:
                missed += not link.in_callback
                continue
            if ack.code == NOT_SUBSCRIBED:
                return SessionEnd.NOT_SUBSCRIBED
            missed = 0
        return SessionEnd.DEAD

    async def _watch_silence(self) -> SessionEnd:
        silence = self._timing.silence or math.inf
        began = self._clock()
        while True:
            heard = max(self._state.last_group_callback or began, began)
            left = silence - (self._clock() - heard).total_seconds()
            if left <= 0:
                return SessionEnd.SILENT
            await asyncio.sleep(min(left, _LOOK))

    async def _watch_stop_and_lease(self) -> SessionEnd:
        """Wait until this process is stopped or loses the lease."""
        while not self._stop.is_set():
            if not self._keeps_lease():
                return SessionEnd.LEASE_LOST
            await self._pause(self._timing.lease)
        return SessionEnd.STOPPED

    def _interrupt(self, end: SessionEnd) -> None:
        if self._interrupted is not None and not self._interrupted.done():
            self._interrupted.set_result(end)

    # Receiving -----------------------------------------------------------------------------------

    async def _on_callback(self, callback: Callback) -> None:
        body = callback.body
        if payload.event_type(body) == "disconnected_event":
            self._interrupt(SessionEnd.KICKED)
            return
        now = self._clock()
        grouped = now if payload.is_group(body) else self._state.last_group_callback
        self._state = replace(self._state, last_callback=now, last_group_callback=grouped)
        try:
            envelope = payload.build_envelope(body, req_id=callback.req_id)
        except RefusedInput as refused:
            log.warning("aibot.frame_refused", channel=self.name, slug=refused.slug)
            return
        await self._lanes.put(envelope)

    def _set_phase(self, phase: Phase) -> None:
        if phase is not self._state.phase:
            self._state = replace(self._state, phase=phase, since=self._clock())

    async def _pause(self, seconds: float) -> None:
        """Sleep, but wake up for `stop`."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return


async def _watch_interrupt(interrupted: asyncio.Future[SessionEnd]) -> SessionEnd:
    return await asyncio.shield(interrupted)


async def _wait_first(*ends: Coroutine[Any, Any, SessionEnd]) -> SessionEnd:
    """The result of the first to end; the others are cancelled before this returns."""
    tasks = [asyncio.create_task(end) for end in ends]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
