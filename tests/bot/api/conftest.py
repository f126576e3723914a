"""The API on a real socket, over the sample district, on both databases."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from bot.api.routes import build_router
from bot.channels.base import Channel, Clock
from bot.config.settings import Settings
from bot.media.stores import FolderStore, MediaStore
from bot.ops.metrics import Metrics
from handlers.environment.snapshot import Environment, load_areas
from handlers.intake.case_opening import SourceRecord, open_case
from handlers.triage.types import Facts
from models.cases import Case
from models.database import Database
from models.organisation import Chat, Person
from sandbox.server import NO_TRUSTED_CA
from tests.conftest import NOON

TOKEN = "tOkEn-of-the-harness"
RUBBISH = "解放路12号门口垃圾成堆，好几天没人清"


@dataclass
class Process:
    """A small process: what Runtime is to the API, without loops."""

    settings: Settings
    database: Database
    metrics: Metrics
    clock: Clock
    the_office: Environment
    woken: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    standing_by: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> MediaStore:
        return FolderStore(self.settings.media.folder)

    def env(self) -> Environment:
        return self.the_office

    def channels(self) -> dict[str, Channel]:
        return {}

    def wake(self) -> None:
        self.woken += 1

    def unready_parts(self) -> dict[str, str]:
        return self.waiting

    def standby_parts(self) -> dict[str, str]:
        return self.standing_by

    def record_gauges(self) -> None:
        pass


class Ticking:
    """Noon, and one second later each time somebody looks."""

    def __init__(self) -> None:
        self._now = NOON

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """With the organisation in it."""
    found: Database = request.getfixturevalue(f"{request.param}_haimen")
    return found


@pytest.fixture
def process(database: Database, env: Environment, tmp_path: Path) -> Process:
    everything = {"scopes": ["read", "report", "acts"], "second_person": True, "leader": True, "reveal": True}
    tokens = {"harness": {"secret": TOKEN} | everything, "second": "other"}
    settings = Settings.parse({"api": {"tokens": tokens}, "media": {"folder": tmp_path / "media"}})
    with database.read() as session:
        outlines = load_areas(session)
    office = replace(
        env,
        base_url=settings.site.base_url,
        auto_dispatch="never",
        join_within=settings.intake.join_within,
        ask_after=settings.intake.ask_after,
        areas=outlines,
    )
    return Process(settings, database, Metrics(), Ticking(), office)


@contextmanager
def serve_api(process: Process) -> Iterator[str]:
    """The API of a process on a port of its own; the address."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend(build_router(process).routes)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def connect_client(address: str) -> httpx.Client:
    """A client that holds the token."""
    return httpx.Client(
        base_url=address,
        headers={"Authorization": f"Bearer {TOKEN}"},
        trust_env=False,
        verify=NO_TRUSTED_CA,
    )


@pytest.fixture
def serve() -> Iterator[Callable[[Process], str]]:
    """Start the API of a process; the address."""
    with ExitStack() as running:
        yield lambda process: running.enter_context(serve_api(process))


@pytest.fixture
def api(process: Process, serve: Callable[[Process], str]) -> Iterator[httpx.Client]:
    with connect_client(serve(process)) as client:
        yield client


@pytest.fixture
def open_some(process: Process) -> Callable[..., list[str]]:
    """Open cases by the handlers' own door; their numbers, oldest first."""

    def open_them(count: int = 1, *, text: str = RUBBISH, by: str = "zhangsf") -> list[str]:
        env = process.env()
        with process.database.write() as session:
            chat = session.scalars(select(Chat).where(Chat.code == "intake-hm")).one()
            person = session.scalars(select(Person).where(Person.code == by)).one()
            triage = env.classifier.triage(text, facts=Facts(chat_unit="HM-HM"))
            cases: list[Case] = [
                open_case(
                    session, text=text, triage=triage, person=person, chat=chat,
                    env=env, now=process.clock(), origin=None, source=SourceRecord("api"),
                )
                for _ in range(count)
            ]  # fmt: skip
            return [case.number for case in cases]

    return open_them
