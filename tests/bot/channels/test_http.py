"""Connections are kept while they are of use, and never as long as a server would keep them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.channels.http import IDLE, new_client, post

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
_SHORTEST_KEPT = 5.0
"""What uvicorn and Node keep an idle connection for; others are more patient."""


class Platform:
    """Answers every call, and remembers the connections they came over."""

    def __init__(self) -> None:
        self.connections: list[asyncio.Task[None]] = []
        self.url = ""

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(asyncio.create_task(self._answer(reader, writer)))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            writer.write(_ANSWER)
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    running = Platform()
    async with await asyncio.start_server(running.connected, "127.0.0.1", 0) as server:
        running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield running
        await asyncio.gather(*running.connections)


async def _connections_of_two_calls(*, idle: float, pause: float) -> int:
    async with platform() as there:
        async with new_client(idle=idle) as client:
            assert await post(client, there.url, json={}) == {}
            await asyncio.sleep(pause)
            assert await post(client, there.url, json={}) == {}
        return len(there.connections)


def test_the_next_call_goes_over_the_connection_that_is_open() -> None:
    assert asyncio.run(_connections_of_two_calls(idle=30, pause=0)) == 1


def test_a_connection_that_was_idle_is_not_used_again() -> None:
    assert asyncio.run(_connections_of_two_calls(idle=0.01, pause=0.05)) == 2


def test_a_connection_is_let_go_well_before_a_server_closes_it() -> None:
    assert IDLE <= _SHORTEST_KEPT / 2
