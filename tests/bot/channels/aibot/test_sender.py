"""What is said over the long connection, and which way it takes when the plain one is refused."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.channels.aibot.payload import WELCOME_PREFIX
from bot.channels.base import (
    CredentialsRefused,
    Delivered,
    Handle,
    Outcome,
    OutcomeUnknown,
    RetryLater,
    RouteRefused,
    StoredFile,
)
from models.messages import Button, Card, CardPush, CardUpdatePush, FilePush, PhotoPush, PushBody, TextPush
from tests.bot.channels.bots import RunningBot, run_bot
from tests.bot.channels.conftest import delivery
from tests.bot.channels.gateway import FakeGateway, fake_gateway
from tests.bot.channels.http_server import FakePlatform, errcode_answer

pytestmark = pytest.mark.anyio

MESSAGE = Handle(7, "req_id", "SRV-7")
PRESS = Handle(8, "req_id", "SRV-8", event=True)
CARD = Card("CASE-1-v3", "WG261121-0031 待签收", body="路灯不亮", buttons=(Button("签收", "sign:1"),))


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with fake_gateway() as running:
        yield running


@pytest.fixture
async def running(gateway: FakeGateway) -> AsyncIterator[RunningBot]:
    async with run_bot(gateway.url) as started:
        await started.wait_until_ready()
        yield started


async def say(running: RunningBot, body: PushBody, **options: Any) -> Outcome:
    return await running.bot.send(delivery(body, **options))


async def test_words_go_to_the_group_as_markdown(running: RunningBot, gateway: FakeGateway) -> None:
    assert await say(running, TextPush("**已派单**")) == Delivered()
    (frame,) = gateway.frames_of("aibot_send_msg")
    assert frame["body"] == {
        "chatid": "wrCHAT",
        "chat_type": 2,
        "msgtype": "markdown",
        "markdown": {"content": "**已派单**"},
    }


async def test_a_person_is_written_to_directly(running: RunningBot, gateway: FakeGateway) -> None:
    await say(running, TextPush("已登记"), chat_id="lisi", direct=True)
    body = gateway.frames_of("aibot_send_msg")[0]["body"]
    assert (body["chatid"], body["chat_type"]) == ("lisi", 1)


async def test_a_card_keeps_its_buttons(running: RunningBot, gateway: FakeGateway) -> None:
    assert await say(running, CardPush(CARD)) == Delivered()
    card = gateway.frames_of("aibot_send_msg")[0]["body"]["template_card"]
    assert (card["card_type"], card["task_id"]) == ("button_interaction", "CASE-1-v3")


async def test_a_photo_is_uploaded_in_serial_chunks(
    running: RunningBot, gateway: FakeGateway, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(range(256)) * 4096)
    file = StoredFile(path, "a.jpg", "image/jpeg")
    assert await say(running, PhotoPush(1, "处理后"), file=file) == Delivered()
    chunks = [frame["body"] for frame in gateway.frames_of("aibot_upload_media_chunk")]
    assert [chunk["chunk_index"] for chunk in chunks] == [0, 1]
    assert b"".join(base64.b64decode(chunk["base64_data"]) for chunk in chunks) == path.read_bytes()
    init = gateway.frames_of("aibot_upload_media_init")[0]["body"]
    md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    assert (init["md5"], init["total_size"], init["total_chunks"]) == (md5, 1024 * 1024, 2)
    kinds = [frame["body"]["msgtype"] for frame in gateway.frames_of("aibot_send_msg")]
    assert kinds == ["markdown", "image"]


async def test_a_photo_of_too_many_bytes_is_made_smaller(
    running: RunningBot, gateway: FakeGateway, tmp_path: Path
) -> None:
    path = tmp_path / "long.jpg"
    Image.effect_noise((1000, 12_000), 120).convert("RGB").save(path, "JPEG", quality=100)
    assert path.stat().st_size > 10 * 1024**2
    assert await say(running, PhotoPush(1), file=StoredFile(path, "long.jpg", "image/jpeg")) == Delivered()
    init = gateway.frames_of("aibot_upload_media_init")[0]["body"]
    assert init["total_size"] <= 10 * 1024**2


async def test_the_same_photo_is_uploaded_once(
    running: RunningBot, gateway: FakeGateway, photo: StoredFile
) -> None:
    for chat in ("wrA", "wrB"):
        await say(running, PhotoPush(1), file=photo, chat_id=chat)
    assert len(gateway.frames_of("aibot_upload_media_init")) == 1
    assert len(gateway.frames_of("aibot_send_msg")) == 2


async def test_an_expired_upload_is_made_anew(
    running: RunningBot, gateway: FakeGateway, photo: StoredFile
) -> None:
    gateway.codes["aibot_send_msg"] = [40007]
    assert await say(running, PhotoPush(1), file=photo) == RetryLater("errcode_40007", after=1.0)
    assert await say(running, PhotoPush(1), file=photo) == Delivered()
    assert len(gateway.frames_of("aibot_upload_media_init")) == 2


async def test_an_upload_nobody_answers_may_be_repeated(
    running: RunningBot, gateway: FakeGateway, photo: StoredFile
) -> None:
    gateway.silent = {"aibot_upload_media_finish"}
    assert await say(running, PhotoPush(1), file=photo) == RetryLater("upload_timeout", outage=True)


async def test_a_file_goes_as_a_file(running: RunningBot, gateway: FakeGateway, photo: StoredFile) -> None:
    await say(running, FilePush(1), file=photo)
    body = gateway.frames_of("aibot_send_msg")[0]["body"]
    assert body["file"] == {"media_id": "MID"}


async def test_a_pressed_card_is_updated_by_its_press(running: RunningBot, gateway: FakeGateway) -> None:
    push = CardUpdatePush("E-2", Card("CASE-1-v3", "张三已签收"))
    assert await say(running, push, handles=(PRESS,)) == Delivered(used_handle=8)
    (frame,) = gateway.frames_of("aibot_respond_update_msg")
    assert frame["headers"] == {"req_id": "SRV-8"}
    assert frame["body"]["response_type"] == "update_template_card"
    assert frame["body"]["template_card"]["card_action"] == {"type": 1, "url": "https://grid.example"}


@pytest.mark.parametrize("code", [846604, 846605])
async def test_a_press_too_long_ago_updates_nothing(
    running: RunningBot, gateway: FakeGateway, code: int
) -> None:
    gateway.codes["aibot_respond_update_msg"] = [code]
    push = CardUpdatePush("E-2", CARD)
    assert await say(running, push, handles=(PRESS,)) == RouteRefused("card_window_over")


async def test_without_a_press_no_card_is_updated(running: RunningBot) -> None:
    assert await say(running, CardUpdatePush("E-2", CARD), handles=(MESSAGE,)) == RouteRefused(
        "card_window_over"
    )


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (45009, RetryLater("errcode_45009", after=60.0, uncounted=True)),
        (-1, RetryLater("errcode_-1", outage=True)),
        (6000, RetryLater("errcode_6000", outage=True)),
        (846601, RetryLater("errcode_846601", outage=True)),
        (846602, RetryLater("errcode_846602", outage=True)),
        (40001, CredentialsRefused("errcode_40001")),
        (850001, CredentialsRefused("errcode_850001")),
        (93006, RouteRefused("errcode_93006", chat_gone=True)),
        (600039, RouteRefused("errcode_600039")),
        (40008, RouteRefused("errcode_40008")),
        (42045, RouteRefused("errcode_42045")),
    ],
)
async def test_every_error_number_has_its_outcome(
    running: RunningBot, gateway: FakeGateway, code: int, outcome: Outcome
) -> None:
    gateway.codes["aibot_send_msg"] = [code]
    assert await say(running, TextPush("x")) == outcome


async def test_no_acknowledgement_is_neither_sent_nor_not(running: RunningBot, gateway: FakeGateway) -> None:
    gateway.silent = {"aibot_send_msg"}
    assert await say(running, TextPush("x")) == OutcomeUnknown("ack_timeout")


async def test_a_connection_lost_while_waiting_is_unknown(running: RunningBot, gateway: FakeGateway) -> None:
    gateway.silent = {"aibot_send_msg"}
    sending = asyncio.create_task(say(running, TextPush("x")))
    await gateway.wait_for("aibot_send_msg")
    await gateway.connections[-1].close()
    assert await sending == OutcomeUnknown("ack_timeout")


async def test_a_refused_card_becomes_an_answer_in_words(running: RunningBot, gateway: FakeGateway) -> None:
    gateway.codes["aibot_send_msg"] = [600039]
    assert await say(running, CardPush(CARD), handles=(PRESS, MESSAGE)) == Delivered()
    (frame,) = gateway.frames_of("aibot_respond_msg")
    assert frame["headers"] == {"req_id": "SRV-7"}
    assert frame["body"]["markdown"] == {"content": "**WG261121-0031 待签收**\n路灯不亮"}


async def test_the_response_url_is_the_last_way_and_used_once(
    running: RunningBot, gateway: FakeGateway, platform: FakePlatform
) -> None:
    gateway.codes["aibot_send_msg"] = [93006]
    gateway.codes["aibot_respond_msg"] = [846605]
    url = Handle(9, "response_url", platform.url + "/response?response_code=RC1")
    assert await say(running, TextPush("已派单"), handles=(MESSAGE, url)) == Delivered(used_handle=9)
    assert platform.requests[0].json == {"msgtype": "markdown", "markdown": {"content": "已派单"}}


async def test_when_every_way_is_refused_the_first_refusal_counts(
    running: RunningBot, gateway: FakeGateway, platform: FakePlatform
) -> None:
    gateway.codes["aibot_send_msg"] = [93006]
    gateway.codes["aibot_respond_msg"] = [846605]
    platform.script = [errcode_answer(40001)]
    url = Handle(9, "response_url", platform.url)
    outcome = await say(running, TextPush("x"), handles=(MESSAGE, url))
    assert outcome == RouteRefused("errcode_93006", chat_gone=True)


async def test_who_opens_the_chat_is_welcomed(running: RunningBot, gateway: FakeGateway) -> None:
    welcome = Handle(5, "req_id", WELCOME_PREFIX + "SRV-5", event=True)
    outcome = await say(running, TextPush("**您好**"), chat_id="lisi", direct=True, handles=(welcome,))
    assert outcome == Delivered(used_handle=5)
    (frame,) = gateway.frames_of("aibot_respond_welcome_msg")
    assert frame["headers"] == {"req_id": "SRV-5"}
    assert frame["body"] == {"msgtype": "text", "text": {"content": "您好"}}


async def test_a_welcome_too_late_is_an_ordinary_message(running: RunningBot, gateway: FakeGateway) -> None:
    gateway.codes["aibot_respond_welcome_msg"] = [846604]
    welcome = Handle(5, "req_id", WELCOME_PREFIX + "SRV-5", event=True)
    await say(running, TextPush("您好"), chat_id="lisi", direct=True, handles=(welcome,))
    assert len(gateway.frames_of("aibot_send_msg")) == 1


async def test_long_words_go_in_pieces_and_go_on_where_they_stopped(
    running: RunningBot, gateway: FakeGateway
) -> None:
    gateway.codes["aibot_send_msg"] = [0, 45009]
    push = TextPush("路" * 10_000)
    assert await say(running, push) == RetryLater("errcode_45009", after=60.0, uncounted=True)
    assert await say(running, push) == Delivered()
    contents = [frame["body"]["markdown"]["content"] for frame in gateway.frames_of("aibot_send_msg")]
    assert contents[0] + contents[2] == "路" * 10_000
    assert contents[1] == contents[2]


async def test_limits_are_counted_per_chat_and_uploads_per_bot(
    running: RunningBot, photo: StoredFile
) -> None:
    rates = running.bot.rates(delivery(PhotoPush(1), file=photo))
    assert [(rate.key, rate.count, rate.seconds) for rate in rates] == [
        ("aibot:AIB1:wrCHAT", 30, 60.0),
        ("aibot:AIB1:wrCHAT", 1000, 3600.0),
        ("aibot:AIB1#uploads", 10, 60.0),
        ("aibot:AIB1#uploads", 330, 3600.0),
    ]


async def test_every_message_of_a_push_counts_and_a_card_update_does_not(
    running: RunningBot, photo: StoredFile
) -> None:
    captioned = running.bot.rates(delivery(PhotoPush(1, "处理后"), file=photo))
    assert [rate.count for rate in captioned if rate.seconds == 60.0] == [29, 29, 10]
    assert running.bot.rates(delivery(CardUpdatePush("E", CARD))) == ()


async def test_a_card_that_had_arrived_is_not_sent_otherwise(
    running: RunningBot, gateway: FakeGateway
) -> None:
    gateway.codes["aibot_send_msg"] = [40058, 40058]
    again = replace(delivery(CardPush(CARD)), doubtful=True)
    assert await running.bot.send(again) == Delivered("was_there")
    assert await running.bot.send(delivery(CardPush(CARD))) == RouteRefused("errcode_40058")


async def test_it_carries_what_it_can(running: RunningBot, photo: StoredFile) -> None:
    assert running.bot.can_send(delivery(TextPush("x")))
    assert running.bot.can_send(delivery(PhotoPush(1), file=photo))
    assert not running.bot.can_send(delivery(PhotoPush(1)))
    assert running.bot.can_send(delivery(CardUpdatePush("E", CARD), handles=(PRESS,)))
    assert not running.bot.can_send(delivery(CardUpdatePush("E", CARD)))
