"""`/callback/{channel}`: receive, write one row, answer; the answer may carry the reply itself.

A channel with passive replies can say something back within the platform's own request (5 s), and
little or nothing later. So the request waits a moment for what the handlers say, as long as few
requests are waiting and the handlers keep up: under load it is acknowledged at once and the reply
goes the other way.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.channels.base import (
    Delivered,
    Envelope,
    OpenRequest,
    PassiveReplies,
    RefusedInput,
)
from bot.outbox.queue import AnswerState, ClaimedPush
from bot.outbox.statements import NOT_PASSIVE
from bot.process.roles import ProcessRole
from bot.process.runtime import Runtime
from models.messages import IncomingKind

log = structlog.get_logger()

_PATH = "/callback/"
_ACKNOWLEDGED = Response()
_WAIT = 2.5
"""Seconds after which a request is kept no longer for its reply; the platform gives up after 5."""
_LOOK = 0.5
"""Seconds after which a request looks for its answer by itself: another process may have it in hand."""
_LAST_LOOK = 0.1
"""Seconds that the last of these looks may take."""
_LATEST = 3.5
"""Seconds after which no reply goes this way: it might reach a platform that has given up."""
_WAITING = 16
"""Requests that may wait at once."""
_STORED = 3.5
"""Seconds a message may take to be read and stored; then it is refused, while the platform still listens."""
_STUCK = 256
"""Messages that may be waiting for a database that does not answer; more are refused at once."""


class CallbackDoor:
    """Answers what platforms call: `GET` to check an address, `POST` with a message.

    In front of FastAPI, whose layers, matching and injection would take a third of the time of a message.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._work = _DoorWork()

    def takes(self, scope: Scope) -> bool:
        """Whether this is a call of a platform."""
        return (
            scope["type"] == "http"
            and scope["path"].startswith(_PATH)
            and "/" not in scope["path"].removeprefix(_PATH)
        )

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""
        response = await self._answer(scope["path"].removeprefix(_PATH), Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, name: str, request: Request) -> Response:
        try:
            if request.method == "POST":
                return await _receive(self._runtime, name, request, self._work)
            if request.method == "GET":
                return _verify(self._runtime, name, request)
        except RefusedInput as refused:
            return _refuse(self._runtime, name, refused)
        except ClientDisconnect:
            log.info("callback.disconnected", channel=name)
            return PlainTextResponse("disconnected", 400)
        except SQLAlchemyError:
            # Not stored, so not acknowledged: the platform will send it again.
            return PlainTextResponse("not stored", 503)
        return PlainTextResponse("GET or POST", 405, {"Allow": "GET, POST"})


def _verify(runtime: Runtime, name: str, request: Request) -> Response:
    """The platform checks the address when an administrator saves it. Raises RefusedInput."""
    channel = runtime.channels().get(name)
    if channel is None or channel.callback is None:
        return PlainTextResponse("no such channel", 404)
    return PlainTextResponse(channel.callback.verify(_read_query(request)))


async def _receive(runtime: Runtime, name: str, request: Request, work: "_DoorWork") -> Response:
    """Store one call for good, then answer it. Raises RefusedInput, ClientDisconnect or SQLAlchemyError."""
    came = time.monotonic()
    channel = runtime.channels().get(name)
    if channel is None or channel.callback is None:
        return PlainTextResponse("no such channel", 404)
    query = _read_query(request)
    stage = _Stage()
    try:
        async with asyncio.timeout(_STORED):
            body = await _read_body(request, channel.callback.max_body)
            envelope = channel.callback.open(query, body)
            stage.storing = _start_storing(runtime, name, envelope, work)
            inbox_id = await asyncio.shield(stage.storing)
    except TimeoutError as error:
        raise _give_up(name, stage, work) from error
    runtime.note_received(name)
    replies = channel.passive_replies if ProcessRole.WORKER in runtime.roles else None
    if inbox_id is None or replies is None or work.waiting.locked() or runtime.is_behind():
        return _ACKNOWLEDGED
    async with work.waiting:
        asked = OpenRequest(query, envelope, channel.read(envelope.raw))
        return await _wait_and_reply(runtime, replies, asked, inbox_id, request, work=work, arrived_at=came)


@dataclass(slots=True)
class _Stage:
    """How far a request has come."""

    storing: asyncio.Future[int | None] | None = None
    """What the database has in hand of it; None: it is not read yet."""


class _NotStoredInTime(SQLAlchemyError):
    """The database does not answer."""


_Claim = asyncio.Future[tuple[ClaimedPush | None, bool]]


