"""Files for the tests, made on the spot."""

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.channels.http import new_client
from bot.settings import Media
from tests.bot.channels.http_server import FakePlatform, fake_platform


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    with fake_platform() as running:
        yield running


@pytest.fixture
def settings(platform: FakePlatform, tmp_path: Path) -> Media:
    return Media(folder=tmp_path / "media", hosts=(platform.host,), max_photo=100_000, max_video=1_000_000)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client(timeout=0.3) as running:
        yield running


def jpeg(size: tuple[int, int] = (64, 48), *, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    image = Image.radial_gradient("L").crop((0, 0, 200, 150)).resize(size).convert("RGB")
    image.save(out, "JPEG", exif=exif or Image.Exif())
    return out.getvalue()
