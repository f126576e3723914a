"""A resident of the customer service: the grid's link, a report, the answer with photos, a tap; a person between."""

import base64
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.demo import build_channels, prepare_database
from models.database import Database
from models.inbox import InboxRow
from sandbox.loading import load_world
from sandbox.server import SandboxServer
from sandbox.world import ServiceAccount
from tests.stories.town import WORLD, StoryHarness, build_settings, make_photo, serve_gridbot

APP, DESK, CUSTOMER = "1000002", "wkSANDBOX1", "wmRESIDENT1"
SECRETS = {"token": "KFtoken01", "aes_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}
CHAT = f"{DESK}/{CUSTOMER}"
GRID = "HM-HM-JF-2"


class Resident:
    """Somebody with a telephone and no WeCom."""

    def __init__(self, people: StoryHarness) -> None:
        self.people = people

    def act(self, do: str, **more: Any) -> None:
        self.people.box.post("customers", account=DESK, user=CUSTOMER, do=do, **more)

    def wait_for(self, *words: str) -> dict[str, Any]:
        return self.people.wait_for_message(CHAT, *words)

    def received(self) -> list[dict[str, Any]]:
        return [one for one in self.people.box.messages(CHAT) if one["sender"]["kind"] != "user"]

    def report(self) -> str:
        """Open the grid's link and report a lamp; the number on the receipt."""
        self.act("enter", scene=GRID)
        self.wait_for("这里是解放路网格")
        self.act("say", words="路灯不亮")
        self.wait_for("已收到")
        number: str = self.people.cases()[0]["number"]
        self.wait_for("已收到", number)
        return number


@pytest.fixture
def haimen(sqlite_database: Database, tmp_path: Path) -> Iterator[StoryHarness]:
    world = load_world(WORLD)
    service = ServiceAccount(
        DESK, "海门网格服务", APP, SECRETS["token"], SECRETS["aes_key"], servicers=["duty2"]
    )
    world.services[DESK] = service
    with SandboxServer(world) as box:
        app = box.world.apps[APP]
        settings_of_it = {
            "kind": "kf", "corp_id": app.corp_id, "secret": app.secret, "api_base": box.url,
            "hand_over": "pool", **SECRETS,
        }  # fmt: skip
        channels = {**build_channels(box), "service": settings_of_it}
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)

        def clock() -> datetime:
            return datetime.fromtimestamp(box.tenant.clock.now(), UTC)

        with serve_gridbot(settings, clock) as url:
            service.callback_url = f"{url}/callback/service"
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


def test_from_the_link_to_the_tap(haimen: StoryHarness, resident: Resident) -> None:
    assert haimen.box.post(f"services/{DESK}/verify")["ok"] is True
    resident.act("enter", scene=GRID)
    resident.wait_for("这里是解放路网格")
    resident.act("photo", file=make_photo("black"))
    resident.act("say", words="路灯不亮")
    resident.wait_for("已收到", "平台不让我再发")
    number = haimen.cases()[0]["number"]
    assert "什么地方" not in str(resident.received())
    work(haimen, number)
    answer = resident.wait_for(number, "灯泡已更换", "照片左边是处理前，右边是处理后")
    assert answer["msgtype"] == "msgmenu"
    resident.act("press", words="已解决，满意")
    haimen.wait_for_status(number, "CLOSED")
    resident.wait_for(number, "已办结", "感谢")
    said = [one["msgtype"] for one in resident.received()]
    assert said == ["text", "text", "text", "image", "msgmenu", "text"]
    assert haimen.box.stats()["refusals"] == {}
    assert haimen.box.stats()["callback_failures"] == []


def test_a_voice_and_a_place_are_a_report_and_words_rate_it(haimen: StoryHarness, resident: Resident) -> None:
    resident.act("enter")
    resident.wait_for("您好")
    amr = base64.b64encode(b"#!AMR\n" + (b"\x04" + b"\x00" * 12) * 50).decode()
    haimen.box.arm_faults(lost_calls=1)
    resident.act("voice", file=amr)
    resident.act("say", words="楼道灯坏了")
    place = {"latitude": 31.883, "longitude": 121.17, "name": "解放路15号", "address": "海门区"}
    resident.act("location", location=place)
    resident.wait_for("已收到")
    case = haimen.case(haimen.cases()[0]["number"])
    assert "楼道灯坏了" in case["text"]
    assert "解放路15号" in str(case["place"])
    work(haimen, case["number"])
    resident.wait_for(case["number"], "灯泡已更换")
    resident.act("say", words="满意")
    haimen.wait_for_status(case["number"], "CLOSED")


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


def test_fifty_who_write_at_once_are_each_heard_once(haimen: StoryHarness) -> None:
    """Fifty calls at once, to one door; the receipts go out while other pages come in."""
    people = [f"wm{number:02}" for number in range(50)]

    def write(user: str) -> None:
        haimen.box.post("customers", account=DESK, user=user, do="say", words=f"长江路{user[2:]}号路灯不亮")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, people))
    for user in people:
        haimen.wait_for_message(f"{DESK}/{user}", "已收到")
    assert set(Counter(haimen.box.service_book.fetched).values()) == {1}
    assert haimen.box.service_book.syncs < 25
    assert haimen.box.stats()["refusals"] == {}
    assert haimen.box.stats()["callback_failures"] == []


def test_a_person_answers_and_the_bot_is_silent_until_they_are_done(
    haimen: StoryHarness, resident: Resident, sqlite_database: Database
) -> None:
    def count_handled() -> int:
        handled = InboxRow.sender == CUSTOMER, InboxRow.handled_at.is_not(None)
        with sqlite_database.read() as session:
            return session.scalar(select(func.count()).where(*handled)) or 0

    number = resident.report()
    resident.act("say", words="我要找人工")
    resident.wait_for("会在这里答复您")
    session = haimen.box.service_book.open_session(haimen.box.world.services[DESK], CUSTOMER)
    haimen.wait_until(lambda: session.state == 2, "in the pool")
    resident.act("pick", words="duty2")
    resident.act("answer", words="您好，我是值班员，请讲")
    before = len(resident.received())
    resident.act("say", words="你好")
    resident.act("say", words="什么时候来修")
    haimen.wait_until(lambda: count_handled() >= 5, "heard")
    resident.act("end")
    resident.act("say", words="/我的")
    resident.wait_for("我的事件", number[-4:])
    assert len(resident.received()) == before + 1


def test_what_the_platform_could_not_deliver_is_told_to_the_desk_and_said_again(
    haimen: StoryHarness, resident: Resident
) -> None:
    number = resident.report()
    session = haimen.box.service_book.open_session(haimen.box.world.services[DESK], CUSTOMER)
    session.messages_left = 0
    work(haimen, number)
    haimen.wait_for_message("wrDUTY", number, "未能送达报事人")
    resident.act("say", words="谢谢")
    answer = resident.wait_for(number, "灯泡已更换")
    assert answer["msgtype"] == "msgmenu"
