"""The callback door of customer service, with wechatpy's crypto on the platform's side."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import xmltodict
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.base import RefusedInput
from bot.channels.kf.channel import CustomerService
from models.database import Database
from models.messages import IncomingKind
from tests.bot.channels.kf.samples import CALL, CORP, DESK, SENT, TOKEN, open_channel
from tests.bot.channels.vectors import KEY

pytestmark = pytest.mark.anyio
STAMP = str(int(SENT.timestamp()))


@pytest.fixture
async def service(sqlite_database: Database) -> AsyncIterator[CustomerService]:
    async with open_channel(sqlite_database) as channel:
        yield channel


def seal(xml: str, *, corp: str = CORP, stamp: str = STAMP) -> tuple[dict[str, str], bytes]:
    """Query and body of a POST, as wechatpy encrypts it."""
    sealed = xmltodict.parse(WeChatCrypto(TOKEN, KEY, corp).encrypt_message(xml, "n1", stamp))["xml"]
    query = {"msg_signature": sealed["MsgSignature"], "timestamp": stamp, "nonce": "n1"}
    return query, f"<xml><Encrypt><![CDATA[{sealed['Encrypt']}]]></Encrypt></xml>".encode()


async def test_a_call_is_opened_and_fetches(service: CustomerService) -> None:
    call = service.open(*seal(CALL))
    assert (call.chat_id, call.sender) == (DESK, "")
    assert list(call.handle) == ["summons"]
    assert service.read(call.raw).kind is IncomingKind.IGNORED


async def test_another_event_on_the_same_address_fetches_nothing(service: CustomerService) -> None:
    other = CALL.replace("kf_msg_or_event", "change_external_chat")
    call = service.open(*seal(other))
    assert (call.chat_id, dict(call.handle)) == ("", {})


async def test_the_address_is_verified_by_its_echo(service: CustomerService) -> None:
    crypto = WeChatCrypto(TOKEN, KEY, CORP)
    sealed = xmltodict.parse(crypto.encrypt_message("1616140317555161061", "n1", STAMP))["xml"]
    query = {
        "msg_signature": sealed["MsgSignature"], "timestamp": STAMP, "nonce": "n1", "echostr": sealed["Encrypt"],
    }  # fmt: skip
    assert service.verify(query) == "1616140317555161061"
    with pytest.raises(RefusedInput, match="signature_mismatch"):
        service.verify(query | {"msg_signature": "0" * 40})


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (seal(CALL, corp="wwother")[0], seal(CALL, corp="wwother")[1]),
        (seal(CALL)[0] | {"msg_signature": "0" * 40}, seal(CALL)[1]),
        (seal(CALL)[0], b"<xml></xml>"),
        ({}, b""),
        seal(CALL, stamp=str(int((SENT - timedelta(minutes=11)).timestamp()))),
    ],
)
async def test_what_is_not_authentic_or_old_is_refused(
    service: CustomerService, query: dict[str, str], body: bytes
) -> None:
    with pytest.raises(RefusedInput):
        service.open(query, body)
