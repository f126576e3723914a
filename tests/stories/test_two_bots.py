"""Two bots in one installation, in the same group: each speaks of itself by its own name."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo import prepare_database
from models.database import Database
from sandbox.server import SandboxServer
from tests.stories.town import StoryHarness, build_settings, serve_gridbot

BOTS = {"AIB1": "网格助手", "AIB2": "小海"}
WORLD = {
    "members": [{"id": "zhangsf", "name": "张师傅"}],
    "bots": [{"id": bot, "name": name, "secret": f"secret-{bot}"} for bot, name in BOTS.items()],
    "groups": [{"id": "wrINTAKE", "name": "海门街道网信工作群", "members": ["zhangsf"]}],
}


@pytest.fixture
def haimen(sqlite_database: Database, tmp_path: Path) -> Iterator[StoryHarness]:
    with SandboxServer(WORLD) as box:
        channels = {
            bot.lower(): {
                "kind": "aibot", "bot_id": bot, "bot_name": name, "secret": f"secret-{bot}", "ws_url": box.ws_url,
            }
            for bot, name in BOTS.items()
        }  # fmt: skip
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)
        with (
            serve_gridbot(settings, lambda: datetime.now(UTC)) as url,
            closing(StoryHarness(box, url, lambda: datetime.now(UTC))) as people,
        ):
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield people


@pytest.mark.parametrize(("bot", "name"), BOTS.items())
def test_each_names_itself_in_a_group(haimen: StoryHarness, bot: str, name: str) -> None:
    haimen.box.say("wrINTAKE", "zhangsf", "大家好", at_bot=bot)
    greeting = haimen.wait_for_message("wrINTAKE", f"您好，我是{name}。")
    assert greeting["sender"]["id"] == bot


@pytest.mark.parametrize(("bot", "name"), BOTS.items())
def test_each_welcomes_by_its_own_name(haimen: StoryHarness, bot: str, name: str) -> None:
    haimen.box.enter(bot, "zhangsf")
    haimen.wait_for_message(f"{bot}/zhangsf", f"您好，我是{name}。")
