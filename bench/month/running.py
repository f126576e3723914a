"""Sandbox and gridbot in this process, on one clock that the script moves; whoever says something waits until
all of it was handled and told.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import event, func, select

from bench.month.county import BOT, BOT_NAME, SECRET, County
from bot.app import build_app
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.imports import import_org, parse_organisation
from bot.process.roles import ALL_ROLES, ProcessRole
from bot.process.runtime import Runtime
from models import schema
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.pushes import Push, is_live
from sandbox.server import SandboxServer
from scheduler.ticker import Ticker

_LOOK = 0.03
"""Seconds between two looks whether all was handled."""
_STILL = 0.05
"""Seconds after which what has not moved waits for a later time: a rate, quiet hours."""
_PATIENCE = 120.0
_WAITING = (InboxState.READY, InboxState.LEASED)
_SIGN_OFFS = """sign_offs:
  - {source: 信访, signer: leader1, deputy: leader2}
  - {class: civil.neighbor, signer: leader2, deputy: leader1}
"""
_HOURLY = timedelta(hours=1)


class MonthClock:
    """The time of the play, aware; a microsecond passes with each look, so that order by time holds."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


class RunningCounty:
    """Where the month is played."""

    def __init__(self, box: SandboxServer, runtime: Runtime, clock: MonthClock) -> None:
        self.box = box
        self.runtime = runtime
        self.clock = clock
        self.database = runtime.database
        self.path = Path(runtime.settings.database.url.removeprefix("sqlite:///"))
        self._ticker = Ticker(self.database, env=runtime.env, clock=clock, wake=runtime.wake)
        self._next_hour = clock.now
        self.said = 0

    def say(self, chat: str, user: str, words: str, photo: str = "") -> None:
        """Say it, with a mention of the bot; what comes of it is there after `settle`."""
        said = self.box.say(chat, user, words, at_bot=True, photos=[photo] if photo else [])
        self.said += bool(said["delivered"])

    def move_to(self, moment: datetime) -> None:
        """Let the time pass, for program and sandbox, and do what is due by then."""
        self.clock.now = max(self.clock.now, moment)
        platform = self.box.tenant.clock
        platform.advance(self.clock.now.timestamp() - platform.now())
        self.runtime.wake()
        for job in (
            self._ticker.process_reports,
            self._ticker.fire_clocks,
            self._ticker.call_next,
            self._ticker.queue_notices,
        ):
            job()
        if moment >= self._next_hour:
            self._next_hour = moment + _HOURLY
            self._ticker.resume_suspensions()
            self._ticker.run_daily_checks()
            self._ticker.remind_of_checks()
            self._ticker.fold_figures()
            self.runtime.wake()

    def settle(self) -> None:
        """Wait until every message was handled and everything was sent that may be sent by now."""
        began = moved = time.monotonic()
        before = -1
        while True:
            waiting, unsent = self._count_left()
            now = time.monotonic()
            if waiting + unsent != before:
                before, moved = waiting + unsent, now
            if waiting == unsent == 0 or (not waiting and now - moved > _STILL):
                return
            if now - began > _PATIENCE:
                raise TimeoutError(f"{waiting} messages are not handled")
            time.sleep(_LOOK)

    def _count_left(self) -> tuple[int, int]:
        """Messages that are not handled yet, and pushes that might be sent now."""
        # Rows are never deleted here, so that the last number says how many came; what failed waits its turn.
        came = select(func.max(InboxRow.id))
        due = InboxRow.state.in_(_WAITING), InboxRow.not_before <= self.clock.now
        messages = select(func.count()).select_from(InboxRow).where(*due)
        pushes = select(func.count()).select_from(Push).where(is_live(), Push.not_before <= self.clock.now)
        with self.database.read() as session:
            missing = self.said - (session.scalar(came) or 0)
            return missing + (session.scalar(messages) or 0), session.scalar(pushes) or 0


@contextmanager
def run_county(folder: Path, county: County, begins: datetime) -> Iterator[RunningCounty]:
    """Everything up and connected; everything down at the end."""
    clock = MonthClock(begins)
    with SandboxServer(county.world, card_window=60.0) as box:
        settings = _build_settings(folder, box)
        _prepare_database(settings, county, folder)
        app = build_app(settings, roles=ALL_ROLES - {ProcessRole.TICKER}, clock=clock)
        runtime: Runtime = app.state.runtime
        # Nobody pulls the plug on a play: its commits need not wait for the disk.
        event.listen(runtime.database.engine, "connect", _disable_sync)
        with _serve(uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))):
            box.wait_for(lambda: box.is_online(BOT))
            yield RunningCounty(box, runtime, clock)


def _disable_sync(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


def _build_settings(folder: Path, box: SandboxServer) -> Settings:
    limits = (PACKAGE_ROOT / "rules" / "limits.yaml").read_text(encoding="utf-8")
    assert "sign_offs: []\n" in limits, "the play has answers signed"
    path = folder / "limits.yaml"
    path.write_text(limits.replace("sign_offs: []\n", _SIGN_OFFS), encoding="utf-8")
    bot = {"kind": "aibot", "mode": "socket", "bot_id": BOT, "bot_name": BOT_NAME, "secret": SECRET}
    return Settings.parse(
        {
            "database": {"url": f"sqlite:///{folder / 'month.db'}"},
            "channels": {"grid": {**bot, "ws_url": box.ws_url}},
            "media": {"folder": folder / "media", "hosts": [f"127.0.0.1:{box.port}"]},
            "rules": {"packs": [PACKAGE_ROOT / "rules" / "default.yaml"], "limits": path},
        }
    )


def _prepare_database(settings: Settings, county: County, folder: Path) -> None:
    database = Database(settings.database.url)
    try:
        schema.upgrade(database)
        with database.write() as session:
            import_org(session, parse_organisation(county.write(folder)))
    finally:
        database.dispose()


@contextmanager
def _serve(server: uvicorn.Server) -> Iterator[None]:
    """In a thread with an event loop of its own, on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "gridbot did not start"
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
