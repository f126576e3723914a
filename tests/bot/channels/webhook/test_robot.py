"""What a group robot hears and says: the examples of the protocol sheet, and the calls that leave."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import Delivered, RefusedInput, RouteRefused
from bot.channels.crypto import CallbackCrypto
from bot.channels.webhook.robot import GroupRobot
from models.database import Database
from models.messages import Button, Card, CardPush, IncomingKind, PartKind, TextPush
from tests.bot.channels.conftest import delivery, open_host
from tests.bot.channels.http_server import FakePlatform, Request, errcode_answer, fake_platform
from tests.bot.channels.vectors import KEY
from tests.bot.channels.webhook.samples import HEAD, MIXED, TEXT, build_settings

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    with fake_platform() as fake:
        yield fake


@pytest.fixture
async def robot(sqlite_database: Database, platform: FakePlatform) -> AsyncIterator[GroupRobot]:
    async with open_host(sqlite_database, lambda: NOW) as host:
        yield GroupRobot("robot", build_settings(api_base=platform.url), host)


async def test_a_mention_in_a_group_is_read_without_the_mention(robot: GroupRobot) -> None:
    heard = robot.read(TEXT)
    assert (heard.text, heard.sender, heard.chat_id, heard.direct) == (
        "路灯不亮", "zhangsan", "wrkAAAbbb", False,
    )  # fmt: skip


async def test_words_and_a_photo_in_json(robot: GroupRobot) -> None:
    heard = robot.read(json.dumps(MIXED))
    assert [part.kind for part in heard.parts] == [PartKind.TEXT, PartKind.PHOTO]
    assert heard.parts[1].media is not None
    assert heard.parts[1].media.url == "https://p.qpic.cn/x/0"
    assert heard.parts[1].media.aeskey is None


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("add_to_chat", IncomingKind.ENTER),
        ("delete_from_chat", IncomingKind.LEFT),
        ("x", IncomingKind.IGNORED),
    ],
)
async def test_joining_and_leaving(robot: GroupRobot, event: str, kind: IncomingKind) -> None:
    said = {**HEAD, "msgtype": "event", "event": {"event_type": event}}
    assert robot.read(json.dumps(said)).kind is kind
    xml = TEXT.replace("<MsgType>text</MsgType>", "<MsgType>event</MsgType>").replace(
        "<Text><Content><![CDATA[@网格助手 路灯不亮]]></Content></Text>",
        f"<Event><EventType>{event}</EventType></Event>",
    )
    assert robot.read(xml).kind is kind


async def test_a_press(robot: GroupRobot) -> None:
    pressed = {"callbackid": "case-1", "actions": [{"name": "accept", "value": "CASE-1", "type": "button"}]}
    heard = robot.read(json.dumps({**HEAD, "msgtype": "attachment", "attachment": pressed}))
    assert heard.click is not None
    assert (heard.click.task_id, heard.click.key) == ("case-1", "CASE-1")


async def test_alone_the_chat_is_the_person(robot: GroupRobot) -> None:
    heard = robot.read(json.dumps({**MIXED, "chattype": "single", "chatid": "whatever"}))
    assert (heard.chat_id, heard.direct) == ("zhangsan", True)


async def test_only_what_is_authentic_is_opened(robot: GroupRobot) -> None:
    sealed = CallbackCrypto("T", KEY).seal(json.dumps(MIXED), timestamp=int(NOW.timestamp()), nonce="n")
    query = {"msg_signature": sealed.signature, "timestamp": str(sealed.timestamp), "nonce": "n"}
    body = json.dumps({"encrypt": sealed.encrypt}).encode()
    envelope = robot.open(query, body)
    assert (envelope.message_id, envelope.chat_id, envelope.sender) == ("abc2", "wrkAAAbbb", "zhangsan")
    with pytest.raises(RefusedInput, match="signature_mismatch"):
        robot.open({**query, "msg_signature": "0" * 40}, body)


async def test_every_call_names_its_chat_and_a_card_has_its_buttons(
    robot: GroupRobot, platform: FakePlatform
) -> None:
    calls: list[Request] = []

    def answer(request: Request) -> Any:
        calls.append(request)
        return errcode_answer(0)

    platform.respond = answer
    card = Card("t-1", "待签收", buttons=(Button("签收", "sign:WG261121-0031"),))
    for body in (TextPush("请办", ("lisi",)), TextPush("已收到"), CardPush(card)):
        assert isinstance(await robot.send(delivery(body, chat_id="wrkAAAbbb")), Delivered)
    said = [json.loads(call.body) for call in calls]
    assert {one["chatid"] for one in said} == {"wrkAAAbbb"}
    assert [one["msgtype"] for one in said] == ["text", "markdown", "markdown"]
    assert said[0]["text"]["mentioned_list"] == ["lisi"]
    (attachment,) = said[2]["markdown"]["attachments"]
    assert attachment["callback_id"] == "t-1"
    assert attachment["actions"][0]["value"] == "sign:WG261121-0031"


async def test_a_group_without_the_robot_is_gone(robot: GroupRobot, platform: FakePlatform) -> None:
    platform.respond = lambda _request: errcode_answer(93000)
    assert await robot.send(delivery(TextPush("x"))) == RouteRefused("errcode_93000", chat_gone=True)
