"""What telephones send that is no good, over the doors of the app, the official account and customer service:
a clear answer, and the report is kept (issue 12)."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo import build_account_channels, build_channels, connect_accounts, prepare_database
from models.database import Database
from sandbox.server import SandboxServer
from tests.bot.media.clips import spoken_amr
from tests.stories.town import WORLD, StoryHarness, build_settings, make_photo, serve_gridbot

APP, ELDER, GRID = "1000002", "chendy", "HM-HM-JF-1"
PHONES = {
    "followers": {"account": "wxSANDBOX1", "user": "oRESIDENT1"},
    "customers": {"account": "wkSANDBOX1", "user": "wmRESIDENT1"},
}
"""Of people without WeCom: which door of the sandbox, and who they are there."""
REPORT = "解放新村3幢门口堆了一大堆建筑垃圾，好几天没人清"


def make_bomb() -> bytes:
    """A PNG of 40 kB that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(30_001) * 1000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def make_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x" * 100)
    return out.getvalue()


@pytest.fixture(params=["app", *PHONES])
def door(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def haimen(sqlite_database: Database, tmp_path: Path) -> Iterator[StoryHarness]:
    with SandboxServer(WORLD) as box:
        channels = {**build_channels(box), **build_account_channels(box)}
        media = {"folder": tmp_path / "media", "hosts": [f"127.0.0.1:{box.port}"], "max_video": "3MB"}
        settings = build_settings(
            tmp_path, str(sqlite_database.engine.url), box, channels=channels, media=media
        )
        prepare_database(settings)

        def clock() -> datetime:
            return datetime.fromtimestamp(box.tenant.clock.now(), UTC)

        with serve_gridbot(settings, clock) as url, closing(StoryHarness(box, url, clock)) as people:
            connect_accounts(box, url)
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield people


class Sender:
    """Somebody at one of the doors."""

    def __init__(self, haimen: StoryHarness, door: str) -> None:
        self.haimen, self.door = haimen, door
        phone = PHONES.get(door, {"account": APP, "user": ELDER})
        self.chat = f"{phone['account']}/{phone['user']}"

    def send(self, kind: str, data: bytes) -> None:
        file = base64.b64encode(data).decode()
        if self.door in PHONES:
            self.act(kind, file=file)
        elif kind == "photo":
            self.haimen.box.say(APP, ELDER, photos=[file])
        else:
            self.haimen.box.say(APP, ELDER, **{kind: file})

    def say(self, words: str) -> None:
        if self.door in PHONES:
            self.act("say", words=words)
        else:
            self.haimen.box.say(APP, ELDER, words)

    def send_place(self, lat: float, lon: float) -> None:
        place = {"latitude": lat, "longitude": lon}
        if self.door == "followers":
            self.act("location", location={"lat": lat, "lon": lon})
        elif self.door == "customers":
            self.act("location", location=place)
        else:
            self.haimen.box.say(APP, ELDER, other={"msgtype": "location", "location": place})

    def act(self, do: str, **more: Any) -> None:
        self.haimen.box.post(self.door, **PHONES[self.door], do=do, **more)

    def wait_for(self, *words: str) -> None:
        self.haimen.wait_for_message(self.chat, *words)


@pytest.fixture
def sender(haimen: StoryHarness, door: str) -> Sender:
    found = Sender(haimen, door)
    if door == "followers":
        found.act("scan", scene=GRID)
    elif door == "customers":
        found.act("enter", scene=GRID)
    if door in PHONES:
        found.wait_for("解放新村")
    return found


def test_what_is_no_good_is_answered_and_costs_nobody_the_report(
    haimen: StoryHarness, sender: Sender
) -> None:
    odd: list[tuple[str, bytes, str]] = [
        ("photo", make_zip(), "照片打不开（格式不支持）"),
        ("photo", make_bomb(), "照片打不开（像素太多）"),
        ("voice", b"#!AMR\n\x04", "语音打不开（可能没有传完整）"),
        ("video", b"\0\0\0\x20ftypisom" + bytes(4 * 1024**2), "视频没能收到（文件太大），请剪短后再发"),
        ("video", b"\0\0\0\x20ftypisom" + bytes(1024), "视频打不开（可能没有传完整）"),
    ]
    for kind, data, answer in odd:
        sender.send(kind, data)
        sender.wait_for(answer)
    haimen.box.arm_faults(gone_media=1)
    sender.send("photo", base64.b64decode(make_photo()))
    sender.wait_for("照片没能收到（已过期），请再发一次")
    sender.send_place(31.0, 124.0)
    sender.wait_for("这个位置离本地太远", "再发一次位置")
    sender.send_place(0.0, 0.0)
    sender.wait_for("这个位置没有带上地址")
    assert haimen.cases() == []
    sender.send("photo", base64.b64decode(make_photo()))
    sender.send("voice", spoken_amr(seconds=3)[:-300])
    sender.say(REPORT)
    sender.wait_for("已收到", "解放新村3幢")
    [case] = haimen.cases()
    haimen.wait_until(lambda: len(haimen.case(case["number"])["photos"]) == 1, "the photo")
    haimen.wait_for_message("wrDUTY", case["number"], "有一段语音")
    assert (case["lat"], case["lon"]) == (None, None)
    assert haimen.box.stats()["callback_failures"] == []
