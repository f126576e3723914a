"""The group webhook over real HTTP."""

import base64
import hashlib
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.base import (
    CredentialsRefused,
    Delivered,
    Delivery,
    OutcomeUnknown,
    RefusedInput,
    RetryLater,
    RouteRefused,
    StoredFile,
)
from bot.channels.http import new_client
from bot.channels.webhook.channel import WebhookChannel
from bot.channels.webhook.settings import WebhookSettings
from models.messages import Button, Card, CardPush, CardUpdatePush, FilePush, PhotoPush, TextPush
from tests.bot.channels.conftest import delivery as plain_delivery
from tests.bot.channels.http_server import Answer, FakePlatform, errcode_answer

pytestmark = pytest.mark.anyio
KEY = "0f0f0f0f-key"


def delivery(body: TextPush | CardPush | PhotoPush | FilePush, *, file: StoredFile | None = None) -> Delivery:
    return plain_delivery(body, file=file, address=KEY)


@pytest.fixture
async def webhook(platform: FakePlatform) -> AsyncIterator[WebhookChannel]:
    async with new_client(timeout=2.0) as client:
        yield WebhookChannel(
            "rings",
            WebhookSettings(kind="webhook", api_base=platform.url),
            base_url="https://grid.example",
            client=client,
        )


async def test_mentions_ring_through_text(webhook: WebhookChannel, platform: FakePlatform) -> None:
    assert await webhook.send(delivery(TextPush("**请签收** 0031", ("lisi",)))) == Delivered()
    request = platform.requests[0]
    assert (request.path, request.query) == ("/cgi-bin/webhook/send", {"key": KEY})
    assert request.json == {"msgtype": "text", "text": {"content": "请签收 0031", "mentioned_list": ["lisi"]}}


async def test_words_without_mentions_keep_their_marks(
    webhook: WebhookChannel, platform: FakePlatform
) -> None:
    await webhook.send(delivery(TextPush("**已派单**")))
    assert platform.requests[0].json == {"msgtype": "markdown", "markdown": {"content": "**已派单**"}}


async def test_long_words_go_in_pieces_and_ring_once(webhook: WebhookChannel, platform: FakePlatform) -> None:
    await webhook.send(delivery(TextPush("路" * 1_000, ("lisi",))))
    texts = [request.json["text"] for request in platform.requests]
    assert "".join(text["content"] for text in texts) == "路" * 1_000
    assert [text.get("mentioned_list") for text in texts] == [["lisi"], None]


async def test_trying_again_goes_on_where_it_stopped(webhook: WebhookChannel, platform: FakePlatform) -> None:
    platform.script = [errcode_answer(0), errcode_answer(45009)]
    push = delivery(TextPush("路" * 2_000))
    assert await webhook.send(push) == RetryLater("errcode_45009", after=60.0, uncounted=True)
    assert await webhook.send(push) == Delivered()
    contents = [request.json["markdown"]["content"] for request in platform.requests]
    assert (contents[1], contents[0] + contents[2]) == (contents[2], "路" * 2_000)


async def test_a_card_becomes_a_notice_that_opens_the_case(
    webhook: WebhookChannel, platform: FakePlatform
) -> None:
    card = Card("t1", "WG261121-0031 待签收", body="请回复 /签收 0031", buttons=(Button("签收", "sign:1"),))
    await webhook.send(delivery(CardPush(card)))
    assert platform.requests[0].json["template_card"] == {
        "card_type": "text_notice",
        "main_title": {"title": "WG261121-0031 待签收"},
        "sub_title_text": "请回复 /签收 0031",
        "card_action": {"type": 1, "url": "https://grid.example"},
    }


async def test_a_photo_goes_as_its_own_bytes_after_its_caption(
    webhook: WebhookChannel, platform: FakePlatform, photo: StoredFile
) -> None:
    assert await webhook.send(delivery(PhotoPush(1, "处理后"), file=photo)) == Delivered()
    raw = photo.path.read_bytes()
    assert platform.requests[0].json["markdown"] == {"content": "处理后"}
    assert platform.requests[1].json["image"] == {
        "base64": base64.b64encode(raw).decode(),
        "md5": hashlib.md5(raw, usedforsecurity=False).hexdigest(),
    }


async def test_a_big_photo_is_made_to_fit(
    webhook: WebhookChannel, platform: FakePlatform, tmp_path: Path
) -> None:
    path = tmp_path / "noise.png"
    Image.frombytes("RGB", (1200, 900), os.urandom(1200 * 900 * 3)).save(path)
    await webhook.send(delivery(PhotoPush(1), file=StoredFile(path, "noise.png", "image/png")))
    sent = base64.b64decode(platform.requests[0].json["image"]["base64"])
    assert path.stat().st_size > 2 * 1024**2 >= len(sent)
    assert Image.open(io.BytesIO(sent)).format == "JPEG"


