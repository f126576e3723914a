"""gridbot as a process of its own, killed without warning and started again."""

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
from sandbox.server import NO_TRUSTED_CA


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


def wait_for(condition: Callable[[], bool], what: str, *, every: float = 0.02) -> None:
    """Minutes, because four suites may share the machine; nothing is asked about how long it takes.

    `every`: seconds between two looks, more where a look costs what it waits for.
    """
    deadline = time.monotonic() + 180
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(every)
