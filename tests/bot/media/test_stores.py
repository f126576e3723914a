"""A folder and a bucket keep files alike; a bucket that is silent delays files and loses none (issue 12, 10)."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config.loader import ConfigError
from bot.config.settings import Settings
from bot.config.storage import BucketStorage
from bot.media.stores import FolderStore, MediaStore, StoreUnreachable, build_mover, open_store
from bot.media.stores.bucket import BucketStore
from bot.media.stores.checking import check_store
from tests.bot.media.conftest import most_memory
from tests.bot.media.s3_server import ACCESS_KEY, SECRET_KEY, S3Server, s3_server

NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
FIRST, SECOND = "ab" * 32, "ab" * 31 + "cd"


def bucket_settings(url: str, *, bucket: str = "grid", secret: str = SECRET_KEY) -> BucketStorage:
    return BucketStorage.model_validate({
        "kind": "s3", "url": f"s3://{bucket}/media", "endpoint": url,
        "access_key": ACCESS_KEY, "secret_key": secret,
    })  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Iterator[S3Server]:
    with s3_server(tmp_path / "s3") as box:
        yield box


@pytest.fixture(params=["folder", "s3, not moved yet", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "media")
    server: S3Server = request.getfixturevalue("server")
    return open_store(bucket_settings(server.url), tmp_path / "media")


@pytest.fixture
def moves(request: pytest.FixtureRequest) -> bool:
    return str(request.node.callspec.params["store"]) == "s3"


def write(store: MediaStore, name: str, data: bytes = b"x", *, days: float = 0.0) -> str:
    path = store.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    time = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (time, time))
    return name


def move(store: MediaStore) -> int:
    assert isinstance(store, BucketStore)
    return store.move_files(is_stopping=lambda: False)


def read(store: MediaStore, name: str) -> bytes:
    with store.open_file(name) as path:
        assert path.suffix == Path(name).suffix
        return path.read_bytes()


def test_what_was_stored_is_read_listed_and_deleted(store: MediaStore, *, moves: bool) -> None:
    names = [
        write(store, f"ab/{FIRST}.jpg", b"whole"), write(store, f"ab/{FIRST}.clean.jpg"),
        write(store, f"ab/{FIRST}.thumb.webp"), write(store, f"ab/{SECOND}.jpg", b"other"),
    ]  # fmt: skip
    if moves:
        assert move(store) == 4
        assert list(store.folder.glob("ab/*")) == []
    store.check()
    assert read(store, names[0]) == b"whole"
    assert sorted(store.list_copies(FIRST)) == sorted(names[:3])
    store.delete([*names[:3], f"ab/{FIRST}.mp4"])
    assert store.list_copies(FIRST) == []
    assert read(store, names[3]) == b"other"
    with pytest.raises(FileNotFoundError):
        read(store, names[0])
    with pytest.raises(FileNotFoundError):
        read(store, "../outside.jpg")


def test_what_is_old_is_listed_by_its_age(store: MediaStore, *, moves: bool) -> None:
    old = write(store, f"ab/{FIRST}.jpg", days=40)
    write(store, f"ab/{SECOND}.jpg")
    write(store, "ab/note.txt", days=40)
    if moves:
        # A bucket counts from when it took a file.
        assert move(store) == 3
        assert set(store.iter_old(NOW - timedelta(days=30))) == set()
        later = datetime.now(UTC) + timedelta(days=1)
        assert set(store.iter_old(later)) == {old, f"ab/{SECOND}.jpg"}
    else:
        assert set(store.iter_old(NOW - timedelta(days=30))) == {old}


def test_a_large_video_goes_to_the_bucket_and_back_in_pieces(server: S3Server, tmp_path: Path) -> None:
    store = open_store(bucket_settings(server.url), tmp_path / "media")
    path = store.folder / "ab" / f"{FIRST}.mp4"
    path.parent.mkdir(parents=True)
    digest, piece = hashlib.sha256(), os.urandom(1024**2)
    with path.open("wb") as out:
        for _ in range(100):
            out.write(piece)
            digest.update(piece)
    before = most_memory(anew=True)
    assert move(store) == 1
    with store.open_file(f"ab/{FIRST}.mp4") as copy, copy.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").digest() == digest.digest()
    # Kilobytes. The file has 100 MB; both sides of the wire are in this process.
    assert most_memory() - before < 60_000
    assert [method for method, _ in server.requests].count("PUT") > 5


@pytest.mark.anyio
async def test_a_silent_bucket_loses_nothing_and_gets_everything_later(
    server: S3Server, tmp_path: Path
) -> None:
    store = open_store(bucket_settings(server.url), tmp_path / "media")
    away = write(store, f"ab/{SECOND}.jpg", b"moved")
    move(store)
    server.is_broken = True
    waiting = write(store, f"ab/{FIRST}.jpg", b"waits")
    with pytest.raises(StoreUnreachable):
        await asyncio.to_thread(move, store)
    assert read(store, waiting) == b"waits"
    for use in (lambda: read(store, away), lambda: store.delete([away]), lambda: store.list_copies(SECOND)):
        with pytest.raises(StoreUnreachable):
            await asyncio.to_thread(use)
    server.is_broken = False
    mover = build_mover(store)
    assert mover is not None
    running = asyncio.create_task(mover.run())
    for _ in range(3000):
        if server.names() == sorted([f"media/{waiting}", f"media/{away}"]):
            break
        await asyncio.sleep(0.02)
    await mover.stop()
    await running
    assert read(store, waiting) == b"waits"


def test_check_says_in_words_what_is_wrong_with_the_bucket(server: S3Server, tmp_path: Path) -> None:
    def say(settings: BucketStorage) -> list[tuple[str, bool]]:
        return [(problem.message, problem.grave) for problem in check_store(settings, tmp_path / "media")]

    assert say(bucket_settings(server.url)) == []
    assert say(bucket_settings(server.url, bucket="other")) == [(f"{server.url} 上没有 other 这个桶", True)]
    assert say(bucket_settings(server.url, secret="wrong")) == [
        (f"{server.url} 不认这组密钥，或者不许读写", True)
    ]
    silent = "http://127.0.0.1:9"
    assert say(bucket_settings(silent)) == [(f"{silent} 没有回答：附件先存在本机，恢复后自己搬过去", False)]
    assert server.names() == []


@pytest.mark.parametrize(
    "written",
    [
        {"kind": "s3"}, {"kind": "s3", "url": "https://bucket"}, {"kind": "ftp"},
        {"kind": "s3", "url": "s3://bucket", "access_key": "half"},
    ],
)  # fmt: skip
def test_a_wrong_storage_is_refused(written: dict[str, str]) -> None:
    with pytest.raises((ValueError, ConfigError)):
        Settings.parse({"storage": written})
