"""The callback door of an official account, with wechatpy's crypto and parser on the platform's side."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.channels.base import OpenRequest, RefusedInput
from bot.channels.official_account.channel import OfficialAccount
from models.database import Database
from models.messages import (
    Button,
    Card,
    CardPush,
    HandOverOrder,
    HandOverPush,
    PhotoPush,
    PushBody,
    TextPush,
)
from tests.bot.channels.official_account.samples import (
    ACCOUNT,
    APP_ID,
    OPENID,
    SENT,
    TOKEN,
    event,
    open_channel,
    text,
)
from tests.bot.channels.vectors import KEY

pytestmark = pytest.mark.anyio
STAMP = str(int(SENT.timestamp()))
SAID = text("路灯不亮👍")
NOTICE = Card("t-1", "长江路积存渣土", body="已交城管局办理。", facts=(("number", "WG260330-0001"),))


@pytest.fixture
async def account(sqlite_database: Database) -> AsyncIterator[OfficialAccount]:
    async with open_channel(sqlite_database) as channel:
        yield channel


@pytest.fixture
async def plain(sqlite_database: Database) -> AsyncIterator[OfficialAccount]:
    async with open_channel(sqlite_database, mode="plain") as channel:
        yield channel


def sign(stamp: str = STAMP, *, token: str = TOKEN) -> dict[str, str]:
    """The query of a plain callback, signed by wechatpy."""
    signer = WeChatSigner()
    signer.add_data(token, stamp, "n1")
    return {"signature": signer.signature, "timestamp": stamp, "nonce": "n1", "openid": OPENID}


def seal(xml: str, *, app_id: str = APP_ID, stamp: str = STAMP) -> tuple[dict[str, str], bytes]:
    """Query and body of the POST in safe mode, as wechatpy encrypts it."""
    sealed = xmltodict.parse(WeChatCrypto(TOKEN, KEY, app_id).encrypt_message(xml, "n1", stamp))["xml"]
    query = sign(stamp) | {"encrypt_type": "aes", "msg_signature": sealed["MsgSignature"]}
    body = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt><![CDATA[{sealed['Encrypt']}]]></Encrypt></xml>"
    return query, body.encode()


async def test_the_address_is_verified_by_its_echo(account: OfficialAccount) -> None:
    assert account.verify(sign() | {"echostr": "1616140317555161061"}) == "1616140317555161061"
    with pytest.raises(RefusedInput, match="signature_mismatch"):
        account.verify(sign(token="other") | {"echostr": "1"})
    with pytest.raises(RefusedInput, match="signature_mismatch"):
        account.verify({"echostr": "1"})


async def test_what_wechatpy_encrypts_is_opened(account: OfficialAccount) -> None:
    envelope = account.open(*seal(SAID))
    assert (envelope.sender, envelope.message_id) == (OPENID, "24812345678901234")
    assert account.read(envelope.raw).text == "路灯不亮👍"


async def test_an_account_in_compatible_mode_is_read_by_its_cipher(sqlite_database: Database) -> None:
    query, body = seal(SAID)
    forged = body.replace(b"<Encrypt>", b"<Content>x</Content><MsgType>text</MsgType><Encrypt>")
    async with open_channel(sqlite_database, mode="compatible") as account:
        assert account.read(account.open(query, forged).raw).text == "路灯不亮👍"
        with pytest.raises(RefusedInput):
            account.open(sign(), SAID.encode())


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (sign(), SAID.encode()),
        (seal(SAID)[0] | {"msg_signature": "0" * 40}, seal(SAID)[1]),
        (seal(SAID, app_id="wxother")[0], seal(SAID, app_id="wxother")[1]),
        (seal(SAID)[0], b"<xml></xml>"),
        (seal(SAID)[0], b"\xff\xfe"),
        ({}, b""),
    ],
)
async def test_what_is_not_authentic_is_refused(
    account: OfficialAccount, query: dict[str, str], body: bytes
) -> None:
    with pytest.raises(RefusedInput):
        account.open(query, body)


async def test_a_replayed_call_is_refused(account: OfficialAccount, plain: OfficialAccount) -> None:
    old = str(int((SENT - timedelta(minutes=11)).timestamp()))
    with pytest.raises(RefusedInput, match="replayed"):
        account.open(*seal(SAID, stamp=old))
    with pytest.raises(RefusedInput, match="replayed"):
        plain.open(sign(old), SAID.encode())


async def test_plain_mode_takes_what_is_signed_and_what_is_encrypted(plain: OfficialAccount) -> None:
    assert plain.read(plain.open(sign(), SAID.encode()).raw).text == "路灯不亮👍"
    assert plain.read(plain.open(*seal(SAID)).raw).text == "路灯不亮👍"
    with pytest.raises(RefusedInput, match="signature_mismatch"):
        plain.open(sign(token="other"), SAID.encode())
    with pytest.raises(RefusedInput, match="malformed"):
        plain.open(sign(), b"\xff\xfe")


def ask(account: OfficialAccount, query: dict[str, str], body: bytes) -> OpenRequest:
    envelope = account.open(query, body)
    return OpenRequest(query, envelope, account.read(envelope.raw))


@pytest.mark.parametrize("push", [TextPush("**已收到**]]>"), CardPush(NOTICE)])
async def test_the_answer_is_what_wechatpy_decrypts(account: OfficialAccount, push: PushBody) -> None:
    request = ask(account, *seal(SAID))
    assert account.can_reply(push, request)
    answer = account.build_reply(push, request)
    sealed = xmltodict.parse(answer.content)["xml"]
    crypto = WeChatCrypto(TOKEN, KEY, APP_ID)
    opened = crypto.decrypt_message(
        answer.content.decode(), sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"]
    )
    said = xmltodict.parse(opened)["xml"]
    assert (said["ToUserName"], said["FromUserName"], said["MsgType"]) == (OPENID, ACCOUNT, "text")
    assert said["Content"] == ("已收到]]>" if isinstance(push, TextPush) else "已交城管局办理。")
    assert said["CreateTime"] == STAMP


async def test_the_answer_to_a_plain_message_is_plain(plain: OfficialAccount) -> None:
    answer = plain.build_reply(TextPush("已收到"), ask(plain, sign(), SAID.encode()))
    assert xmltodict.parse(answer.content)["xml"]["Content"] == "已收到"
    assert answer.media_type == "application/xml"


RATING = Card("t", "评价", buttons=(Button("已解决", "rate:x:solved"),))


@pytest.mark.parametrize("push", [TextPush(""), TextPush("路" * 700), CardPush(RATING), PhotoPush(1)])
async def test_what_is_no_short_words_does_not_ride_on_the_request(
    account: OfficialAccount, push: PushBody
) -> None:
    request = ask(account, *seal(SAID))
    assert not account.can_reply(push, request)
    with pytest.raises(ValueError, match="does not answer"):
        account.build_reply(push, request)


async def test_who_wants_a_person_is_handed_over_in_the_answer(
    account: OfficialAccount, sqlite_database: Database
) -> None:
    assert not account.can_reply(HandOverPush(), ask(account, *seal(SAID)))
    assert account.declaration.capabilities.hand_over is None
    async with open_channel(sqlite_database, mode="plain", hand_over=True) as handing:
        assert handing.declaration.capabilities.hand_over is HandOverOrder.FIRST
        request = ask(handing, sign(), SAID.encode())
        assert handing.can_reply(HandOverPush(), request)
        said = xmltodict.parse(handing.build_reply(HandOverPush(), request).content)["xml"]
    assert said == {
        "ToUserName": OPENID, "FromUserName": ACCOUNT, "CreateTime": STAMP,
        "MsgType": "transfer_customer_service",
    }  # fmt: skip


async def test_nobody_is_answered_who_left(account: OfficialAccount) -> None:
    assert not account.can_reply(TextPush("x"), ask(account, *seal(event("unsubscribe"))))
    assert account.can_reply(TextPush("x"), ask(account, *seal(event("subscribe"))))