async def test_a_file_is_uploaded_first(
    webhook: WebhookChannel, platform: FakePlatform, tmp_path: Path
) -> None:
    path = tmp_path / "日报.xlsx"
    path.write_bytes(b"0123456789")
    platform.script = [errcode_answer(0, media_id="MID")]
    assert await webhook.send(delivery(FilePush(1), file=StoredFile(path, "日报.xlsx", "x/y"))) == Delivered()
    upload, message = platform.requests
    assert (upload.path, upload.query) == ("/cgi-bin/webhook/upload_media", {"key": KEY, "type": "file"})
    assert b'name="media"' in upload.body
    assert message.json == {"msgtype": "file", "file": {"media_id": "MID"}}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (errcode_answer(93000), RouteRefused("errcode_93000", chat_gone=True)),
        (errcode_answer(40058), RouteRefused("errcode_40058")),
        (errcode_answer(-1), RetryLater("errcode_-1", outage=True)),
        (errcode_answer(45009), RetryLater("errcode_45009", after=60.0, uncounted=True)),
        (errcode_answer(40001), CredentialsRefused("errcode_40001")),
        (Answer(status=502), RetryLater("http_502", outage=True)),
        (Answer(status=407), RetryLater("http_407", outage=True)),
        (Answer(status=404), RouteRefused("http_404")),
        (Answer(b"<html>"), RetryLater("answer_not_json", outage=True)),
        (Answer(b'{"error": "maintenance"}'), RetryLater("errcode_-1", outage=True)),
        (Answer(hang=60.0), OutcomeUnknown("answer_timeout")),
        (Answer(drop=True), OutcomeUnknown("connection_lost")),
    ],
)
async def test_every_ending_has_its_outcome(
    webhook: WebhookChannel, platform: FakePlatform, answer: Answer, outcome: object
) -> None:
    platform.script = [answer]
    assert await webhook.send(delivery(TextPush("x"))) == outcome


async def test_an_unreachable_platform_is_tried_again() -> None:
    async with new_client() as client:
        webhook = WebhookChannel(
            "rings",
            WebhookSettings(kind="webhook", api_base="http://127.0.0.1:9"),
            base_url="https://x",
            client=client,
        )
        assert await webhook.send(delivery(TextPush("x"))) == RetryLater("connect_failed", outage=True)


async def test_an_upload_without_an_answer_may_be_repeated(
    webhook: WebhookChannel, platform: FakePlatform, photo: StoredFile
) -> None:
    platform.script = [Answer(drop=True)]
    assert await webhook.send(delivery(FilePush(1), file=photo)) == RetryLater("connection_lost", outage=True)


async def test_a_vanished_file_is_never_sent(webhook: WebhookChannel, tmp_path: Path) -> None:
    gone = StoredFile(tmp_path / "gone.jpg", "gone.jpg", "image/jpeg")
    assert await webhook.send(delivery(PhotoPush(1), file=gone)) == RouteRefused("file_missing")


async def test_what_is_no_photo_is_never_sent(webhook: WebhookChannel, tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(b"not a photo")
    file = StoredFile(path, "x.jpg", "image/jpeg")
    assert await webhook.send(delivery(PhotoPush(1), file=file)) == RouteRefused("photo_unusable")


async def test_the_limit_is_counted_per_key_without_naming_it(webhook: WebhookChannel) -> None:
    (rate,) = webhook.rates(delivery(TextPush("x")))
    assert (rate.count, rate.seconds, KEY in rate.key) == (20, 60.0, False)


async def test_every_piece_of_a_long_push_counts(webhook: WebhookChannel) -> None:
    rates = webhook.rates(delivery(TextPush("路" * 1_000, ("lisi",))))
    assert [rate.count for rate in rates] == [19, 19]


async def test_it_carries_only_what_has_a_key_and_is_no_update(webhook: WebhookChannel) -> None:
    assert webhook.can_send(delivery(TextPush("x")))
    assert not webhook.can_send(plain_delivery(TextPush("x")))
    assert not webhook.can_send(plain_delivery(CardUpdatePush("grid:E-1", Card("t", "x")), address=KEY))
    assert not webhook.can_send(delivery(PhotoPush(1)))


async def test_it_hears_nothing(webhook: WebhookChannel) -> None:
    with pytest.raises(RefusedInput):
        webhook.read("{}")
