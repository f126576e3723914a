"""A TCP proxy that makes every round trip longer: `python -m bench.hosts.slow_link TARGET SECONDS`.

`TARGET` is `host:port` or the path of a socket. What a client sends arrives so many seconds later, in order;
answers go straight back. The port is printed to stdout.
"""

import asyncio
import sys
from contextlib import suppress
from typing import cast


class _Client(asyncio.Protocol):
    def __init__(self, target: str, delay: float) -> None:
        self._target = target
        self._delay = delay
        self._server: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        if self._target.startswith("/"):
            server, _ = await loop.create_unix_connection(lambda: _Server(self._transport), self._target)
        else:
            host, _, port = self._target.rpartition(":")
            server, _ = await loop.create_connection(lambda: _Server(self._transport), host, int(port))
        self._server = server
        for data in self._early:
            server.write(data)

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self._delay, self._send, data)

    def _send(self, data: bytes) -> None:
        if self._server is None:
            self._early.append(data)
        else:
            self._server.write(data)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._server is not None:
            # Behind what is still on its way.
            asyncio.get_running_loop().call_later(self._delay, self._server.close)


class _Server(asyncio.Protocol):
    def __init__(self, client: asyncio.Transport) -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        self._client.write(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._client.close()


async def _serve(target: str, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Client(target, delay), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(sys.argv[1], float(sys.argv[2])))
