"""The console over the sample district, and browsers of the people in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from fastapi import FastAPI
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

import console
from bot.config.settings import RulesSettings
from bot.process.organisation_import import PostedOrganisation
from bot.rule_snapshots.rule_editor import RuleEditor
from console.context import (
    AccountUnknown,
    Health,
    OfficeRules,
    PageSettings,
    PlatformSignIn,
    ProviderSignIn,
    SceneCode,
    SceneCodeRefused,
    UnusablePhoto,
)
from handlers.environment.snapshot import Environment
from models.database import Database
from models.reports import Media
from tests.console.serving import open_browser, serve_app
from tests.district import District

ADDRESS = "https://wgw.example"


class FakePlatform:
    """Signing in by accounts: a code is `code-` and the account it is for."""

    provider = "wecom"

    def build_url(self, *, redirect_to: str, state: str, inside: bool) -> str:
        return f"https://platform.example/?back={redirect_to}&state={state}&inside={inside}"

    async def find_account(self, code: str) -> str:
        if not code.startswith("code-"):
            raise AccountUnknown("code_over")
        return code.removeprefix("code-")


class FakeBatch:
    """Photos that nobody checked."""

    def __init__(self, files: Sequence[bytes]) -> None:
        self._files = files

    def add_rows(self, session: Session) -> tuple[int, ...]:
        rows = [
            Media(position=at, kind="photo", mime="image/jpeg", size=len(data), sha256=f"{at:064x}",
                  path=f"{at}.jpg", clean_path=f"{at}.clean.jpg", thumb_path=f"{at}.thumb.webp", text="")
            for at, data in enumerate(self._files)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        return tuple(row.id for row in rows)


def edit_rules(rules: RulesSettings) -> RuleEditor:
    return RuleEditor(rules, list_refused=dict)


@dataclass
class Office:
    """A `ConsoleContext` over a district whose clock the test moves."""

    district: District
    settings: PageSettings
    folder: Path
    platform: PlatformSignIn | None = field(default_factory=FakePlatform)
    health: Health = field(default_factory=lambda: Health((), (), 0, (), (), (), (), ()))
    replayed: list[tuple[str, int]] = field(default_factory=list)
    rules: OfficeRules = field(default_factory=lambda: edit_rules(RulesSettings()))
    provider: ProviderSignIn | None = None
    woken: int = 0
    scene_code: str = ""
    """What links to customer service begin with."""
    address: str = ""

    @property
    def database(self) -> Database:
        return self.district.database

    @property
    def clock(self) -> Callable[[], datetime]:
        return lambda: self.district.now

    def env(self) -> Environment:
        return self.district.env

    def wake(self) -> None:
        self.woken += 1

    def find_sign_in(self) -> PlatformSignIn | None:
        return self.platform

    def find_resident_sign_in(self) -> PlatformSignIn | None:
        return None

    def find_provider(self) -> ProviderSignIn | None:
        return self.provider

    @property
    def has_scene_codes(self) -> bool:
        return bool(self.scene_code)

    async def find_scene_code(self, scene: str) -> SceneCode:
        if not self.scene_code:
            raise SceneCodeRefused("errcode_48001")
        return SceneCode(address=f"{self.scene_code}{scene}")

    def store_photos(self, files: Sequence[bytes]) -> FakeBatch:
        if any(not data.startswith(b"\xff\xd8") for data in files):
            raise UnusablePhoto("有一个文件不是照片，没有提交。")
        return FakeBatch(files)

    def read_health(self) -> Health:
        return self.health

    def replay_letter(self, box: str, letter_id: int) -> bool:
        self.replayed.append((box, letter_id))
        return letter_id < self.health.letter_count

    def read_organisation(self, content: bytes) -> PostedOrganisation:
        return PostedOrganisation(content)

    def find_file(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.is_file() else None

    @contextmanager
    def browse(self, person: str = "") -> Iterator[httpx.Client]:
        """A browser; with `person`, in which somebody is signed in."""
        with open_browser(self.address) as client:
            if person:
                answer = client.post("/login/demo", data={"person": person})
                assert answer.status_code == 303, answer.text
            yield client


@contextmanager
def serve_office(
    district: District, folder: Path, *, is_demo: bool = True, passwords: bool = True
) -> Iterator[Office]:
    """The console on a port of its own."""
    settings = PageSettings("海门区网格接诉中心", "http://127.0.0.1", passwords=passwords, is_demo=is_demo)
    office = Office(district, settings, folder)
    app = FastAPI()
    console.add_pages(app, office, machines=("/api", "/callback"))
    with serve_app(app) as address:
        office.address = address
        yield office
    pool = office.database.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0, "a page has left its connection behind"
