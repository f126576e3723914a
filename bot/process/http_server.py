"""The HTTP server: so many connections at once, and none that says nothing.

uvicorn limits neither how many connections are open nor how long one may take to say what it wants: a
few hundred that send nothing would leave no file descriptor for the platform's.
"""

import asyncio
from typing import ClassVar

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

log = structlog.get_logger()

_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
    b"Retry-After: 1\r\nConnection: close\r\n\r\nbusy"
)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a bound on connections, and on the time and bytes until a request's head is complete."""

    most: ClassVar[int] = 512
    """Connections at once; more are told 503 and closed."""
    head_within: ClassVar[float] = 10.0
    """Seconds."""
    longest_head: ClassVar[int] = 64 * 1024
    """Bytes; the parser itself would collect a header without end."""

    _waiting: asyncio.TimerHandle | None = None
    _surplus = False
    _inside_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or tell it that there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._surplus = True
            log.warning("http.too_many_connections", most=self.most)
            transport.write(_BUSY)
            transport.close()
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request."""
        if self._surplus:
            return
        self._await_head()
        super().data_received(data)
        if self._has_request():
            self._stop_waiting()
        self._head_bytes = self._head_bytes + len(data) if self._inside_head else 0
        if self._head_bytes > self.longest_head:
            self._head_bytes = 0
            self.send_400_response("Request head too long.")

    def on_message_begin(self) -> None:
        """A head begins."""
        self._inside_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._inside_head = False
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone, or we have closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _has_request(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _await_head(self) -> None:
        if self._waiting is None and not self._has_request():
            self._waiting = self.loop.call_later(self.head_within, self._give_up)

    def _give_up(self) -> None:
        self._waiting = None
        if not self._has_request():
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def run_server(app: FastAPI, *, host: str, port: int) -> None:
    """Serve the app until interrupted."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        # uvloop, where it is installed, answers no more messages, and lets a call to a platform that breaks
        # off fail in ways that httpx does not know.
        loop="asyncio",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
    )
