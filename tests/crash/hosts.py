"""Hosts of one installation, each of which can be cut from the database, from the platform, or from both.

host a ── 10.…/30 ── relay ── database          Where this machine lets us, a host is a network
       ── 10.…/30 ── relay ── platform          namespace and a link is cut by taking it down: packets
host b ── …                                     vanish, and nobody is told. Elsewhere the relays hang up.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, cast

import yaml

from bot.config.loader import PACKAGE_ROOT
from tests.crash.killing import ENVIRONMENT, GRIDBOT, free_port

LINKS = ("database", "platform")


def _run_ip(*arguments: str) -> bool:
    return subprocess.run(["ip", *arguments], capture_output=True, check=False).returncode == 0


def may_make_namespaces() -> bool:
    """Whether this process may make network namespaces and links between them."""
    name = f"gbtry{os.getpid()}"
    if shutil.which("ip") is None or not _run_ip("netns", "add", name):
        return False
    made = _run_ip("link", "add", name, "type", "veth", "peer", "name", "e0", "netns", name)
    entered = _run_ip("netns", "exec", name, "true")
    _run_ip("netns", "del", name)
    return made and entered


class Relay:
    """Connects whoever comes to one address with another one, until it is to refuse."""

    def __init__(self, host: str, target: str) -> None:
        """`target`: `host:port`, or the path of a socket."""
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self.listens_on = host
        self.port = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.listen()

    def listen(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)

    def refuse(self) -> None:
        """Hang up on everybody, and take no new connection."""
        asyncio.run_coroutine_threadsafe(self._refuse(), self._loop).result(30)

    def close(self) -> None:
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connect, self.listens_on, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            cast(asyncio.Transport, writer.transport).abort()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._target.startswith("/"):
            there, onward = await asyncio.open_unix_connection(self._target)
        else:
            host, _, port = self._target.rpartition(":")
            there, onward = await asyncio.open_connection(host, int(port))
        ends = {writer, onward}
        self._writers |= ends
        talks = {asyncio.create_task(self._pass_on(*way)) for way in ((reader, onward), (there, writer))}
        self._talks |= talks
        await asyncio.gather(*talks)
        self._talks -= talks
        self._writers -= ends

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


class Host:
    """A machine with one gridbot on it."""

    def __init__(self, letter: str, number: int, targets: dict[str, str], *, is_apart: bool) -> None:
        """`number`: of the host, which its addresses are made of; `targets`: of its links by name."""
        self._name = f"gb{letter}{os.getpid()}"
        self._is_apart = is_apart
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Path | None = None
        if is_apart:
            assert _run_ip("netns", "add", self._name)
            assert _run_ip("-n", self._name, "link", "set", "lo", "up")
        self.relays = {
            link: Relay(self._make_link(place, number) if is_apart else "127.0.0.1", targets[link])
            for place, link in enumerate(LINKS)
        }
        self.addresses = {link: f"{relay.listens_on}:{relay.port}" for link, relay in self.relays.items()}

    def _make_link(self, place: int, number: int) -> str:
        """A link between this machine and the host; the address of its end on this machine."""
        here, there = f"{self._name}{place}", f"e{place}"
        net, low = f"10.231.{os.getpid() % 250}", number * 16 + place * 4
        ends = f"{net}.{low + 1}", f"{net}.{low + 2}"
        assert _run_ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", self._name)
        assert _run_ip("addr", "add", f"{ends[0]}/30", "dev", here)
        assert _run_ip("-n", self._name, "addr", "add", f"{ends[1]}/30", "dev", there)
        assert _run_ip("link", "set", here, "up")
        assert _run_ip("-n", self._name, "link", "set", there, "up")
        return ends[0]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, folder: Path, channels: dict[str, Any], *, database_url: str) -> None:
        """`gridbot serve` on this host, with the roles of a host that nobody calls."""
        folder.mkdir()
        settings = {
            "database": {"url": database_url, "listen_url": database_url},
            "server": {"port": free_port()},
            "channels": channels,
            "media": {"folder": str(folder / "media")},
            "rules": {"packs": [str(PACKAGE_ROOT / "rules" / "default.yaml")]},
        }
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        roles = [word for role in ("worker", "sender", "ticker") for word in ("--role", role)]
        there = ["ip", "netns", "exec", self._name] if self._is_apart else []
        self._log = folder / "gridbot.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*there, sys.executable, "-c", GRIDBOT, "serve", *roles, "--config", str(config)],
                cwd=PACKAGE_ROOT, stdout=log, stderr=log, env=ENVIRONMENT,
            )  # fmt: skip

    def read_log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log is not None else ""

    def count_sessions(self) -> int:
        """How often it had the bot."""
        return self.read_log().count("aibot.ready")

    def cut(self, *links: str) -> None:
        for link in links:
            if self._is_apart:
                assert _run_ip("link", "set", f"{self._name}{LINKS.index(link)}", "down")
            else:
                self.relays[link].refuse()

    def mend(self, *links: str) -> None:
        for link in links:
            if self._is_apart:
                assert _run_ip("link", "set", f"{self._name}{LINKS.index(link)}", "up")
            else:
                self.relays[link].listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)
        for relay in self.relays.values():
            relay.close()
        if self._is_apart:
            _run_ip("netns", "del", self._name)
