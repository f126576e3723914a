"""The callback door of the app, with wechatpy's crypto and parser on the platform's side."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.parser import parse_message

from bot.channels.app.channel import AppChannel
from bot.channels.base import OpenRequest, RefusedInput
from bot.channels.crypto import CallbackCrypto
from bot.channels.xml_callback import MAX_BODY, XmlCallback
from models.database import Database
from models.messages import (
    Button,
    Card,
    CardPush,
    CardUpdatePush,
    FilePush,
    Option,
    PushBody,
    Select,
    TextPush,
)
from tests.bot.channels.app.samples import CORP, PRESS, SENT, TOKEN, event, message, open_channel
from tests.bot.channels.vectors import KEY, V1, V2

pytestmark = pytest.mark.anyio
STAMP = str(int(SENT.timestamp()))
SAID = message("text", "<Content><![CDATA[路灯不亮👍]]></Content>")
CARD = Card(
    "t-1", "待签收", "〔WG261121-0031〕", rows=(("位置", "长江路"),),
    buttons=(Button("签收", "sign:1"), Button("退回", "return:1", 3)),
    select=Select("unit", "单位", (Option("a", "城管"), Option("b", "住建"))),
)  # fmt: skip


@pytest.fixture
async def app(sqlite_database: Database) -> AsyncIterator[AppChannel]:
    async with open_channel(sqlite_database) as channel:
        yield channel


def seal(
    text: str, *, corp: str = CORP, stamp: str = STAMP, nonce: str = "n1"
) -> tuple[dict[str, str], bytes]:
    """As wechatpy encrypts it: query and body of the POST."""
    sealed = WeChatCrypto(TOKEN, KEY, corp).encrypt_message(text, nonce, stamp)
    encrypt = sealed.partition("<Encrypt><![CDATA[")[2].partition("]]")[0]
    signature = sealed.partition("<MsgSignature><![CDATA[")[2].partition("]]")[0]
    body = (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
        f"<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    )
    return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}, body.encode()


async def test_what_wechatpy_encrypts_is_opened(app: AppChannel) -> None:
    envelope = app.open(*seal(SAID))
    assert (envelope.sender, envelope.message_id) == ("zhangsan", "1234567890123456789")
    assert app.read(envelope.raw).text == "路灯不亮👍"


async def test_the_json_envelope_is_taken_too(app: AppChannel) -> None:
    query, body = seal(SAID)
    encrypt = body.partition(b"<Encrypt><![CDATA[")[2].partition(b"]]")[0].decode()
    assert app.open(query, f'{{"tousername":"x","encrypt":"{encrypt}","agentid":1}}'.encode()).raw == SAID


def test_the_official_samples_are_opened() -> None:
    crypto = CallbackCrypto(V1.token, V1.key, receiveid=V1.receiveid)
    door = XmlCallback(crypto, replay_window=timedelta(days=10_000), clock=lambda: SENT)
    query = {"msg_signature": V1.signature, "timestamp": V1.timestamp, "nonce": V1.nonce}
    body = f"<xml><Encrypt><![CDATA[{V1.encrypt}]]></Encrypt></xml>".encode()
    assert door.open(query, body) == V1.plain
    echo = {"msg_signature": V2.signature, "timestamp": V2.timestamp, "nonce": V2.nonce}
    assert door.verify({**echo, "echostr": V2.encrypt}) == V2.plain
    assert door.verify({**echo, "echostr": V2.encrypt.replace("+", " ")}) == V2.plain


async def test_only_the_platform_is_heard(app: AppChannel) -> None:
    query, body = seal(SAID)
    later = str(int(STAMP) + 601)
    refused = {
        "signature_mismatch": ({**query, "msg_signature": "0" * 40}, body),
        "receiveid_mismatch": seal(SAID, corp="wwEVILCORP"),
        "replayed": seal(SAID, stamp=later),
        "other_app": seal(SAID.replace("1000002", "1000003")),
        "malformed": seal("<xml><MsgType>text"),
        "too_large": (query, body + b" " * MAX_BODY),
    }
    for slug, call in refused.items():
        with pytest.raises(RefusedInput, match=slug):
            app.open(*call)


async def test_the_window_against_replays_can_be_set(sqlite_database: Database) -> None:
    async with open_channel(sqlite_database, replay_window="PT20M") as channel:
        assert channel.open(*seal(SAID, stamp=str(int(STAMP) - 1_100))).raw == SAID


@given(st.binary(max_size=300))
def test_nothing_of_a_body_is_believed_before_its_signature(body: bytes) -> None:
    door = XmlCallback(CallbackCrypto(TOKEN, KEY), replay_window=timedelta(minutes=10), clock=lambda: SENT)
    for dressed in (body, b"<xml><Encrypt>" + body + b"</Encrypt></xml>", b'{"encrypt":' + body + b"}"):
        with pytest.raises(RefusedInput):
            door.open({"msg_signature": "x", "timestamp": STAMP, "nonce": "n"}, dressed)


def open_request(app: AppChannel, xml: str) -> OpenRequest:
    query, body = seal(xml)
    envelope = app.open(query, body)
    return OpenRequest(query, envelope, app.read(envelope.raw))


def read_answer(content: bytes) -> str:
    """As wechatpy opens it."""
    text = content.decode()
    values = {
        name: text.partition(f"<{name}>")[2]
        .partition(f"</{name}>")[0]
        .removeprefix("<![CDATA[")
        .removesuffix("]]>")
        for name in ("MsgSignature", "TimeStamp", "Nonce")
    }
    crypto = WeChatCrypto(TOKEN, KEY, CORP)
    opened: str = crypto.decrypt_message(
        content, values["MsgSignature"], values["TimeStamp"], values["Nonce"]
    )
    return opened


@pytest.mark.parametrize("xml", [SAID, event("enter_agent"), event("click", "<EventKey>/帮助</EventKey>")])
async def test_words_ride_on_the_request(app: AppChannel, xml: str) -> None:
    answer = app.build_reply(TextPush("**已收到** ]]> 👍"), open_request(app, xml))
    said = parse_message(read_answer(answer.content))
    assert (said.type, said.content, said.source, said.target) == ("text", "已收到 ]]> 👍", CORP, "zhangsan")
    assert answer.media_type == "application/xml"


async def test_a_press_is_answered_by_its_card(app: AppChannel) -> None:
    answer = app.build_reply(
        CardUpdatePush("m", CARD), open_request(app, event("template_card_event", PRESS))
    )
    fields = parse_message(read_answer(answer.content))._data  # noqa: SLF001 - of a kind it has no class for
    assert fields["MsgType"] == "update_template_card"
    card = fields["TemplateCard"]
    assert (card["CardType"], card["MainTitle"]["Title"]) == ("button_interaction", "待签收")
    assert [button["Key"] for button in card["ButtonList"]] == ["sign:1", "return:1"]
    assert card["HorizontalContentList"] == {"KeyName": "位置", "Value": "长江路"}
    assert [one["Id"] for one in card["ButtonSelection"]["OptionList"]] == ["a", "b"]
    assert card["CardAction"] == {"Type": "1", "Url": "https://grid.example"}


@pytest.mark.parametrize(
    ("xml", "body"),
    [
        (SAID, CardPush(CARD)),
        (SAID, CardUpdatePush("m", CARD)),
        (SAID, TextPush("路" * 700)),
        (SAID, TextPush("")),
        (SAID, FilePush(1)),
        (event("template_card_event", PRESS), TextPush("好")),
        (event("view", "<EventKey>https://x.example</EventKey>"), TextPush("好")),
    ],
)
async def test_what_does_not_fit_the_request_goes_the_other_way(
    app: AppChannel, xml: str, body: PushBody
) -> None:
    request = open_request(app, xml)
    assert not app.can_reply(body, request)
    with pytest.raises(ValueError, match="does not answer"):
        app.build_reply(body, request)
