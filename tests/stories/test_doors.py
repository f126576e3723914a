"""陈大爷 has WeCom and WeChat: he joins both, reports by one, and is answered once by the one that still can."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo import build_channels, prepare_database
from models.database import Database
from sandbox.loading import load_world
from sandbox.server import SandboxServer
from sandbox.world import PublicAccount
from tests.stories.test_official_account import APP as ACCOUNT
from tests.stories.test_official_account import SECRETS, Resident, work
from tests.stories.town import WORLD, StoryHarness, build_settings, serve_gridbot

AGENT, MEMBER = "1000002", "chendy"
IN_APP = f"{AGENT}/{MEMBER}"


@pytest.fixture
def haimen(sqlite_database: Database, tmp_path: Path) -> Iterator[StoryHarness]:
    world = load_world(WORLD)
    account = world.accounts[ACCOUNT] = PublicAccount(
        ACCOUNT, "海门网格", **SECRETS, encrypted=True, templates=[], menu=[]
    )
    with SandboxServer(world) as box:
        app = box.world.apps[AGENT]
        public = {"kind": "official_account", "app_id": ACCOUNT, "api_base": f"{box.url}/wechat", **SECRETS}
        staff = {
            "kind": "app", "corp_id": app.corp_id, "agent_id": int(AGENT), "secret": app.secret,
            "token": app.token, "aes_key": app.aes_key, "api_base": box.url,
        }  # fmt: skip
        channels = {**build_channels(box), "public": public, "staff": staff}
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)

        def clock() -> datetime:
            return datetime.fromtimestamp(box.tenant.clock.now(), UTC)

        with serve_gridbot(settings, clock) as url, closing(StoryHarness(box, url, clock)) as people:
            account.callback_url, app.callback_url = f"{url}/callback/public", f"{url}/callback/staff"
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield people


def test_two_doors_are_one_person_and_the_answer_comes_once(haimen: StoryHarness) -> None:
    resident = Resident(haimen)
    haimen.box.say(AGENT, MEMBER, "/关联账号")
    told = haimen.wait_for_message(IN_APP, "您的代码是")
    code = told["text"].split("您的代码是 ")[1].split("，")[0]
    number = resident.report()
    resident.act("say", words=f"/关联账号 {code}")
    resident.wait_for("和企业微信的账号关联")
    haimen.wait_for_message(IN_APP, "和微信公众号的账号关联")
    haimen.box.say(AGENT, MEMBER, "/我的")
    haimen.wait_for_message(IN_APP, number[-4:])
    resident.act("say", words="/我的")
    resident.wait_for("1 件")
    # The official account may say no more three days later, and was used last.
    haimen.box.advance_clock(3 * 86_400)
    before = len(resident.received())
    work(haimen, number)
    haimen.wait_for_message(IN_APP, number, "灯泡已更换")
    assert len(resident.received()) == before
    haimen.box.say(AGENT, MEMBER, "修好了，满意")
    haimen.wait_for_status(number, "CLOSED")
    shown = [
        one for one in haimen.box.messages(IN_APP) if "灯泡已更换" in f"{one['text']}{one['card'] or ''}"
    ]
    assert len(shown) == 1
