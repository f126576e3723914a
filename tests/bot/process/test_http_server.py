"""The server's doors: so many connections, and none that says nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest
import uvicorn
from fastapi import FastAPI

from bot.process.http_server import BoundedProtocol

ASK = b"GET /hello HTTP/1.1\r\nHost: here\r\n\r\n"


class Narrow(BoundedProtocol):
    """Three connections, and half a second for a head."""

    most = 3
    head_within = 0.5


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    app = FastAPI()
    app.add_api_route("/hello", lambda: "hello")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, http=Narrow, ws="none", log_level="warning", lifespan="off")
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield listener.getsockname()
        server.should_exit = True
        thread.join(10)


def connect(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=60)


def read_answer(client: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b'"hello"'):
        more = client.recv(1000)
        assert more, answer
        answer += more
    return answer


def _is_closed(client: socket.socket) -> bool:
    try:
        return client.recv(10) == b""
    except TimeoutError:
        return False


def test_a_connection_that_says_nothing_is_closed(address: tuple[str, int]) -> None:
    with connect(address) as silent, connect(address) as trickling:
        trickling.send(b"GET /hello HTTP/1.1\r\nX-Slow: ")
        trickling.settimeout(0.1)
        # A letter now and then, for as long as it lasts: that must win no time.
        with suppress(ConnectionError):
            while not _is_closed(trickling):
                trickling.send(b"a")
        assert silent.recv(10) == b""


def test_after_an_answer_the_next_head_is_bounded_too(address: tuple[str, int]) -> None:
    with connect(address) as client:
        for _ in range(2):
            client.send(ASK)
            assert read_answer(client).startswith(b"HTTP/1.1 200")
        client.send(b"GET /hel")
        assert client.recv(10) == b""


@pytest.mark.parametrize("before", [b"", ASK])
def test_a_head_without_end_is_refused(address: tuple[str, int], before: bytes) -> None:
    with connect(address) as client:
        client.send(before + b"GET /hello HTTP/1.1\r\nX-Long: ")
        with suppress(ConnectionError):
            while True:
                client.send(b"a" * 8192)
        assert not _is_served_twice(client)


def _is_served_twice(client: socket.socket) -> bool:
    said = b""
    with suppress(ConnectionError):
        while more := client.recv(1000):
            said += more
    return said.count(b"HTTP/1.1 200") > 1


def test_one_connection_too_many_is_told_so_and_closed(address: tuple[str, int]) -> None:
    with ExitStack() as open_ones:
        for _ in range(3):
            open_ones.enter_context(connect(address)).send(b"G")
        with connect(address) as surplus:
            assert surplus.recv(1000).startswith(b"HTTP/1.1 503")
    # The server learns in its own time that they are gone.
    while not _is_served(address):
        time.sleep(0.05)


def _is_served(address: tuple[str, int]) -> bool:
    with connect(address) as later, suppress(ConnectionError):
        later.send(ASK)
        return later.recv(12) == b"HTTP/1.1 200"
    return False
