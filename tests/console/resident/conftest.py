"""The pages of residents over HTTP, before the sample district without a wire."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

import console
from bot.config.settings import Settings
from bot.process.console_host import ConsoleHost
from bot.process.runtime import Runtime
from models import case_links
from tests.console.serving import open_browser, serve_app
from tests.district import District


@dataclass
class PageProcess:
    """What the pages need of a process, before a district and its clock."""

    district: District
    settings: Settings
    doors: dict[str, Any] = field(default_factory=dict)
    """Its channels, by name."""
    woken: int = 0

    @property
    def database(self) -> Any:
        return self.district.database

    def clock(self) -> Any:
        return self.district.now

    def env(self) -> Any:
        return self.district.env

    def wake(self) -> None:
        self.woken += 1

    def channels(self) -> dict[str, Any]:
        return self.doors

    def refused_rules(self) -> dict[str, str | None]:
        return {}


@dataclass
class Resident:
    """Somebody with a telephone and a browser that runs no script."""

    district: District
    browser: httpx.Client

    def find_link(self, chat: str) -> str:
        """The path of the page that the newest message of a conversation names, as it is sent."""
        push = next(said.row for said in reversed(self.district.pushes(chat)) if said.row.link_id is not None)
        with self.district.database.write() as session:
            token = case_links.issue_token(session, push.link_id, self.district.chat(chat).person_id)
        assert token
        return f"/c/{token}"

    def open(self, path: str, **headers: str) -> httpx.Response:
        return self.browser.get(path, headers=headers)

    def press(self, path: str, act: str, *, photos: int = 0, **fields: str) -> httpx.Response:
        """Send the form of an act as it stands on the page, with these fields filled in."""
        return self.browser.post(
            f"{path}/acts/{act}", data=read_hidden(self.open(path, Purpose="prefetch").text, act) | fields,
            files=[("photos", (f"{n}.jpg", make_jpeg(n), "image/jpeg")) for n in range(photos)],
        )  # fmt: skip

    def report(self, grid: str, text: str, *, photos: int = 0, **fields: str) -> httpx.Response:
        """Fill in the form of a unit and send it."""
        hidden = read_hidden(self.open(f"/report/{grid}").text, "report")
        return self.send_report(grid, hidden | {"text": text, **fields}, photos=photos)

    def send_report(self, grid: str, fields: dict[str, str], *, photos: int = 0) -> httpx.Response:
        return self.browser.post(
            f"/report/{grid}", data=fields,
            files=[("photos", (f"{n}.jpg", make_jpeg(n), "image/jpeg")) for n in range(photos)],
        )  # fmt: skip

    def list_forms(self, path: str) -> list[str]:
        """The acts whose forms stand on the page."""
        return re.findall(r'data-act="([a-z_]+)"', self.open(path, Purpose="prefetch").text)


def read_hidden(page: str, act: str) -> dict[str, str]:
    """The hidden fields of a form, by its act; {} where the page has no such form."""
    found = re.search(rf'<form[^>]*data-act="{act}".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[0])) if found else {}


def make_jpeg(number: int = 0) -> bytes:
    """A photo that says where and with what it was taken."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.new("RGB", (400, 300), (90, 40 + number, 30)).save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def district(sqlite_district: District) -> District:
    """What a page shows and does: which database it is cannot matter, as everything goes through handlers."""
    return sqlite_district


@pytest.fixture
def channels() -> dict[str, Any]:
    return {}


@pytest.fixture
def resident(district: District, tmp_path: Path, channels: dict[str, Any]) -> Iterator[Resident]:
    settings = Settings.parse({"media": {"folder": tmp_path / "media"}})
    app = FastAPI()
    console.add_pages(app, ConsoleHost(cast("Runtime", PageProcess(district, settings, channels))))
    with serve_app(app) as address, open_browser(address) as browser:
        yield Resident(district, browser)
