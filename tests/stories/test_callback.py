"""The same loop for a bot in callback mode: answers ride on the request, then on response_url, then on the webhook."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo import prepare_database
from models.database import Database
from sandbox.loading import load_world
from sandbox.server import SandboxServer
from sandbox.world import Mode
from tests.stories.town import WORLD, StoryHarness, build_settings, serve_gridbot

TOKEN, KEY = "AIBOTtoken01", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


@pytest.fixture
def haimen(sqlite_database: Database, tmp_path: Path) -> Iterator[StoryHarness]:
    world = load_world(WORLD)
    bot = world.bots["AIB1"]
    bot.mode, bot.token, bot.aes_key = Mode.CALLBACK, TOKEN, KEY
    with SandboxServer(world) as box:
        callback = {
            "kind": "aibot",
            "mode": "callback",
            "bot_id": bot.bot_id,
            "bot_name": bot.name,
            "token": TOKEN,
            "aes_key": KEY,
        }
        channels = {"grid": callback, "rings": {"kind": "webhook", "api_base": box.url}}
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)
        with serve_gridbot(settings, lambda: datetime.now(UTC)) as url:
            bot.callback_url = f"{url}/callback/grid"
            with closing(StoryHarness(box, url, lambda: datetime.now(UTC))) as people:
                yield people


def test_the_address_is_verified(haimen: StoryHarness) -> None:
    assert haimen.box.post("verify", bot="AIB1")["ok"] is True


def test_the_receipt_rides_on_the_request_that_brought_the_report(haimen: StoryHarness) -> None:
    said = haimen.say("wrINTAKE", "zhangsf", "长江路静海路口工地门口建筑垃圾")
    assert said["delivered"]
    receipt = haimen.wait_for_message("wrINTAKE", "已收到")
    assert receipt["msgtype"] == "stream"


def test_what_comes_later_takes_the_response_url_once_and_then_the_webhook(haimen: StoryHarness) -> None:
    number = haimen.report("wrINTAKE", "zhangsf", "长江路静海路口工地门口建筑垃圾")
    haimen.say("wrDUTY", "duty1", f"/交办 {number[-4:]} 城管局")
    haimen.wait_for_message("wrDUTY", number, "已交办")
    haimen.wait_for_message("wrCG", number, "新任务")
    assigned = haimen.wait_for_message("wrINTAKE", number, "已交城管局办理")
    assert assigned["sender"]["kind"] == "bot"
    haimen.say("wrCG", "cg1", f"/签收 {number[-4:]}")
    signed = haimen.wait_for_message("wrINTAKE", number, "城管局已签收")
    assert signed["sender"]["kind"] == "webhook"
