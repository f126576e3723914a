"""What leaves customer service, against a platform that answers as the sheet says."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from bot.channels.base import (
    CredentialsRefused,
    Delivered,
    EntranceRefused,
    FileGone,
    Handle,
    Outcome,
    OutcomeUnknown,
    RateLimit,
    RetryLater,
    RouteRefused,
    StoredFile,
)
from bot.channels.kf import messages
from bot.channels.kf.channel import CustomerService
from models.database import Database
from models.messages import (
    Button,
    Card,
    CardPush,
    CardUpdatePush,
    FilePush,
    HandOverPush,
    MediaRef,
    PhotoPush,
    PushBody,
    TextPush,
)
from tests.bot.channels.conftest import delivery
from tests.bot.channels.http_server import Answer, FakePlatform, Request, errcode_answer, fake_platform
from tests.bot.channels.kf.samples import CORP, CUSTOMER, DESK, open_channel

pytestmark = pytest.mark.anyio
WINDOW, GREETING = Handle(7, "message", f"{DESK} m1"), Handle(8, "welcome", "WC")
OWN_ID = messages.build_message_id(1, WINDOW.value)
RATING = Card(
    "t", "长江路积存渣土", body="城管局已处理：已清运。解决了吗？", facts=(("number", "WG260330-0001"),),
    buttons=(Button("已解决", "rate:WG260330-0001:solved"), Button("没解决", "x" * 65)),
)  # fmt: skip


class Platform:
    """Tokens and uploads by the rules; every other call as the test says."""

    def __init__(self, fake: FakePlatform) -> None:
        self.url = fake.url
        self.tokens: list[Any] = []
        self.script: list[Answer] = []
        self.calls: list[Request] = []
        fake.respond = self.respond

    def respond(self, request: Request) -> Answer:
        if request.path == "/cgi-bin/gettoken":
            self.tokens.append(request.query)
            return errcode_answer(0, access_token=f"T{len(self.tokens)}", expires_in=7200)
        self.calls.append(request)
        if request.path == "/cgi-bin/media/upload":
            return errcode_answer(0, type="image", media_id="MID", created_at="1380000000")
        return self.script.pop(0) if self.script else errcode_answer(0, msgid="x")


@pytest.fixture
def platform() -> Iterator[Platform]:
    with fake_platform() as fake:
        yield Platform(fake)


@pytest.fixture
async def service(platform: Platform, sqlite_database: Database) -> AsyncIterator[CustomerService]:
    async with open_channel(sqlite_database, api_base=platform.url, hand_over="duty2") as channel:
        yield channel


async def send(
    service: CustomerService, body: PushBody, *, handles: tuple[Handle, ...] = (WINDOW,), **more: Any
) -> Outcome:
    return await service.send(delivery(body, chat_id=CUSTOMER, direct=True, handles=handles, **more))


async def test_words_go_to_one_customer_from_the_account_that_they_wrote_to(
    service: CustomerService, platform: Platform
) -> None:
    assert await send(service, TextPush("**已收到**")) == Delivered()
    assert platform.tokens == [{"corpid": CORP, "corpsecret": "kf-secret"}]
    assert (platform.calls[-1].path, platform.calls[-1].query) == (
        "/cgi-bin/kf/send_msg", {"access_token": "T1"},
    )  # fmt: skip
    assert platform.calls[-1].json == {
        "touser": CUSTOMER, "open_kfid": DESK, "msgid": OWN_ID, "msgtype": "text", "text": {"content": "已收到"},
    }  # fmt: skip


async def test_what_asks_something_is_words_with_choices_below(
    service: CustomerService, platform: Platform
) -> None:
    await send(service, CardPush(RATING))
    click = {"id": "rate:WG260330-0001:solved", "content": "已解决"}
    assert platform.calls[-1].json["msgmenu"] == {
        "head_content": RATING.body, "list": [{"type": "click", "click": click}],
    }  # fmt: skip


async def test_who_just_came_is_greeted_by_the_code_once(
    service: CustomerService, platform: Platform
) -> None:
    handles = (WINDOW, GREETING)
    assert await send(service, TextPush("您好"), handles=handles) == Delivered()
    assert platform.calls[-1].path == "/cgi-bin/kf/send_msg_on_event"
    own = messages.build_message_id(1, "WC")
    said = {"code": "WC", "msgid": own, "msgtype": "text", "text": {"content": "您好"}}
    assert platform.calls[-1].json == said
    for code in (41051, 40058):
        platform.script = [errcode_answer(code)]
        assert await send(service, TextPush("您好"), handles=handles) == RetryLater(
            f"errcode_{code}", after=0.0, uncounted=True, used_handle=8
        )


async def test_a_window_is_good_for_five_and_a_welcome_for_one(service: CustomerService) -> None:
    asked = delivery(TextPush("x"), chat_id=CUSTOMER, direct=True, handles=(WINDOW,))
    assert service.rates(asked) == (RateLimit("handle:7", 5, 259200.0, handle=True),)
    assert service.rates(replace(asked, handles=(WINDOW, GREETING)))[0].count == 1
    assert service.rates(replace(asked, body=HandOverPush())) == ()
    assert service.can_send(asked)
    assert not service.can_send(replace(asked, handles=()))
    assert not service.can_send(replace(asked, body=HandOverPush(), handles=(GREETING,)))
    assert not service.can_send(replace(asked, body=PhotoPush(1)))
    assert not service.can_send(replace(asked, body=CardUpdatePush("E", RATING)))


def save_photo(path: Path, size: tuple[int, int], colour: str) -> StoredFile:
    Image.new("RGB", size, colour).save(path, "JPEG")
    return StoredFile(path, path.name, "image/jpeg")


async def test_two_photos_are_one_picture(
    service: CustomerService, platform: Platform, tmp_path: Path
) -> None:
    before = save_photo(tmp_path / "1.jpg", (400, 300), "red")
    after = save_photo(tmp_path / "2.jpg", (300, 400), "blue")
    sent = delivery(PhotoPush(2, beside=1), chat_id=CUSTOMER, direct=True, file=after, handles=(WINDOW,))
    assert await service.send(replace(sent, beside=before)) == Delivered()
    upload, message = platform.calls
    assert (upload.query["type"], message.json["image"]) == ("image", {"media_id": "MID"})
    assert await send(
        service, PhotoPush(1), file=StoredFile(tmp_path / "gone", "x", "image/jpeg")
    ) == RouteRefused("file_missing")


async def test_a_file_goes_as_a_file(service: CustomerService, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 x")
    stored = StoredFile(tmp_path / "a.pdf", "办理结果.pdf", "application/pdf")
    assert await send(service, FilePush(1), file=stored) == Delivered()
    assert platform.calls[-1].json["file"] == {"media_id": "MID"}


async def test_a_conversation_is_handed_to_a_person(service: CustomerService, platform: Platform) -> None:
    platform.script = [errcode_answer(0, msg_code="MC")]
    assert await send(service, HandOverPush()) == Delivered("handed_over", used_handle=7)
    assert platform.calls[-1].path == "/cgi-bin/kf/service_state/trans"
    assert platform.calls[-1].json == {
        "open_kfid": DESK, "external_userid": CUSTOMER, "service_state": 3, "servicer_userid": "duty2",
    }  # fmt: skip
    platform.script = [errcode_answer(95014)]
    assert await send(service, HandOverPush()) == RouteRefused("errcode_95014")


async def test_a_pool_needs_no_name(platform: Platform, sqlite_database: Database) -> None:
    async with open_channel(sqlite_database, api_base=platform.url, hand_over="pool") as pooled:
        await send(pooled, HandOverPush())
    assert platform.calls[-1].json["service_state"] == 2
    assert "servicer_userid" not in platform.calls[-1].json


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (errcode_answer(95018), RetryLater("errcode_95018", after=0.0, uncounted=True, used_handle=7)),
        (errcode_answer(95000), RetryLater("errcode_95000", after=0.0, uncounted=True, used_handle=7)),
        (errcode_answer(45009), RetryLater("errcode_45009", after=60.0, uncounted=True)),
        (errcode_answer(-1), RetryLater("errcode_-1", after=5.0, outage=True)),
        (errcode_answer(40096), RouteRefused("errcode_40096", chat_gone=True)),
        (errcode_answer(40201), CredentialsRefused("errcode_40201")),
        (errcode_answer(48002), CredentialsRefused("errcode_48002")),
        (errcode_answer(95017), CredentialsRefused("errcode_95017")),
        (errcode_answer(95011), CredentialsRefused("errcode_95011")),
        (errcode_answer(45002), RouteRefused("errcode_45002")),
        (Answer(drop=True), OutcomeUnknown("connection_lost")),
        (Answer(b"<html>"), RetryLater("answer_not_json", after=5.0, outage=True)),
    ],
)
async def test_what_an_answer_means(
    service: CustomerService, platform: Platform, answer: Answer, outcome: Outcome
) -> None:
    platform.script = [answer]
    assert await send(service, TextPush("x")) == outcome


async def test_a_refused_token_is_replaced_once(service: CustomerService, platform: Platform) -> None:
    platform.script = [errcode_answer(42001)]
    assert await send(service, TextPush("x")) == Delivered()
    assert [call.query["access_token"] for call in platform.calls] == ["T1", "T2"]


async def fetch(service: CustomerService) -> bytes:
    assert service.media.stream is not None
    async with httpx.AsyncClient(trust_env=False) as client:
        return b"".join([chunk async for chunk in service.media.stream(MediaRef("MEDIA"), client)])


async def test_a_file_is_fetched_by_its_id_while_it_is_there(
    service: CustomerService, platform: Platform
) -> None:
    platform.script = [
        Answer(b"#!AMR\n", headers={"Content-Type": "audio/amr"}),
        Answer(b'{"errcode":40007}', headers={"Content-Type": "application/json"}),
    ]
    assert await fetch(service) == b"#!AMR\n"
    assert platform.calls[0].query == {"access_token": "T1", "media_id": "MEDIA"}
    with pytest.raises(FileGone):
        await fetch(service)


async def test_a_link_carries_the_grid(service: CustomerService, platform: Platform) -> None:
    platform.script = [
        errcode_answer(0, account_list=[{"open_kfid": DESK}]),
        errcode_answer(0, url="https://work.weixin.qq.com/kf/kfcbf8f8d07ac7215f?enc_scene=ENCG"),
    ]
    links = service.entrance_links
    assert links is not None
    link = await links.make_link("XS-XS-01-G3")
    assert link == "https://work.weixin.qq.com/kf/kfcbf8f8d07ac7215f?enc_scene=ENCG&scene_param=XS-XS-01-G3"
    assert platform.calls[-1].json == {"open_kfid": DESK, "scene": "grid"}
    assert (await links.make_link("甲=1")).endswith("scene_param=%E7%94%B2%3D1")
    with pytest.raises(EntranceRefused, match="scene_too_long"):
        await links.make_link("网" * 20)
    assert len(platform.calls) == 2


async def test_a_probe_shows_nobody_anything(service: CustomerService, platform: Platform) -> None:
    platform.script = [errcode_answer(95017), errcode_answer(-1)]
    assert await service.probe()
    assert not await service.probe()
    assert {call.path for call in platform.calls} == {"/cgi-bin/kf/account/list"}
