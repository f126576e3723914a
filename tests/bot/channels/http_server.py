"""A platform's HTTP side on a real socket: it records what it is told and answers from a script."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b'{"errcode":0,"errmsg":"ok"}'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    """Seconds of silence before the answer; cut short when the server stops."""
    drop: bool = False
    """Close the connection instead of answering."""


def errcode_answer(code: int, **more: Any) -> Answer:
    return Answer(json.dumps({"errcode": code, "errmsg": "x", **more}).encode())


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class FakePlatform:
    """Answers in turn, the default one when the script is used up; or as `respond` says."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: list[Answer] = []
        self.default = Answer()
        self.respond: Callable[[Request], Answer] | None = None
        self.stopping = threading.Event()
        self.url = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def next_answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.respond is not None:
            return self.respond(request)
        return self.script.pop(0) if self.script else self.default


def _build_handler(platform: FakePlatform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(parts.query))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = platform.next_answer(Request(self.command, parts.path, query, body, headers))
            platform.stopping.wait(answer.hang)
            if answer.drop:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = _answer  # noqa: N815 - the standard library's naming
        do_POST = _answer  # noqa: N815 - as above

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


@contextmanager
def fake_platform() -> Iterator[FakePlatform]:
    platform = FakePlatform()
    with _Server(("127.0.0.1", 0), _build_handler(platform)) as server:
        platform.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield platform
        finally:
            platform.stopping.set()
            server.shutdown()
            thread.join()
