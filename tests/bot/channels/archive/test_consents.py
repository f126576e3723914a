"""Who agreed to being archived, asked of the platform once for each room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.archive.consents import ConsentApi
from bot.channels.archive.settings import ArchiveSettings
from models.database import Database
from tests.bot.channels.archive.reading import NOW
from tests.bot.channels.archive.test_puller import OUTSIDE
from tests.bot.channels.conftest import open_host
from tests.bot.channels.http_server import Answer, FakePlatform, Request, errcode_answer, fake_platform

pytestmark = pytest.mark.anyio


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    with fake_platform() as fake:
        yield fake


def answer_with(room: Answer, platform: FakePlatform) -> None:
    def respond(request: Request) -> Answer:
        if request.path == "/cgi-bin/gettoken":
            return errcode_answer(0, access_token="T1", expires_in=7200)
        assert (request.path, request.json) == ("/cgi-bin/msgaudit/check_room_agree", {"roomid": "wrROOM"})
        return room

    platform.respond = respond


async def find_consents(platform: FakePlatform, database: Database, folder: Path) -> dict[str, bool]:
    settings = ArchiveSettings.model_validate({
        "kind": "archive", "corp_id": "ww1", "secret": "s", "library": folder / "so",
        "private_keys": {"1": folder / "pem"}, "api_base": platform.url,
    })  # fmt: skip
    async with open_host(database, lambda: NOW) as host:
        return dict(await ConsentApi(settings, host).find_consents("wrROOM"))


async def test_only_a_refusal_is_one(
    platform: FakePlatform, sqlite_database: Database, tmp_path: Path
) -> None:
    rows = [
        {"status_change_time": 1, "exteranalopenid": OUTSIDE, "agree_status": "Disagree"},
        {"status_change_time": 1, "exteranalopenid": "wmAGREES", "agree_status": "Agree"},
        {"status_change_time": 1, "exteranalopenid": "wmDEFAULT", "agree_status": "Default_Agree"},
        {"status_change_time": 1},
    ]
    answer_with(errcode_answer(0, agreeinfo=rows), platform)
    found = await find_consents(platform, sqlite_database, tmp_path)
    assert found == {OUTSIDE: False, "wmAGREES": True, "wmDEFAULT": True}


@pytest.mark.parametrize(
    "answer", [errcode_answer(301052), Answer(b"no json"), errcode_answer(0, agreeinfo={})]
)
async def test_where_nobody_says_the_platforms_own_rule_stands(
    platform: FakePlatform, sqlite_database: Database, tmp_path: Path, answer: Answer
) -> None:
    answer_with(answer, platform)
    assert await find_consents(platform, sqlite_database, tmp_path) == {}
