"""The sandbox in a thread on a free port: `with SandboxServer(world) as box: …`."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from sandbox.app import build_app
from sandbox.customer_service.sessions import ServiceBook
from sandbox.tenant import Tenant
from sandbox.wire import Json
from sandbox.world import World

NO_TRUSTED_CA = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""A TLS context without certificates: all is plain HTTP on one machine, and loading them takes 15 ms."""


class SandboxError(Exception):
    """The control API refused a call; the message is its answer."""


class SandboxServer:
    """A sandbox for tests, in a thread. Acts go over HTTP like everybody's; `world` may be read directly."""

    def __init__(self, world: World | Json | str | Path, *, port: int = 0, **options: Any) -> None:
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/aibot"
        app = build_app(world, **{"base_url": self.url, **options})
        self.tenant: Tenant = app.state.tenant
        self.service_book: ServiceBook = app.state.service_book
        self.world = self.tenant.world
        config = uvicorn.Config(
            app, log_level="warning", loop="asyncio", ws="websockets-sansio", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        # The server closes an idle connection after 5 s; a call must not cross with that.
        limits = httpx.Limits(keepalive_expiry=2.0)
        self._client = httpx.Client(
            base_url=self.url, trust_env=False, timeout=60, verify=NO_TRUSTED_CA, limits=limits
        )

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            if time.monotonic() > deadline:
                raise SandboxError("the sandbox did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._client.close()
        self._listener.close()

    def say(self, chat: str, user: str, text: str = "", **more: Any) -> Json:
        """Post a message; `more` are the other fields of `POST /sandbox/api/say`. The message as JSON."""
        answer = self.post("say", chat=chat, user=user, text=text, **more)
        message: Json = answer["message"]
        return message | {"delivered": answer["delivered"]}

    def click(
        self, message: str, user: str, key: str, *, selected: dict[str, list[str]] | None = None
    ) -> bool:
        """Press a card's button; whether the bot was notified."""
        answer = self.post("click", message=message, user=user, key=key, selected=selected or {})
        return bool(answer["delivered"])

    def enter(self, bot: str, user: str) -> bool:
        """Open the single chat with a bot; whether the bot was notified."""
        return bool(self.post("enter", bot=bot, user=user)["delivered"])

    def messages(self, chat: str) -> list[Json]:
        """The messages of a chat, oldest first; a single chat is `<bot id>/<userid>`."""
        response = self._client.get("/sandbox/api/messages", params={"chat": chat})
        answer: list[Json] = response.raise_for_status().json()
        return answer

    def wait_for(self, condition: Callable[[], Any], *, timeout: float = 60.0) -> Any:
        """The first true value of `condition`, called every 10 ms; TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError("what the test waits for did not happen")
            time.sleep(0.01)
        return value

    def is_online(self, bot: str) -> bool:
        """Whether the bot has a live connection."""
        return bot in self.stats()["online"]

    def stats(self) -> Json:
        """The counters of `Stats`, and which bots are online."""
        answer: Json = self._client.get("/sandbox/api/stats").raise_for_status().json()
        return answer

    def arm_faults(self, **armed: Any) -> None:
        """Arm faults; `armed` are the fields of `FaultsRequest`."""
        self.post("faults", **armed)

    def advance_clock(self, seconds: float) -> None:
        """Push the sandbox's clock forward by so many seconds."""
        self.post("clock", seconds=seconds)

    def post(self, act: str, **body: Any) -> Json:
        """Call `POST /sandbox/api/<act>`. Raises SandboxError where it refuses."""
        response = self._client.post(f"/sandbox/api/{act}", json=body)
        if response.status_code != 200:
            raise SandboxError(response.text)
        answer: Json = response.json()
        return answer


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; with 0, as create_server
    # leaves it, every answer waits 40 ms for the other side's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener
