"""gridbot as a process of its own, killed without warning and started again; and a platform that insists."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from bot.config.loader import PACKAGE_ROOT
from sandbox.callback import CallbackSender
from sandbox.server import NO_TRUSTED_CA
from sandbox.tenant import Tenant
from sandbox.tickets import Ticket
from sandbox.wire import Json
from sandbox.world import Bot


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


GRIDBOT = "from bot.cli import main; main()"
"""What the console script says."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "NO_PROXY": "*"
}
"""Compiled once, not in each of its lives."""


class GridbotProcess:
    """`gridbot serve` on one port and one database, through all its lives."""

    def __init__(self, folder: Path, database_url: str, channels: dict[str, Any], *, media: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.starts = 0
        self._config = folder / "config.yaml"
        self._log = folder / "gridbot.log"
        settings = {
            "site": {"base_url": self.url},
            "database": {"url": database_url},
            "server": {"port": self.port},
            "channels": channels,
            "media": {"folder": str(folder / "media"), "hosts": [media]},
            "rules": {"packs": [str(PACKAGE_ROOT / "rules" / "default.yaml")]},
        }
        self._config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)

    def start(self) -> None:
        """Start and wait until it answers."""
        self.starts += 1
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", GRIDBOT, "serve", "--config", str(self._config)],
                cwd=PACKAGE_ROOT, stdout=log, stderr=log, env=ENVIRONMENT,
            )  # fmt: skip
        wait_for(self._is_healthy, "gridbot to answer", every=0.1)

    def kill(self) -> None:
        """SIGKILL: no handler, no flush, no goodbye."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def read_log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _is_healthy(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"gridbot ended by itself:\n{self.read_log()[-3000:]}")
        try:
            answer = httpx.get(f"{self.url}/healthz", trust_env=False, timeout=5, verify=NO_TRUSTED_CA)
            return answer.status_code == 200
        except httpx.HTTPError:
            return False


class InsistentPlatform(CallbackSender):
    """Calls back until it is answered 200, one message of a person after the other.

    So "acknowledged" means something: what is in `acknowledged` was stored, or is lost for ever.
    """

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        self.acknowledged: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last: dict[str, asyncio.Task[None]] = {}

    def has_acknowledged(self, count: int) -> bool:
        return len(self.acknowledged) >= count

    def deliver(self, bot: Bot, ticket: Ticket, body: Json) -> None:
        self._loop = asyncio.get_running_loop()
        before = self._last.get(ticket.user)
        task = self._loop.create_task(self._deliver_in_turn(before, bot, ticket, body))
        self._last[ticket.user] = task

    async def _deliver_in_turn(
        self, before: asyncio.Task[None] | None, bot: Bot, ticket: Ticket, body: Json
    ) -> None:
        if before is not None:
            await before
        await self._deliver_with_retries(bot, ticket, body)
        self.acknowledged.append(body["msgid"])

    def finish(self) -> None:
        """From another thread: close what this platform holds open."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(timeout=60)


def wait_for(condition: Callable[[], bool], what: str, *, every: float = 0.02) -> None:
    """Minutes, because four suites may share the machine; nothing is asked about how long it takes.

    `every`: seconds between two looks, more where a look costs what it waits for.
    """
    deadline = time.monotonic() + 180
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(every)