class _DoorWork:
    """Requests that wait for their reply, and what the database has in hand for those answered without it."""

    def __init__(self) -> None:
        self.waiting = asyncio.Semaphore(_WAITING)
        self.storing: set[asyncio.Future[int | None]] = set()
        self._returning: set[asyncio.Task[None]] = set()

    def add_storing(self, storing: asyncio.Future[int | None]) -> None:
        """A message that may be stored yet."""
        self.storing.add(storing)
        storing.add_done_callback(self._forget)

    def _forget(self, stored: asyncio.Future[int | None]) -> None:
        self.storing.discard(stored)
        if not stored.cancelled():
            stored.exception()  # written to the log by the writer

    def add_claim(self, runtime: Runtime, claiming: _Claim) -> None:
        """An answer that may be claimed yet: it then goes the other way."""
        claiming.add_done_callback(partial(self._hand_back, runtime))

    def _hand_back(self, runtime: Runtime, claimed: _Claim) -> None:
        if claimed.cancelled() or claimed.exception() is not None:
            return
        push, _ = claimed.result()
        if push is not None:
            task = asyncio.ensure_future(runtime.settlements.settle(push.push_id, NOT_PASSIVE))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)


def _start_storing(
    runtime: Runtime, name: str, envelope: Envelope, work: _DoorWork
) -> asyncio.Future[int | None]:
    """The inbox id that the message will have, None where it was stored before. Raises SQLAlchemyError."""
    if len(work.storing) >= _STUCK:
        raise _NotStoredInTime
    return runtime.store_soon(name, envelope)


def _give_up(name: str, stage: "_Stage", work: _DoorWork) -> Exception:
    """What a request that took too long is told.

    The message may be stored all the same: what the platform then sends again is the same message.
    """
    if stage.storing is None:
        return RefusedInput("body_too_slow", 408)
    work.add_storing(stage.storing)
    log.warning("callback.not_stored_in_time", channel=name, waiting=len(work.storing))
    return _NotStoredInTime()


def _read_query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))


async def _read_body(request: Request, limit: int) -> bytes:
    """The body, given up as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise RefusedInput("too_large", 413)
    return bytes(body)


def _refuse(runtime: Runtime, name: str, refused: RefusedInput) -> Response:
    runtime.metrics.inputs_refused.labels(refused.slug).inc()
    log.warning("callback.refused", channel=name, slug=refused.slug, code=refused.code)
    # Otherwise the server would read the rest of the body, to keep the connection.
    headers = {"Connection": "close"} if refused.status in (408, 413) else None
    return PlainTextResponse(refused.slug, refused.status, headers)


async def _wait_and_reply(
    runtime: Runtime,
    replies: PassiveReplies,
    asked: OpenRequest,
    inbox_id: int,
    request: Request,
    *,
    work: _DoorWork,
    arrived_at: float,
) -> Response:
    """The passive reply, if the handlers have one in time; otherwise an empty acknowledgement.

    `arrived_at`: when the request came, in seconds of the monotonic clock.
    """
    push = (
        None
        if asked.incoming.kind is IncomingKind.IGNORED
        else await _wait_for_answer(runtime, inbox_id, work, until=arrived_at + _WAIT)
    )
    if push is None:
        return Response()
    body = push.route.delivery.body
    if (
        time.monotonic() > arrived_at + _LATEST
        or not replies.can_reply(body, asked)
        or await request.is_disconnected()
    ):
        return Response(background=BackgroundTask(runtime.settlements.settle, push.push_id, NOT_PASSIVE))
    answer = replies.build_reply(body, asked)
    # Settled only when the answer has left: what dies on the way is sent again, and says so.
    settled = BackgroundTask(runtime.settlements.settle, push.push_id, Delivered("passive", uncounted=True))
    return Response(answer.content, media_type=answer.media_type, background=settled)


async def _wait_for_answer(
    runtime: Runtime, inbox_id: int, work: _DoorWork, *, until: float
) -> ClaimedPush | None:
    """The push that answers this message, waited for as long as it may come; None where it does not.

    `until`: seconds of the monotonic clock.
    """
    with runtime.handled.expect(inbox_id) as handled:
        bell = handled
        while (left := until - time.monotonic()) > 0 and not runtime.is_behind():
            with suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), min(left, _LOOK))
            # Handled, its answer may still stand behind others of its lane: any commit may make way for it.
            bell = runtime.outbox_signal() if handled.is_set() else handled
            claiming = asyncio.ensure_future(asyncio.to_thread(_claim_answer, runtime, inbox_id))
            done, _ = await asyncio.wait({claiming}, timeout=max(until - time.monotonic(), _LAST_LOOK))
            if not done:
                work.add_claim(runtime, claiming)
                return None
            try:
                push, more = claiming.result()
            except SQLAlchemyError:
                return None  # the message itself is stored
            if push is not None or not more:
                return push
    return None


def _claim_answer(runtime: Runtime, inbox_id: int) -> tuple[ClaimedPush | None, bool]:
    """The answer, and where it is not to be had now whether it may still come.

    To claim is to write, which is done by one at a time: nobody does who can read that there is nothing yet.
    """
    found = runtime.outbox.find_answer(inbox_id)
    if found is not AnswerState.NEXT:
        return None, found is AnswerState.OPEN
    push = runtime.outbox.claim_answer(inbox_id, runtime.channels(), now=runtime.clock())
    return push, push is None and runtime.outbox.find_answer(inbox_id) is not AnswerState.NONE
