"""`/callback/{channel}`: receive, write one row, answer; the answer may carry the reply itself.

A channel with passive replies can say something back within the platform's own request (5 s), and
little or nothing later. So the request waits a moment for what the handlers say, as long as few
requests are waiting: under load it is acknowledged at once and the reply goes the other way.
"""

import asyncio
import time
from contextlib import suppress

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask

from bot.channels.base import (
    Delivered,
    OpenRequest,
    Outcome,
    PassiveReplies,
    RefusedInput,
    RetryLater,
)
from bot.outbox.sender import settle_with_retries
from bot.process.roles import ProcessRole
from bot.process.runtime import Runtime
from models.messages import IncomingKind, push_from_json
from models.pushes import Push

log = structlog.get_logger()

_WAIT = 2.5
"""Seconds after which a request is kept no longer for its reply; the platform gives up after 5."""
_LATEST = 3.5
"""Seconds after which no reply goes this way: it might reach a platform that has given up."""
_WAITING = 16
"""Requests that may wait at once."""


def build_router(runtime: Runtime) -> APIRouter:
    """The routes that platforms call: `GET` to check an address, `POST` with a message."""
    router = APIRouter()
    waiting = asyncio.Semaphore(_WAITING)

    @router.get("/callback/{name}")
    async def verify(name: str, request: Request) -> Response:
        """The platform checks the address when an administrator saves it."""
        channel = runtime.channels().get(name)
        if channel is None or channel.callback is None:
            return PlainTextResponse("no such channel", 404)
        try:
            return PlainTextResponse(channel.callback.verify(dict(request.query_params)))
        except RefusedInput as refused:
            return _refuse(runtime, name, refused)

    @router.post("/callback/{name}")
    async def receive(name: str, request: Request) -> Response:
        came = time.monotonic()
        channel = runtime.channels().get(name)
        if channel is None or channel.callback is None:
            return PlainTextResponse("no such channel", 404)
        query = dict(request.query_params)
        try:
            body = await _read_body(request, channel.callback.max_body)
            envelope = channel.callback.open(query, body)
            inbox_id = await runtime.receive(name, envelope)
        except RefusedInput as refused:
            return _refuse(runtime, name, refused)
        except SQLAlchemyError:
            # Not stored, so not acknowledged: the platform will send it again.
            return PlainTextResponse("not stored", 503)
        replies = channel.passive_replies if ProcessRole.WORKER in runtime.roles else None
        if inbox_id is None or replies is None or waiting.locked():
            return Response()
        async with waiting:
            asked = OpenRequest(query, envelope, channel.read(envelope.raw))
            return await _wait_and_reply(runtime, replies, asked, inbox_id, request, arrived_at=came)

    return router


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
    headers = {"Connection": "close"} if refused.status == 413 else None
    return PlainTextResponse(refused.slug, refused.status, headers)


async def _wait_and_reply(
    runtime: Runtime,
    replies: PassiveReplies,
    asked: OpenRequest,
    inbox_id: int,
    request: Request,
    *,
    arrived_at: float,
) -> Response:
    """The passive reply, if the handlers have one in time; otherwise an empty acknowledgement.

    `arrived_at`: when the request came, in seconds of the monotonic clock.
    """
    push = (
        None
        if asked.incoming.kind is IncomingKind.IGNORED
        else await _wait_for_answer(runtime, inbox_id, until=arrived_at + _WAIT)
    )
    if push is None:
        return Response()
    body = push_from_json(push.kind, push.body)
    late = time.monotonic() > arrived_at + _LATEST
    if late or not replies.can_reply(body, asked) or await request.is_disconnected():
        await _settle(runtime, push, RetryLater("not_passive", after=0.0, uncounted=True))
        return Response()
    answer = replies.build_reply(body, asked)
    # Settled only when the answer has left: what dies on the way is sent again, and says so.
    settled = BackgroundTask(_settle, runtime, push, Delivered("passive"))
    return Response(answer.content, media_type=answer.media_type, background=settled)


async def _wait_for_answer(runtime: Runtime, inbox_id: int, *, until: float) -> Push | None:
    """The push that answers this message, waited for as long as it may come; None where it does not.

    `until`: seconds of the monotonic clock.
    """
    while (left := until - time.monotonic()) > 0:
        bell = runtime.outbox_signal()
        try:
            push, more = await asyncio.to_thread(_claim_answer, runtime, inbox_id)
        except SQLAlchemyError:
            return None  # the message itself is stored
        if push is not None or not more:
            return push
        with suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), left)
    return None


def _claim_answer(runtime: Runtime, inbox_id: int) -> tuple[Push | None, bool]:
    push = runtime.outbox.claim_answer(inbox_id, runtime.channels(), now=runtime.clock())
    return push, push is None and runtime.outbox.may_answer(inbox_id)


async def _settle(runtime: Runtime, push: Push, outcome: Outcome) -> None:
    await settle_with_retries(runtime.outbox, push.id, outcome, clock=runtime.clock)
