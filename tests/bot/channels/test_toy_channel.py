"""A channel that no line of `bot` knows: registered from here, with a real process behind it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.config import loader, preflight
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.demo import prepare_database
from models.cases import Case
from models.database import Database
from models.organisation import Account, Chat, ChatUse, Person, Unit
from models.reports import Media
from tests.bot.channels.toy.settings import KINDS
from tests.bot.media.conftest import jpeg
from tests.stories.town import serve_gridbot

REPORT = "@小玩 长江路静海路口工地门口建筑垃圾"


@dataclass(frozen=True, slots=True)
class Toyland:
    """The toy platform, and the bot that serves it."""

    folder: Path
    database: Database
    api: httpx.Client

    def say(self, number: int, text: str, *, who: str = "ann", **more: str) -> dict[str, Any]:
        said = {"id": f"t{number}", "room": "market", "who": who, "says": text, **more}
        draft = self.folder / "in" / f"{number}.draft"
        draft.write_text(json.dumps(said))
        draft.rename(draft.with_suffix(".json"))
        return said

    def wait_for_push(self, *words: str) -> dict[str, Any]:
        """What the bot said that holds all these words."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            said: list[dict[str, Any]] = [json.loads(p.read_text()) for p in self.folder.glob("out/*.json")]
            if found := [one for one in said if all(word in one["text"] for word in words)]:
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"never said: {words}")

    def post(self, text: str, *, word: str = "sesame") -> httpx.Response:
        said = {"id": "t1", "room": "market", "who": "ann", "says": text}
        return self.api.post("/callback/toys", params={"word": word}, json=said)


def build_settings(folder: Path, database: Database, **channel: str) -> Settings:
    rules = {
        "packs": [PACKAGE_ROOT / "rules/default.yaml"],
        "limits": PACKAGE_ROOT / "rules/limits.yaml",
    }
    return Settings.parse(
        {
            "database": {"url": str(database.engine.url)},
            "channels": {"toys": {"kind": "toy", "folder": folder, "doll": "小玩", **channel}},
            "media": {"folder": folder / "media"},
            "rules": rules,
        },
        kinds=KINDS,
    )


def run_toyland(folder: Path, database: Database, **channel: str) -> Iterator[Toyland]:
    for name in ("in", "out", "files"):
        (folder / name).mkdir()
    settings = build_settings(folder, database, **channel)
    prepare_database(settings)
    with database.write() as session:
        town = session.scalars(select(Unit.id).where(Unit.code == "HM-HM")).one()
        ann = session.scalars(select(Person.id).where(Person.code == "zhangsf")).one()
        session.add(Account(person_id=ann, provider="toyland", user_id="ann"))
        session.add(
            Chat(
                code="market",
                name="集市",
                use=ChatUse.INTAKE,
                unit_id=town,
                channel="toys",
                chat_id="market",
            )
        )
    with (
        serve_gridbot(settings, lambda: datetime.now(UTC)) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as api,
    ):
        yield Toyland(folder, database, api)


@pytest.fixture
def toyland(sqlite_database: Database, tmp_path: Path) -> Iterator[Toyland]:
    """Messages come from the folder, by a task that the channel runs."""
    yield from run_toyland(tmp_path, sqlite_database)


@pytest.fixture
def called_back(sqlite_database: Database, tmp_path: Path) -> Iterator[Toyland]:
    """Messages come over HTTP, and the answer rides on the request."""
    yield from run_toyland(tmp_path, sqlite_database, word="sesame")


def test_a_report_comes_in_and_its_receipt_goes_out(toyland: Toyland) -> None:
    (toyland.folder / "files" / "pit.jpg").write_bytes(jpeg((320, 240)))
    toyland.say(1, REPORT, picture="pit.jpg")
    receipt = toyland.wait_for_push("已收到")
    assert (receipt["room"], receipt["slips"]) == ("market", ["slip-of-t1"])
    with toyland.database.read() as session:
        case = session.scalars(select(Case)).one()
        assert case.number in receipt["text"]
        assert session.get_one(Person, case.reporter_id).code == "zhangsf"
        assert session.scalars(select(Media.mime)).one() == "image/jpeg"


def test_the_bot_goes_by_the_name_it_has_there(toyland: Toyland) -> None:
    toyland.say(1, "@小玩 大家好")
    toyland.wait_for_push("您好，我是小玩。")


def test_a_stranger_has_the_ids_of_that_platform(toyland: Toyland) -> None:
    """`duty1` is somebody else's id at WeCom."""
    toyland.say(1, REPORT, who="duty1")
    toyland.wait_for_push("已收到")
    with toyland.database.read() as session:
        case = session.scalars(select(Case)).one()
        assert session.get_one(Person, case.reporter_id).code == "toyland:duty1"


def test_a_file_that_is_gone_is_asked_for_again(toyland: Toyland) -> None:
    toyland.say(1, REPORT, picture="never.jpg")
    toyland.wait_for_push("照片没能收到（已过期），请再发一次")
    toyland.wait_for_push("已收到")


def test_its_connection_shows_in_readiness_and_metrics(toyland: Toyland) -> None:
    toyland.say(1, REPORT)
    toyland.wait_for_push("已收到")
    assert toyland.api.get("/readyz").json()["ready"] is True
    assert 'gridbot_socket_ready{channel="toys"} 1.0' in toyland.api.get("/metrics").text


def test_an_answer_rides_on_the_request_of_its_message(called_back: Toyland) -> None:
    answer = called_back.post(REPORT)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.startswith("sesame: ")
    assert "已收到" in answer.text


def test_its_callbacks_are_checked_as_it_checks_them(called_back: Toyland) -> None:
    assert called_back.api.get("/callback/toys", params={"who": "bob"}).text == "hello bob"
    assert called_back.post(REPORT, word="wrong").status_code == 403
    assert called_back.post("x" * 20_000).status_code == 413


def test_a_channel_without_callbacks_has_no_address(toyland: Toyland) -> None:
    assert toyland.post(REPORT).status_code == 404


def test_the_check_knows_what_it_can_do(sqlite_database: Database, tmp_path: Path) -> None:
    """It rings people itself, so its handling group misses no webhook."""
    settings = build_settings(tmp_path, sqlite_database)
    prepare_database(settings)
    with sqlite_database.write() as session:
        unit = session.scalars(select(Unit.id).where(Unit.code == "HM-CG")).one()
        chats = {"toys": "toys", "elsewhere": "grid"}
        session.add_all(
            Chat(
                code=code,
                name=code,
                use=ChatUse.HANDLING,
                unit_id=unit,
                channel=channel,
                chat_id=code,
            )
            for code, channel in chats.items()
        )
    paths = {problem.path for problem in preflight.check_settings(settings)}
    assert {"chats/elsewhere.channel", "chats/elsewhere.webhook"} <= paths
    assert not {path for path in paths if path.startswith("chats/toys")}


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (
            "{kind: toi}",
            'channels.toys：kind 只能是 aibot、webhook、app、official_account、kf、group_robot、archive、subscriber、toy；例：channels: {grid: {kind: aibot, bot_id: AIB1, bot_name: 网格助手, secret: "…"}}',
        ),
        ("{kind: toy, folder: f}", "channels.toys.doll：缺少这一项；例：doll: 小玩"),
        ("{kind: toy, folder: f, dol: x}", "channels.toys.dol：不认识的键（是不是 doll？）；例：doll: 小玩"),
    ],
)
def test_mistakes_in_its_settings_are_explained(tmp_path: Path, channel: str, told: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"channels: {{toys: {channel}}}", encoding="utf-8")
    with pytest.raises(loader.ConfigError) as refused:
        loader.load(path, environ={}, kinds=KINDS)
    assert f"{path}:1：{told}" in [str(problem) for problem in refused.value.problems]
