"""The AI bot by URL callback, with the platform's part played by the same known key."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.aibot.callback import MAX_BODY, AibotCallback
from bot.channels.aibot.settings import AibotSettings
from bot.channels.base import (
    Delivered,
    Envelope,
    Handle,
    OpenRequest,
    OutcomeUnknown,
    RefusedInput,
    RequestAnswer,
    RetryLater,
    RouteRefused,
)
from bot.channels.crypto import CallbackCrypto
from bot.channels.http import new_client
from models.account_ids import WECOM
from models.messages import (
    Card,
    CardPush,
    CardUpdatePush,
    Incoming,
    IncomingKind,
    PhotoPush,
    PushBody,
    TextPush,
)
from tests.bot.channels.conftest import delivery
from tests.bot.channels.http_server import Answer, FakePlatform, errcode_answer
from tests.bot.channels.vectors import KEY, V3, V4

pytestmark = pytest.mark.anyio

NOW = datetime.fromtimestamp(int(V3.timestamp), UTC)
QUERY = {"msg_signature": V3.signature, "timestamp": V3.timestamp, "nonce": V3.nonce}
BODY = json.dumps({"encrypt": V3.encrypt}).encode()
PLATFORM = CallbackCrypto(V3.token, KEY)
CARD = Card("CASE-1-v3", "已受理")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def callback(clock: Clock) -> AsyncIterator[AibotCallback]:
    settings = {"kind": "aibot", "mode": "callback", "bot_id": "AIBOTID", "bot_name": "网格助手"}
    channel = AibotSettings.model_validate({**settings, "token": V3.token, "aes_key": KEY})
    async with new_client(timeout=2.0) as client:
        yield AibotCallback("gridcb", channel, base_url="https://grid.example", client=client, clock=clock)


def call(text: str, *, timestamp: int = int(V3.timestamp)) -> tuple[dict[str, str], bytes]:
    sealed = PLATFORM.seal(text, timestamp=timestamp, nonce="n-1")
    query = {"msg_signature": sealed.signature, "timestamp": str(timestamp), "nonce": "n-1"}
    return query, json.dumps({"encrypt": sealed.encrypt}).encode()


async def test_the_known_callback_opens(callback: AibotCallback) -> None:
    envelope = callback.open(QUERY, BODY)
    assert (envelope.message_id, envelope.chat_id, envelope.sender) == ("MSG-0001", "wrGROUP-Aa1", "zhangsan")
    assert callback.read(envelope.raw).text == "3栋楼道灯坏了"


@pytest.mark.parametrize("other", ["AIB2", "", None, ["AIBOTID"], "aibotid"])
async def test_a_signed_payload_for_another_bot_is_refused(callback: AibotCallback, other: object) -> None:
    text = json.dumps({"msgid": "M", "aibotid": other, "from": {"userid": "u"}, "msgtype": "text"})
    with pytest.raises(RefusedInput, match="other_bot") as refused:
        callback.open(*call(text))
    assert refused.value.status == 403


async def test_the_response_url_is_a_way_to_answer(callback: AibotCallback) -> None:
    text = '{"msgid":"M","from":{"userid":"u"},"response_url":"https://x/r","msgtype":"text"}'
    assert callback.open(*call(text)).handle == {"response_url": "https://x/r"}


async def test_the_address_is_verified_by_its_echo(callback: AibotCallback) -> None:
    sealed = PLATFORM.seal("1616140317555161061", timestamp=1, nonce="n")
    query = {"msg_signature": sealed.signature, "timestamp": "1", "nonce": "n", "echostr": sealed.encrypt}
    assert callback.verify(query) == "1616140317555161061"
    assert callback.verify({**query, "echostr": sealed.encrypt.replace("+", " ")}) == "1616140317555161061"


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ({}, BODY, 403),
        ({**QUERY, "msg_signature": "0" * 40}, BODY, 403),
        ({**QUERY, "timestamp": "1767225601"}, BODY, 403),
        (QUERY, b"", 400),
        (QUERY, b"not json", 400),
        (QUERY, b"[]", 400),
        (QUERY, b"[" * 10_000, 400),
        (QUERY, b"\xff\xfe", 400),
        (QUERY, b'{"encrypt":7}', 400),
        (QUERY, b'{"encrypt":"\\ud800"}', 403),
        (QUERY, b"x" * (MAX_BODY + 1), 413),
    ],
)
async def test_what_is_not_authentic_is_refused(
    callback: AibotCallback, query: dict[str, str], body: bytes, status: int
) -> None:
    with pytest.raises(RefusedInput) as refused:
        callback.open(query, body)
    assert refused.value.status == status


async def test_an_authentic_payload_that_is_no_json_is_refused(callback: AibotCallback) -> None:
    with pytest.raises(RefusedInput) as refused:
        callback.open(*call("<xml/>"))
    assert (refused.value.status, refused.value.code) == (400, -40002)


@pytest.mark.parametrize("away", [timedelta(minutes=11), timedelta(minutes=-11)])
async def test_an_old_callback_is_refused(callback: AibotCallback, clock: Clock, away: timedelta) -> None:
    clock.now = NOW + away
    with pytest.raises(RefusedInput) as refused:
        callback.open(QUERY, BODY)
    assert refused.value.slug == "replayed"


async def test_a_callback_within_the_window_is_taken(callback: AibotCallback, clock: Clock) -> None:
    clock.now = NOW + timedelta(minutes=9)
    assert isinstance(callback.open(QUERY, BODY), Envelope)


def asked(kind: IncomingKind = IncomingKind.MESSAGE) -> OpenRequest:
    """The known callback, while its request waits."""
    incoming = Incoming("gridcb", "M", "wrA", False, "u", provider=WECOM, bot_name="网格助手", kind=kind)
    return OpenRequest({"nonce": V3.nonce}, Envelope("M", "wrA", "u", "{}"), incoming)


def opened(answer: RequestAnswer) -> Any:
    assert answer.media_type == "application/json"
    data = json.loads(answer.content)
    assert (data["nonce"], data["timestamp"]) == ("nonce01", int(V3.timestamp))
    text = PLATFORM.open(
        data["encrypt"], signature=data["msgsignature"], timestamp=V3.timestamp, nonce="nonce01"
    )
    return json.loads(text)


async def test_words_answer_as_a_finished_stream(callback: AibotCallback) -> None:
    answer = opened(callback.build_reply(TextPush("已登记：WG-2026-0001"), asked()))
    expected = json.loads(V4.plain)
    expected["stream"]["id"] = answer["stream"]["id"]
    assert answer == expected


async def test_a_card_answers_as_a_card(callback: AibotCallback) -> None:
    answer = opened(callback.build_reply(CardPush(CARD), asked()))
    assert (answer["msgtype"], answer["template_card"]["task_id"]) == ("template_card", "CASE-1-v3")


async def test_a_press_is_answered_by_its_card(callback: AibotCallback) -> None:
    push = CardUpdatePush("E-2", CARD)
    answer = opened(callback.build_reply(push, asked(IncomingKind.CLICK)))
    assert answer["response_type"] == "update_template_card"
    assert answer["template_card"]["card_action"]["url"] == "https://grid.example"


async def test_a_welcome_is_plain_text(callback: AibotCallback) -> None:
    answer = opened(callback.build_reply(TextPush("**您好**"), asked(IncomingKind.ENTER)))
    assert answer == {"msgtype": "text", "text": {"content": "您好"}}


@pytest.mark.parametrize(
    ("push", "kind"),
    [
        (PhotoPush(1), IncomingKind.MESSAGE),
        (CardUpdatePush("E", CARD), IncomingKind.MESSAGE),
        (TextPush("x"), IncomingKind.CLICK),
        (TextPush("x"), IncomingKind.IGNORED),
    ],
)
async def test_what_is_no_answer_is_told_beforehand(
    callback: AibotCallback, push: PushBody, kind: IncomingKind
) -> None:
    assert not callback.can_reply(push, asked(kind))
    with pytest.raises(ValueError):
        callback.build_reply(push, asked(kind))


async def test_a_later_word_uses_up_the_response_url(callback: AibotCallback, platform: FakePlatform) -> None:
    url = Handle(9, "response_url", platform.url + "/r")
    assert await callback.send(delivery(TextPush("已派单"), handles=(url,))) == Delivered(used_handle=9)
    assert platform.requests[0].json == {"msgtype": "markdown", "markdown": {"content": "已派单"}}


async def test_a_card_may_take_the_response_url_too(callback: AibotCallback, platform: FakePlatform) -> None:
    url = Handle(9, "response_url", platform.url + "/r")
    assert await callback.send(delivery(CardPush(CARD), handles=(url,))) == Delivered(used_handle=9)
    assert platform.requests[0].json["msgtype"] == "template_card"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (errcode_answer(40001), RetryLater("errcode_40001", after=0.5, used_handle=9)),
        (Answer(status=404), RetryLater("response_url_failed", after=0.5, used_handle=9)),
        (Answer(drop=True), OutcomeUnknown("connection_lost")),
    ],
)
async def test_a_failed_response_url_is_spent_and_only_that(
    callback: AibotCallback, platform: FakePlatform, answer: Answer, outcome: object
) -> None:
    platform.script = [answer]
    url = Handle(9, "response_url", platform.url)
    assert await callback.send(delivery(TextPush("x"), handles=(url,))) == outcome


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=500), "http_500"),
        (Answer(b"<html>"), "answer_not_json"),
        (errcode_answer(-1), "errcode_-1"),
    ],
)
async def test_a_platform_that_takes_nothing_spends_no_response_url(
    callback: AibotCallback, platform: FakePlatform, answer: Answer, reason: str
) -> None:
    platform.script = [answer]
    url = Handle(9, "response_url", platform.url)
    said = await callback.send(delivery(TextPush("x"), handles=(url,)))
    assert said == RetryLater(reason, outage=True)


async def test_a_call_that_never_left_is_tried_again(callback: AibotCallback) -> None:
    url = Handle(9, "response_url", "http://127.0.0.1:9/r")
    assert await callback.send(delivery(TextPush("x"), handles=(url,))) == RetryLater(
        "connect_failed", outage=True
    )


async def test_without_a_response_url_nothing_can_be_said(callback: AibotCallback) -> None:
    push = delivery(TextPush("x"), handles=(Handle(1, "req_id", "SRV"),))
    assert not callback.can_send(push)
    assert await callback.send(push) == RouteRefused("no_response_url")
