"""What the tests of the edge share: a platform to talk to, and an outbox with a channel to send by."""

from collections.abc import Iterator

import pytest

from models.database import Database
from tests.bot.channels.http_server import FakePlatform, fake_platform
from tests.bot.posting import RINGS, FakeChannel, OutboxHarness


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    with fake_platform() as running:
        yield running


@pytest.fixture
def grid() -> FakeChannel:
    return FakeChannel("grid")


@pytest.fixture
def post(database: Database, grid: FakeChannel) -> OutboxHarness:
    post = OutboxHarness(database, grid, FakeChannel("rings", capabilities=RINGS))
    post.add_chat("wrA")
    return post
