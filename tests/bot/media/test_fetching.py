"""Files come from known hosts only, decrypted, and never larger than allowed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.channels.base import MediaSource
from bot.config.settings import MediaSettings
from bot.media import (
    MediaBroken,
    MediaError,
    MediaExpired,
    MediaRefused,
    MediaTooLarge,
    MediaUnreachable,
    fetch,
    store,
)
from models.messages import MediaRef, PartKind
from tests.bot.channels.http_server import Answer, FakePlatform
from tests.bot.channels.vectors import KEY, encrypt_media
from tests.bot.media.conftest import SHANGHAI, jpeg, most_memory

pytestmark = pytest.mark.anyio
PHOTO = jpeg()


def left_over(settings: MediaSettings) -> list[str]:
    return [path.name for path in (settings.folder / ".incoming").glob("*")]


async def test_a_file_is_fetched_and_decrypted_by_its_own_key(
    platform: FakePlatform, settings: MediaSettings, client: httpx.AsyncClient
) -> None:
    platform.script = [Answer(encrypt_media(PHOTO, KEY))]
    ref = MediaRef(platform.url + "/a?sign=s", KEY, "现场.png")
    fetched = await fetch(ref, source=MediaSource(), settings=settings, client=client)
    assert fetched.path.read_bytes() == PHOTO
    assert (fetched.kind.part, fetched.kind.mime, fetched.name) == (PartKind.PHOTO, "image/jpeg", "现场.png")
    assert fetched.size == len(PHOTO)


async def test_the_channels_key_serves_where_the_file_has_none(
    platform: FakePlatform, settings: MediaSettings, client: httpx.AsyncClient
) -> None:
    platform.script = [Answer(encrypt_media(PHOTO, KEY))]
    fetched = await fetch(
        MediaRef(platform.url), source=MediaSource(key=KEY), settings=settings, client=client
    )
    assert fetched.path.read_bytes() == PHOTO


async def test_without_any_key_the_body_is_the_file(
    platform: FakePlatform, settings: MediaSettings, client: httpx.AsyncClient
) -> None:
    platform.script = [Answer(PHOTO)]
    fetched = await fetch(MediaRef(platform.url), source=MediaSource(), settings=settings, client=client)
    assert fetched.path.read_bytes() == PHOTO


async def test_a_cut_off_body_is_fetched_once_more(
    platform: FakePlatform, settings: MediaSettings, client: httpx.AsyncClient
) -> None:
    whole = encrypt_media(PHOTO, KEY)
    platform.script = [Answer(whole[:-20]), Answer(whole)]
    fetched = await fetch(MediaRef(platform.url, KEY), source=MediaSource(), settings=settings, client=client)
    assert fetched.path.read_bytes() == PHOTO
    assert len(left_over(settings)) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(status=403), MediaExpired),
        (Answer(status=404), MediaExpired),
        (Answer(status=503), MediaUnreachable),
        (Answer(hang=60.0), MediaUnreachable),
        (Answer(drop=True), MediaUnreachable),
        (Answer(b""), MediaBroken),
        (Answer(b"x" * 33), MediaBroken),
        (Answer(encrypt_media(PHOTO, KEY[::-1])), MediaBroken),
        (Answer(encrypt_media(b"\xff\xd8\xff" + b"x" * 100_000, KEY)), MediaTooLarge),
        (Answer(encrypt_media(b"x" * 1_000_001, KEY)), MediaTooLarge),
        (Answer(b"", headers={"Content-Length": "9999999"}), MediaTooLarge),
        (Answer(status=302, headers={"Location": "http://169.254.0.1/meta"}), MediaRefused),
        (Answer(status=302, headers={"Location": "/again"}), MediaRefused),
    ],
)
async def test_every_failure_has_its_name_and_leaves_nothing(
    platform: FakePlatform,
    settings: MediaSettings,
    client: httpx.AsyncClient,
    answer: Answer,
    error: type[MediaError],
) -> None:
    platform.default = answer
    with pytest.raises(error):
        await fetch(MediaRef(platform.url, KEY), source=MediaSource(), settings=settings, client=client)
    assert left_over(settings) == []


async def test_a_redirect_on_the_same_host_is_followed(
    platform: FakePlatform, settings: MediaSettings, client: httpx.AsyncClient
) -> None:
    platform.script = [Answer(status=302, headers={"Location": "/real"}), Answer(PHOTO)]
    await fetch(MediaRef(platform.url + "/a"), source=MediaSource(), settings=settings, client=client)
    assert [request.path for request in platform.requests] == ["/a", "/real"]


async def test_a_photo_may_not_be_as_large_as_a_video(
    platform: FakePlatform, settings: MediaSettings, client: httpx.AsyncClient
) -> None:
    platform.script = [Answer(encrypt_media(b"\0\0\0\x20ftypisom" + b"x" * 200_000, KEY))]
    fetched = await fetch(MediaRef(platform.url, KEY), source=MediaSource(), settings=settings, client=client)
    assert fetched.kind.part is PartKind.VIDEO


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "http://evil.example/x",
        "https://myqcloud.com/x",
        "https://evilmyqcloud.com/x",
        "https://a.myqcloud.com.evil.example/x",
        "https://a.myqcloud.com:8443/x",
        "https://user:pw@a.myqcloud.com/x",
        "ftp://a.myqcloud.com/x",
        "file:///etc/passwd",
        "//a.myqcloud.com/x",
        "https://",
        "",
        "http://[::1",
    ],
)
async def test_other_hosts_are_not_asked(tmp_path: object, client: httpx.AsyncClient, url: str) -> None:
    settings = MediaSettings.model_validate({"folder": f"{tmp_path}/media", "hosts": ["*.myqcloud.com"]})
    with pytest.raises(MediaRefused):
        await fetch(MediaRef(url, KEY), source=MediaSource(), settings=settings, client=client)


async def test_a_known_suffix_is_asked(settings: MediaSettings, tmp_path: object) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, content=PHOTO)

    known = settings.model_copy(update={"hosts": ("*.myqcloud.com",)})
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        url = "https://ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com/a/1?sign=s"
        await fetch(MediaRef(url), source=MediaSource(), settings=known, client=client)
    assert asked == ["ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com"]


@pytest.mark.parametrize(("error", "retryable"), [(MediaUnreachable, True), (MediaExpired, False)])
def test_only_the_network_is_worth_another_try(error: type[MediaError], retryable: bool) -> None:
    assert error.retryable is retryable


async def stream_video(megabytes: int, sent: list[int]) -> AsyncIterator[bytes]:
    yield b"\0\0\0\x20ftypisom"
    for _ in range(megabytes):
        sent.append(1)
        yield bytes(1024**2)


async def test_a_video_of_100_mb_passes_through_in_pieces_and_a_larger_one_is_given_up(
    tmp_path: Path, client: httpx.AsyncClient
) -> None:
    settings = MediaSettings(folder=tmp_path / "media")
    sent: list[int] = []
    source = MediaSource(stream=lambda _ref, _client: stream_video(99, sent))
    before = most_memory(anew=True)
    fetched = await fetch(MediaRef("MID"), source=source, settings=settings, client=client)
    assert fetched.size == 99 * 1024**2 + 12
    kept = await asyncio.to_thread(store, fetched, folder=settings.folder, zone=SHANGHAI)
    # Kilobytes.
    assert most_memory() - before < 60_000
    assert (kept.kind, kept.unopened, kept.size) == (PartKind.FILE, "broken", fetched.size)
    sent.clear()
    endless = MediaSource(stream=lambda _ref, _client: stream_video(1_000, sent))
    with pytest.raises(MediaTooLarge):
        await fetch(MediaRef("MID"), source=endless, settings=settings, client=client)
    assert len(sent) <= 101
    assert left_over(settings) == []
