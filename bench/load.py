"""Load over keep-alive connections: each sends its next request as soon as the answer is there, or each
second.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(slots=True)
class LoadResult:
    """The answers of one round."""

    seconds: float = 0.0
    answers: int = 0
    """Answers with status 200."""
    waits: list[float] = field(default_factory=list)
    """Seconds from request to answer, of each of those, or quantiles of them."""
    refused: int = 0
    """Answers of any other status."""

    @property
    def per_second(self) -> float:
        """Answers with status 200 per second."""
        return self.answers / self.seconds if self.seconds else 0.0

    def add(self, other: "LoadResult") -> None:
        """Add the answers of another round."""
        self.seconds += other.seconds
        self.answers += other.answers
        self.waits += other.waits
        self.refused += other.refused


def run(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> LoadResult:
    """Send requests to 127.0.0.1 for `seconds`, or until none is left; answers under way are waited for."""
    return asyncio.run(_run(port, requests, connections, seconds))


async def _run(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> LoadResult:
    loop = asyncio.get_running_loop()
    answered, left = LoadResult(), iter(requests)
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: _Client(answered, left), "127.0.0.1", port)
        clients.append(client)
    begin = time.perf_counter()
    for client in clients:
        client.start(begin + seconds)
    await asyncio.gather(*(client.done for client in clients))
    answered.seconds = time.perf_counter() - begin
    return answered


class _Client(asyncio.Protocol):
    """One connection. Parses just enough of HTTP to know where an answer ends."""

    def __init__(self, answered: LoadResult, left: Iterator[bytes]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answered = answered
        self._left = left
        self._buffer = b""
        self._sent_at = self._until = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def start(self, until: float) -> None:
        self._until = until
        self._send_next(time.perf_counter())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(_END)
        if not end or len(rest) < _parse_content_length(head):
            return
        self._buffer = b""
        now = time.perf_counter()
        if head.startswith(b"HTTP/1.1 200"):
            self._answered.answers += 1
            self._answered.waits.append(now - self._sent_at)
        else:
            self._answered.refused += 1
        self._send_next(now)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))

    def _send_next(self, now: float) -> None:
        request = next(self._left, None) if now < self._until else None
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = now
        self._transport.write(request)


def run_paced(port: int, people: Sequence[Sequence[bytes]]) -> LoadResult:
    """Send the requests of each of these people to 127.0.0.1, one a second over a connection of their own.

    A wait begins when the request was due, also where the answer before it was late.
    """
    return asyncio.run(_run_paced(port, people))


async def _run_paced(port: int, people: Sequence[Sequence[bytes]]) -> LoadResult:
    answered, begin = LoadResult(), time.perf_counter()
    starts = (begin + at / len(people) for at in range(len(people)))
    await asyncio.gather(
        *(_send_paced(port, own, start, answered) for own, start in zip(people, starts, strict=True))
    )
    answered.seconds = time.perf_counter() - begin
    return answered


async def _send_paced(port: int, requests: Sequence[bytes], start: float, answered: LoadResult) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for at, request in enumerate(requests):
        await asyncio.sleep(max(start + at - time.perf_counter(), 0))
        writer.write(request)
        head = await reader.readuntil(_END)
        await reader.readexactly(_parse_content_length(head))
        if head.startswith(b"HTTP/1.1 200"):
            answered.answers += 1
            answered.waits.append(time.perf_counter() - start - at)
        else:
            answered.refused += 1
    writer.close()
    await writer.wait_closed()


def _parse_content_length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(_LENGTH)
    if start < 0:
        return 0
    return int(lower[start + len(_LENGTH) :].split(b"\r\n", 1)[0])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
