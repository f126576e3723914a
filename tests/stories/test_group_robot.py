"""A tenant with the callback of the group robot: let in, told whose the group is, reported to, put out."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.demo import build_channels, prepare_database
from models.database import Database
from models.organisation import Account, Chat, Person
from sandbox.loading import load_world
from sandbox.server import SandboxServer
from sandbox.world import Group, GroupRobot, Member
from tests.stories.town import WORLD, StoryHarness, build_settings, make_photo, serve_gridbot

KEY, GROUP = "robot-key", "wrNEW"
SECRETS: dict[str, Any] = {"token": "ROBOTtoken01", "aes_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}


@pytest.fixture
def form() -> str:
    return "xml"


@pytest.fixture
def haimen(sqlite_database: Database, tmp_path: Path, form: str) -> Iterator[StoryHarness]:
    world = load_world(WORLD)
    world.members["newcomer"] = Member("newcomer", "新来的人")
    world.groups[GROUP] = Group(GROUP, "新网格群", ["duty1", "cg1", "zhangsf", "newcomer"], [])
    robot = world.robots[KEY] = GroupRobot(KEY, "网格助手", **SECRETS, chats=[])
    with SandboxServer(world) as box:
        channel = {"kind": "group_robot", "bot_name": "网格助手", "key": KEY, "api_base": box.url, **SECRETS}
        channels = {**build_channels(box), "robot": channel}
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)

        def clock() -> datetime:
            return datetime.fromtimestamp(box.tenant.clock.now(), UTC)

        with serve_gridbot(settings, clock) as url, closing(StoryHarness(box, url, clock)) as people:
            query = "?robot_callback_format=json" if form == "json" else ""
            robot.callback_url = f"{url}/callback/robot{query}"
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield people


def act(haimen: StoryHarness, do: str, user: str, words: str = "", chat: str = GROUP, **more: Any) -> None:
    haimen.box.post("robots", robot=KEY, do=do, user=user, words=words, chat=chat, **more)


def find_name(database: Database) -> tuple[str, str]:
    """What the group is called, and who the newcomer is."""
    with database.read() as session:
        chat = session.scalar(select(Chat.name).where(Chat.chat_id == GROUP))
        person = session.scalar(select(Person.name).join(Account).where(Account.user_id == "newcomer"))
        return chat or "", person or ""


def test_let_in_told_whose_it_is_reported_to_and_put_out(
    haimen: StoryHarness, sqlite_database: Database
) -> None:
    act(haimen, "join", "duty1")
    haimen.wait_for_message(GROUP, "大家好，我是网格助手", "/绑定")
    haimen.wait_until(lambda: find_name(sqlite_database) == ("新网格群", "新来的人"), "names")
    act(haimen, "say", "duty1", "/绑定 城管局 处置")
    haimen.wait_for_message(GROUP, "城管局")
    act(haimen, "say", "zhangsf", "长江路88号有建筑垃圾", photos=[make_photo()])
    receipt = haimen.wait_for_message(GROUP, "已收到")
    number = haimen.cases()[0]["number"]
    assert receipt["msgtype"] == "markdown"
    haimen.wait_until(lambda: len(haimen.case(number)["photos"]) == 1, "the photo")
    haimen.say("wrDUTY", "duty1", f"/交办 {number[-4:]} 城管局")
    haimen.wait_for_status(number, "DISPATCHED")
    haimen.wait_until(lambda: "签收" in list_buttons(haimen), "the card")
    haimen.wait_until(lambda: ["cg1"] in [one["mentions"] for one in haimen.box.messages(GROUP)], "a ring")
    act(haimen, "press", "cg1", "签收")
    haimen.wait_for_status(number, "IN_PROGRESS")
    act(haimen, "leave", "duty1")
    haimen.wait_for_message("wrDUTY", "机器人被移出了", "重新拉它进群")
    assert haimen.box.stats()["callback_failures"] == []


def list_buttons(haimen: StoryHarness) -> list[str]:
    return [
        action["text"]
        for message in haimen.box.messages(GROUP)
        for attachment in message["attachments"]
        for action in attachment["actions"]
    ]


@pytest.mark.parametrize("form", ["json"])
def test_alone_with_the_robot_which_hears_json(haimen: StoryHarness) -> None:
    act(haimen, "enter", "zhangsf", chat="")
    act(haimen, "say", "zhangsf", "/我的", chat="")
    haimen.wait_for_message(f"{KEY}/zhangsf", "没有")
