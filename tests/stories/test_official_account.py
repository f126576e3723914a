"""A resident with ordinary WeChat: the grid's QR code, a report, the receipt, the answer with photos, a tap."""

import base64
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from bot.demo import build_channels, prepare_database
from models.database import Database
from sandbox.loading import load_world
from sandbox.server import NO_TRUSTED_CA, SandboxServer
from sandbox.world import PublicAccount
from tests.console.resident.conftest import read_hidden
from tests.stories.town import WORLD, StoryHarness, build_settings, make_photo, serve_gridbot

APP, OPENID = "wxSANDBOX1", "oRESIDENT1"
SECRETS: dict[str, Any] = {
    "secret": "oa-secret",
    "token": "OAtoken01",
    "aes_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
}
CHAT = f"{APP}/{OPENID}"
GRID = "HM-HM-JF-2"
TEMPLATE = {
    "id": "TPL-CASE",
    "fields": {"number": "character_string1", "what": "thing2", "state": "phrase3", "time": "time4"},
}
MENU = [
    {"type": "click", "name": "我要反映", "key": "hello"},
    {"type": "click", "name": "我的事项", "key": "/我的"},
    {"type": "click", "name": "帮助", "key": "/帮助"},
]


class Resident:
    """Somebody with a telephone and no WeCom."""

    def __init__(self, people: StoryHarness) -> None:
        self.people = people

    def act(self, do: str, **more: Any) -> None:
        told = self.people.box.post("followers", account=APP, user=OPENID, do=do, **more)
        assert told["delivered"]

    def wait_for(self, *words: str) -> dict[str, Any]:
        return self.people.wait_for_message(CHAT, *words)

    def received(self) -> list[dict[str, Any]]:
        return [one for one in self.people.box.messages(CHAT) if one["sender"]["kind"] != "user"]

    def report(self, **more: Any) -> str:
        """Scan the grid's code and report a lamp; the number on the receipt."""
        self.act("scan", scene=GRID)
        self.wait_for("这里是解放路网格")
        self.act("say", words="路灯不亮", **more)
        self.wait_for("已收到")
        number: str = self.people.cases()[0]["number"]
        self.wait_for("已收到", number)
        return number


@pytest.fixture(params=["safe", "plain"])
def mode(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def template() -> dict[str, Any] | None:
    return None


@pytest.fixture
def more() -> dict[str, Any]:
    """Settings beside the usual ones."""
    return {}


@pytest.fixture
def haimen(
    sqlite_database: Database,
    tmp_path: Path,
    mode: str,
    template: dict[str, Any] | None,
    more: dict[str, Any],
) -> Iterator[StoryHarness]:
    world = load_world(WORLD)
    account = PublicAccount(
        APP,
        "海门网格",
        **SECRETS,
        encrypted=mode != "plain",
        templates=["TPL-CASE"],
        subscriptions=["TPL-AGREED"],
        menu=MENU,
    )
    world.accounts[APP] = account
    with SandboxServer(world) as box:
        public = {
            "kind": "official_account", "app_id": APP, "mode": mode, "api_base": f"{box.url}/wechat",
            "oauth_base": f"{box.url}/wechat",
            "template": template, **SECRETS, **more,
        }  # fmt: skip
        channels = {**build_channels(box), "public": public}
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)

        def clock() -> datetime:
            return datetime.fromtimestamp(box.tenant.clock.now(), UTC)

        with serve_gridbot(settings, clock) as url:
            account.callback_url = f"{url}/callback/public"
            with closing(StoryHarness(box, url, clock)) as people:
                people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
                yield people


@pytest.fixture
def resident(haimen: StoryHarness) -> Resident:
    return Resident(haimen)


def work(people: StoryHarness, number: str) -> None:
    """The unit repairs it, and the desk has looked."""
    people.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    people.wait_for_status(number, "DISPATCHED")
    people.say("wrCG", "cg1", f"/签收 {number}")
    people.wait_for_status(number, "IN_PROGRESS")
    people.say("wrCG", "cg1", f"/反馈 {number} 灯泡已更换", photos=[make_photo("gold")])
    people.wait_for_status(number, "SUBMITTED")
    people.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    people.wait_for_status(number, "CALLBACK")


