"""One live connection to the AI bot's gateway: frames out, acknowledgements matched, callbacks in.

A `GatewayConnection` lives from connect to close and is never reused; `socket` opens the next one.
Acknowledgements carry no command, only the `req_id` of the request, so at most one request per
`req_id` is under way.
"""

import asyncio
import json
import logging
import secrets
import socket
import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bot.channels.base import RefusedInput
from bot.channels.wecom import json_body
from bot.channels.wecom.json_body import Body

_MAX_FRAME = 4 * 1024 * 1024
SUBSCRIBE, PING, SEND, RESPOND = "aibot_subscribe", "ping", "aibot_send_msg", "aibot_respond_msg"
WELCOME, UPDATE = "aibot_respond_welcome_msg", "aibot_respond_update_msg"
_KEEPALIVE = {"TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}
"""Seconds and tries until a silent path counts as cut; the last in milliseconds, for what was written."""
CALLBACKS = ("aibot_msg_callback", "aibot_event_callback")
"""No set: what a frame gives for its command may be anything, and not everything can be looked up in one."""


class FrameNotSent(Exception):
    """The connection was gone before the frame was written: it has not arrived."""


class AckMissing(Exception):
    """The frame was written and no acknowledgement came: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The platform's acknowledgement of a frame: its error code (0: accepted) and its body."""

    code: int
    body: Body


@dataclass(frozen=True, slots=True)
class Callback:
    """A frame the platform sent of its own accord."""

    body: Body
    req_id: str


OnCallback = Callable[[Callback], Awaitable[None]]


class GatewayConnection:
    """Use `async with await GatewayConnection.open(…)`: the socket is closed for good on the way out."""

    def __init__(self, connection: ClientConnection, on_callback: OnCallback) -> None:
        self._socket = connection
        self._on_callback = on_callback
        self._waiting: dict[str, asyncio.Future[Ack | None]] = {}
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._reader = asyncio.create_task(self._read())
        self.in_callback = False
        """The reader is waiting for its own side, so silence says nothing about the platform."""

    @classmethod
    async def open(cls, url: str, on_callback: OnCallback, *, patience: float) -> Self:
        """Connect to the gateway at `url`; `on_callback` gets each frame of its own accord, one at a time.

        `patience`: seconds for connecting, and later for closing. Raises OSError, TimeoutError or
        WebSocketException.
        """
        opened = await connect(
            url,
            ping_interval=None,  # the protocol has its own ping
            open_timeout=patience,
            close_timeout=patience,
            max_size=_MAX_FRAME,
            logger=_quiet_logger(),
        )
        _watch_path(opened)
        return cls(opened, on_callback)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the socket fully before returning: two connections of one bot kick each other out."""
        await self._socket.close()
        # The reader may still be handing over a frame it has already taken: give it a moment.
        await asyncio.wait({self._reader}, timeout=self._socket.close_timeout)
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def wait_closed(self) -> None:
        """Wait until the other side hangs up or `close` is called."""
        await asyncio.wait({self._reader})

    async def request(
        self,
        cmd: str,
        body: Mapping[str, Any] | None = None,
        *,
        patience: float,
        req_id: str | None = None,
    ) -> Ack:
        """Send one frame and wait `patience` seconds for its acknowledgement.

        Raises FrameNotSent where it did not leave, AckMissing where it may have arrived.
        """
        req_id = req_id or f"{cmd}_{secrets.token_hex(12)}"
        frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": req_id}}
        if body is not None:
            frame["body"] = body
        async with self._turns.setdefault(req_id, asyncio.Lock()):
            return await self._exchange(req_id, json.dumps(frame, ensure_ascii=False), patience=patience)

    async def _exchange(self, req_id: str, frame: str, *, patience: float) -> Ack:
        if self._reader.done():
            raise FrameNotSent
        answer: asyncio.Future[Ack | None] = asyncio.get_running_loop().create_future()
        self._waiting[req_id] = answer
        try:
            # Not wait_for: until Python 3.12 it swallows a cancellation that meets the answer.
            async with asyncio.timeout(patience):
                await self._write(frame)
                ack = await answer
        except TimeoutError as error:
            raise AckMissing from error
        finally:
            self._waiting.pop(req_id, None)
        if ack is None:
            raise AckMissing
        return ack

    async def _write(self, frame: str) -> None:
        try:
            await self._socket.send(frame)
        except ConnectionClosed as error:
            raise FrameNotSent from error

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                await self._handle_frame(message)
        except WebSocketException:
            return  # whoever waits finds the reader done; why it closed changes nothing
        finally:
            self._fail_waiting()

    async def _handle_frame(self, message: str | bytes) -> None:
        text = message if isinstance(message, str) else message.decode("utf-8", "replace")
        try:
            frame = json_body.parse(text)
        except RefusedInput:
            return
        headers, body = _get_object(frame, "headers"), _get_object(frame, "body")
        req_id = str(headers.get("req_id", ""))
        if frame.get("cmd") in CALLBACKS:
            self.in_callback = True
            await self._on_callback(Callback(body, req_id))
            self.in_callback = False
        elif (answer := self._waiting.get(req_id)) is not None and not answer.done():
            code = frame.get("errcode", 0)
            answer.set_result(Ack(code if isinstance(code, int) else -1, body))

    def _fail_waiting(self) -> None:
        # No exception: where whoever waits was cancelled in the same moment, nobody would ever take it.
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(None)


def _get_object(frame: Body, name: str) -> Body:
    value = frame.get(name)
    return value if isinstance(value, dict) else {}


def _quiet_logger() -> logging.Logger:
    """A logger above DEBUG, where websockets writes whole frames, secrets and people's words included."""
    logger = logging.getLogger("bot.channels.websockets")
    logger.setLevel(logging.WARNING)
    return logger


def _watch_path(connection: ClientConnection) -> None:
    """Have the system notice within seconds where the path to the platform is cut; pings need a minute."""
    raw = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        # Each of these is there on Linux, and not everywhere else.
        if (option := getattr(socket, name, None)) is not None:
            raw.setsockopt(socket.IPPROTO_TCP, option, value)
