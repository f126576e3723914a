"""Files for the tests, made on the spot."""

import hashlib
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from PIL import Image

from bot.channels.http import new_client
from bot.config.settings import MediaSettings
from bot.media import StoredMedia, fetching, store
from bot.media.fetching import FetchedFile
from bot.media.kinds import sniff
from tests.bot.channels.http_server import FakePlatform

SHANGHAI = ZoneInfo("Asia/Shanghai")
Keep = Callable[[bytes], StoredMedia]
"""Stores a file that was just fetched."""


@pytest.fixture
def settings(platform: FakePlatform, tmp_path: Path) -> MediaSettings:
    return MediaSettings(
        folder=tmp_path / "media", hosts=(platform.host,), max_photo=100_000, max_video=1_000_000
    )


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client(timeout=2.0) as running:
        yield running


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    def keep(data: bytes) -> StoredMedia:
        aside = tmp_path / fetching.INCOMING
        aside.mkdir(exist_ok=True)
        path = aside / "tmp1"
        path.write_bytes(data)
        fetched = FetchedFile(path, sniff(data[:64]), len(data), hashlib.sha256(data).hexdigest())
        return store(fetched, folder=tmp_path, zone=SHANGHAI)

    return keep


def jpeg(size: tuple[int, int] = (64, 48), *, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    image = Image.radial_gradient("L").crop((0, 0, 200, 150)).resize(size).convert("RGB")
    image.save(out, "JPEG", exif=exif or Image.Exif())
    return out.getvalue()


def most_memory(*, anew: bool = False) -> int:
    """The most memory this process had, in kilobytes; `anew`: counted from now on."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])