def test_the_address_is_verified(haimen: StoryHarness) -> None:
    assert haimen.box.post(f"accounts/{APP}/verify")["ok"] is True


def test_from_the_code_to_the_tap(haimen: StoryHarness, resident: Resident) -> None:
    resident.act("scan", scene=GRID)
    resident.wait_for("这里是解放路网格")
    resident.act("photo", file=make_photo("black"))
    resident.act("say", words="路灯不亮")
    receipt = resident.wait_for("已收到", "平台不让我再发")
    number = haimen.cases()[0]["number"]
    assert receipt["msgtype"] == "text"
    assert "什么地方" not in str(resident.received())
    work(haimen, number)
    answer = resident.wait_for(number, "灯泡已更换", "照片左边是处理前，右边是处理后")
    assert answer["msgtype"] == "msgmenu"
    links = [re.findall(r"http://127\.0\.0\.1:8000(/c/[a-z]{28})", str(said)) for said in (receipt, answer)]
    for [page] in links:
        assert "灯泡已更换" in haimen.api.get(page).text
    pictures = [one for one in resident.received() if one["msgtype"] == "image"]
    assert len(pictures) == 1
    resident.act("press", words="已解决，满意")
    haimen.wait_for_status(number, "CLOSED")
    resident.wait_for(number, "已办结", "感谢")
    said = [one["msgtype"] for one in resident.received()]
    assert said == ["text", "text", "text", "image", "msgmenu", "text"]
    assert haimen.box.stats()["refusals"] == {}
    assert haimen.box.stats()["callback_failures"] == []


@pytest.mark.parametrize("mode", ["safe"])
def test_in_wechat_a_resident_finds_the_case_on_a_page_adds_to_it_and_rates_it(
    haimen: StoryHarness, resident: Resident
) -> None:
    number = resident.report()
    with open_browser(str(haimen.api.base_url), {"User-Agent": "Mozilla/5.0 MicroMessenger/8.0.50"}) as phone:
        asked = phone.get("/mine").headers["Location"]
        back = phone.get(asked, params={**read_query(asked), "as_openid": OPENID}).headers["Location"]
        assert back.startswith("http://127.0.0.1:8000/mine/back?")  # as the settings name this place
        assert phone.get("/mine/back", params=read_query(back)).headers["Location"] == "/mine"
        listed = phone.get("/mine").text
        assert f'data-case="{number}"' in listed
        page = phone.post(f"/mine/{number}", data=read_forms(listed)).headers["Location"]
        added = phone.post(
            f"{page}/acts/add", data=read_hidden(phone.get(page).text, "add") | {"text": "是东边那盏"}
        )
        assert added.status_code == 303
        work(haimen, number)
        rated = read_hidden(phone.get(page).text, "rate") | {"solved": "true"}
        assert phone.post(f"{page}/acts/rate", data=rated).status_code == 303
    haimen.wait_for_status(number, "CLOSED")
    assert [event["act"] for event in haimen.case(number)["events"]].count("add") == 1


def open_browser(address: str, headers: dict[str, str]) -> httpx.Client:
    return httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=60, verify=NO_TRUSTED_CA)


