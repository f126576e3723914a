"""A newcomer at the page of `gridbot demo`: the program itself, in a process of its own, and a browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.newcomer import Newcomer

ROOT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: the page with the groups, and gridbot itself."""

    page_url: str
    url: str


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    port, page_port = _free_port(), _free_port()
    said = tmp_path / "said.log"
    options = ["--port", str(port), "--sandbox-port", str(page_port), "--folder", str(tmp_path / "data")]
    # This tree's program: the console script may belong to another one.
    program = [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--no-browser", *options]
    with said.open("w") as log, subprocess.Popen(program, cwd=ROOT, stdout=log, stderr=log) as process:
        try:
            running = Demo(f"http://127.0.0.1:{page_port}", f"http://127.0.0.1:{port}")
            _wait_until_ready(running, process, said)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def newcomer(browser: Browser, demo: Demo) -> Iterator[Newcomer]:
    """At the freshly opened page, which must not complain of anything."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.goto(demo.page_url)
    yield Newcomer(page)
    page.close()
    assert problems == []


@pytest.fixture
def album() -> Path | None:
    """Where to leave screenshots; `make screenshot` says so."""
    folder = os.environ.get("GRIDBOT_SCREENSHOTS")
    return Path(folder) if folder else None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _wait_until_ready(demo: Demo, process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(f"{demo.url}/readyz").is_success and client.get(demo.page_url).is_success:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            time.sleep(0.1)
    raise AssertionError(f"the demo did not get ready:\n{said.read_text()}")