def read_query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def read_forms(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.mark.parametrize("mode", ["safe"])
def test_a_voice_and_a_place_are_a_report_and_words_rate_it(haimen: StoryHarness, resident: Resident) -> None:
    resident.act("subscribe")
    resident.wait_for("您好")
    amr = base64.b64encode(b"#!AMR\n" + (b"\x04" + b"\x00" * 12) * 50).decode()
    resident.act("voice", file=amr, words="楼道灯坏了")
    resident.act("location", location={"lat": 31.883, "lon": 121.17, "label": "解放路15号"})
    resident.wait_for("已收到")
    case = haimen.case(haimen.cases()[0]["number"])
    assert "楼道灯坏了" in case["text"]
    assert "解放路15号" in str(case["place"])
    work(haimen, case["number"])
    resident.wait_for(case["number"], "灯泡已更换")
    resident.act("say", words="满意")
    haimen.wait_for_status(case["number"], "CLOSED")


@pytest.mark.parametrize("mode", ["safe"])
def test_the_menu_says_what_people_would_write(resident: Resident) -> None:
    number = resident.report()
    resident.act("menu", words="我的事项")
    resident.wait_for("我的事件", number[-4:])
    resident.act("menu", words="帮助")
    resident.wait_for("/查")
    resident.act("menu", words="我要反映")
    resident.wait_for("您好")


@pytest.mark.parametrize("mode", ["safe"])
def test_after_two_days_the_desk_is_asked_to_call_and_the_answer_waits(
    haimen: StoryHarness, resident: Resident
) -> None:
    number = resident.report()
    haimen.box.advance_clock(49 * 3600)
    work(haimen, number)
    haimen.wait_for_message("wrDUTY", number, "未能送达报事人")
    before = len(resident.received())
    resident.act("say", words="请问有结果了吗")
    resident.wait_for(number, "灯泡已更换")
    assert len(resident.received()) > before
    haimen.wait_until(lambda: haimen.case(number)["replied_at"] is not None, "answered")
    assert haimen.box.stats()["refusals"] == {}


@pytest.mark.parametrize("mode", ["safe"])
@pytest.mark.parametrize("template", [TEMPLATE])
def test_after_two_days_the_template_says_how_it_stands(haimen: StoryHarness, resident: Resident) -> None:
    number = resident.report()
    haimen.box.advance_clock(49 * 3600)
    work(haimen, number)

    def find() -> bool:
        return any(one["msgtype"] == "template" and number in str(one["card"]) for one in resident.received())

    haimen.wait_until(find, "the template")
    haimen.wait_until(lambda: haimen.case(number)["replied_at"] is not None, "answered")
    resident.act("say", words="谢谢")
    whole = resident.wait_for(number, "灯泡已更换")
    assert whole["msgtype"] == "msgmenu"
    resident.act("press", words="已解决，满意")
    haimen.wait_for_status(number, "CLOSED")


AGREED = {"id": "TPL-AGREED", "fields": {"number": "character_string1", "what": "thing2", "state": "phrase3"}}


@pytest.mark.parametrize("mode", ["safe"])
@pytest.mark.parametrize("more", [{"subscription": AGREED, "hand_over": True}])
def test_who_agreed_is_notified_after_two_days_and_a_person_can_take_over(
    haimen: StoryHarness, resident: Resident
) -> None:
    number = resident.report()
    assert "同意过" in str(resident.received())
    resident.act("agree", words="TPL-AGREED")
    resident.act("say", words="我要找人工")
    resident.wait_for("会在这里答复您")
    assert [one["msgtype"] for one in resident.received()][-2:] == ["transfer_customer_service", "text"]
    haimen.wait_for_message("wrDUTY", "要找人")
    haimen.box.advance_clock(49 * 3600)
    work(haimen, number)

    def find() -> bool:
        said = resident.received()
        return any(one["msgtype"] == "subscription" and number in str(one["card"]) for one in said)

    haimen.wait_until(find, "the notice")
    resident.act("say", words="谢谢")
    assert resident.wait_for(number, "灯泡已更换")["msgtype"] == "msgmenu"


@pytest.mark.parametrize("mode", ["safe"])
def test_whoever_unsubscribes_is_written_to_no_more(haimen: StoryHarness, resident: Resident) -> None:
    number = resident.report()
    before = len(resident.received())
    resident.act("unsubscribe")
    work(haimen, number)
    haimen.wait_for_message("wrDUTY", number, "未能送达报事人")
    assert len(resident.received()) == before
