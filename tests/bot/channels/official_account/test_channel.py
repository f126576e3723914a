"""What leaves an official account, against a platform that answers as the sheet says."""

import io
import json
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
    FileGone,
    Handle,
    Outcome,
    OutcomeUnknown,
    RetryLater,
    RouteRefused,
    StoredFile,
)
from bot.channels.official_account.channel import OfficialAccount
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
from tests.bot.channels.official_account.samples import APP_ID, OPENID, TEMPLATE, open_channel

pytestmark = pytest.mark.anyio
WINDOW = Handle(7, "message", "1")
PRESS = Handle(8, "event", "1")
RATING = Card(
    "WG260330-0001-5-reporter-9", "长江路积存渣土", body="城管局已处理：已清运。解决了吗？",
    buttons=(Button("已解决", "rate:WG260330-0001:solved"), Button("没解决", "rate:WG260330-0001:unsolved")),
    facts=(("number", "WG260330-0001"), ("what", "长江路静海路口工地门口那一片积存建筑垃圾渣土"),
           ("state", "待回访"), ("time", "2026-03-30 11:02")),
)  # fmt: skip


class Platform:
    """Tokens by the rules; every other call as the test says."""

    def __init__(self, fake: FakePlatform) -> None:
        self.url = fake.url
        self.tokens: list[Any] = []
        self.script: list[Answer] = []
        self.calls: list[Request] = []
        fake.respond = self.respond

    def respond(self, request: Request) -> Answer:
        if request.path == "/cgi-bin/stable_token":
            self.tokens.append(request.json)
            return errcode_answer(0, access_token=f"T{len(self.tokens)}", expires_in=7200)
        self.calls.append(request)
        if request.path == "/cgi-bin/media/upload":
            return errcode_answer(0, type="image", media_id="MID", created_at=1767225600)
        return self.script.pop(0) if self.script else errcode_answer(0, msgid=200228332)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with fake_platform() as fake:
        yield Platform(fake)


@pytest.fixture
async def account(platform: Platform, sqlite_database: Database) -> AsyncIterator[OfficialAccount]:
    async with open_channel(sqlite_database, api_base=platform.url, template=TEMPLATE) as channel:
        yield channel


async def send(
    account: OfficialAccount, body: PushBody, *, handles: tuple[Handle, ...] = (WINDOW,), **more: Any
) -> Outcome:
    return await account.send(delivery(body, chat_id=OPENID, direct=True, handles=handles, **more))


async def test_the_token_is_the_stable_one(account: OfficialAccount, platform: Platform) -> None:
    await send(account, TextPush("x"))
    await send(account, TextPush("y"))
    assert platform.tokens == [
        {"grant_type": "client_credential", "appid": APP_ID, "secret": "oa-secret", "force_refresh": False}
    ]
    assert [call.query["access_token"] for call in platform.calls] == ["T1", "T1"]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_replaced_once(
    account: OfficialAccount, platform: Platform, code: int
) -> None:
    platform.script = [errcode_answer(code)]
    assert await send(account, TextPush("x")) == Delivered()
    assert [asked["force_refresh"] for asked in platform.tokens] == [False, True]


async def test_words_go_to_one_person(account: OfficialAccount, platform: Platform) -> None:
    assert await send(account, TextPush("**已收到**")) == Delivered()
    assert platform.calls[-1].path == "/cgi-bin/message/custom/send"
    assert platform.calls[-1].json == {"touser": OPENID, "msgtype": "text", "text": {"content": "已收到"}}


async def test_long_words_are_one_message_that_says_it_was_cut(
    account: OfficialAccount, platform: Platform
) -> None:
    await send(account, TextPush("路" * 1_000))
    content = platform.calls[-1].json["text"]["content"]
    assert len(content.encode()) <= 2_048
    assert content.endswith("…")


async def test_what_asks_something_is_words_with_choices_below(
    account: OfficialAccount, platform: Platform
) -> None:
    assert await send(account, CardPush(RATING)) == Delivered()
    assert platform.calls[-1].json == {
        "touser": OPENID,
        "msgtype": "msgmenu",
        "msgmenu": {
            "head_content": RATING.body,
            "list": [
                {"id": "rate:WG260330-0001:solved", "content": "已解决"},
                {"id": "rate:WG260330-0001:unsolved", "content": "没解决"},
            ],
            "tail_content": "",
        },
    }


def save_photo(path: Path, size: tuple[int, int], colour: str) -> StoredFile:
    Image.new("RGB", size, colour).save(path, "JPEG")
    return StoredFile(path, path.name, "image/jpeg")


def read_upload(request: Request) -> Image.Image:
    body = request.body
    return Image.open(io.BytesIO(body[body.index(b"\xff\xd8") : body.rindex(b"\xff\xd9") + 2]))


async def test_two_photos_are_one_picture(
    account: OfficialAccount, platform: Platform, tmp_path: Path
) -> None:
    before = save_photo(tmp_path / "1.jpg", (400, 300), "red")
    after = save_photo(tmp_path / "2.jpg", (300, 400), "blue")
    sent = delivery(PhotoPush(2, beside=1), chat_id=OPENID, direct=True, file=after, handles=(WINDOW,))
    assert await account.send(replace(sent, beside=before)) == Delivered()
    upload, message = platform.calls
    assert (upload.query["type"], message.json["image"]) == ("image", {"media_id": "MID"})
    picture = read_upload(upload).convert("RGB")
    red, blue = picture.getpixel((10, 10)), picture.getpixel((picture.width - 10, 10))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 200 > blue[0]
    assert picture.width > picture.height


async def test_a_photo_whose_other_half_cannot_be_opened_goes_alone(
    account: OfficialAccount, platform: Platform, tmp_path: Path, photo: StoredFile
) -> None:
    broken = StoredFile(tmp_path / "broken.jpg", "broken.jpg", "image/jpeg")
    broken.path.write_bytes(b"no photo")
    sent = delivery(PhotoPush(2, beside=1), chat_id=OPENID, direct=True, file=photo, handles=(WINDOW,))
    assert await account.send(replace(sent, beside=broken)) == Delivered()
    assert read_upload(platform.calls[0]).size == (64, 64)


async def test_a_photo_that_cannot_be_used_is_refused(
    account: OfficialAccount, platform: Platform, tmp_path: Path
) -> None:
    missing = StoredFile(tmp_path / "none.jpg", "none.jpg", "image/jpeg")
    assert await send(account, PhotoPush(1), file=missing) == RouteRefused("file_missing")
    missing.path.write_bytes(b"no photo")
    assert await send(account, PhotoPush(1), file=missing) == RouteRefused("photo_unusable")
    assert platform.calls == []


async def test_after_the_window_the_template_says_how_it_stands(
    account: OfficialAccount, platform: Platform
) -> None:
    card = CardPush(RATING)
    assert account.can_send(delivery(card, chat_id=OPENID, direct=True))
    assert await send(account, card, handles=()) == Delivered("fields:200228332")
    assert platform.calls[-1].path == "/cgi-bin/message/template/send"
    assert platform.calls[-1].json == {
        "touser": OPENID,
        "template_id": "TPL-CASE",
        "client_msg_id": "gridbot-1",
        "data": {
            "character_string1": {"value": "WG260330-0001"},
            "thing2": {"value": "长江路静海路口工地门口那一片积存建筑垃…"},
            "phrase3": {"value": "待回访"},
            "time4": {"value": "2026-03-30 11:02"},
        },
    }


async def test_a_template_leads_where_the_settings_say(sqlite_database: Database, platform: Platform) -> None:
    template = {**TEMPLATE, "url": "https://gov.example/c"}
    async with open_channel(sqlite_database, api_base=platform.url, template=template) as account:
        await send(account, CardPush(RATING), handles=())
    assert platform.calls[-1].json["url"] == "https://gov.example/c"


async def test_who_agreed_gets_a_notice_where_there_is_no_template(
    sqlite_database: Database, platform: Platform
) -> None:
    notice = {"id": "TPL-AGREED", "fields": {"what": "thing1"}, "url": "https://gov.example/c"}
    async with open_channel(sqlite_database, api_base=platform.url, subscription=notice) as account:
        capabilities = account.declaration.capabilities
        assert (capabilities.answers_only, capabilities.needs_consent) == (False, True)
        step = delivery(CardPush(RATING), chat_id=OPENID, direct=True)
        result = replace(step, is_result=True)
        assert (account.can_send(step), account.can_send(result)) == (False, True)
        platform.script = [errcode_answer(0), errcode_answer(43101)]
        assert await account.send(result) == Delivered("fields:")
        assert platform.calls[-1].path == "/cgi-bin/message/subscribe/bizsend"
        assert platform.calls[-1].json == {
            "touser": OPENID, "template_id": "TPL-AGREED", "page": "https://gov.example/c",
            "data": {"thing1": {"value": "长江路静海路口工地门口那一片积存建筑垃…"}},
        }  # fmt: skip
        assert await account.send(result) == RouteRefused("budget_over")
        page = replace(RATING, url="https://grid.example/c/1")
        platform.script = [errcode_answer(0)]
        await account.send(replace(result, body=CardPush(page)))
        assert platform.calls[-1].json["page"] == page.url


async def test_a_notice_goes_where_the_template_does_not(
    sqlite_database: Database, platform: Platform
) -> None:
    both: dict[str, Any] = {
        "template": TEMPLATE,
        "subscription": {"id": "TPL-AGREED", "fields": {"what": "thing1"}},
    }
    async with open_channel(sqlite_database, api_base=platform.url, **both) as account:
        platform.script = [errcode_answer(47003), errcode_answer(0)]
        result = replace(delivery(CardPush(RATING), chat_id=OPENID, direct=True), is_result=True)
        assert await account.send(result) == Delivered("fields:")
        platform.script = [errcode_answer(43004)]
        assert await send(account, CardPush(RATING), handles=()) == RouteRefused(
            "errcode_43004", chat_gone=True
        )
    paths = [call.path.rpartition("message/")[2] for call in platform.calls]
    assert paths == ["template/send", "subscribe/bizsend", "template/send"]


async def test_a_conversation_is_handed_over_in_an_answer_alone(account: OfficialAccount) -> None:
    assert await send(account, HandOverPush()) == RouteRefused("only_in_reply")
    assert account.rates(delivery(HandOverPush(), direct=True, handles=(WINDOW,))) == ()


async def test_nothing_else_goes_after_the_window(account: OfficialAccount, photo: StoredFile) -> None:
    late: list[PushBody] = [
        TextPush("x"),
        CardPush(Card("t", "x")),
        PhotoPush(1),
        FilePush(1),
        CardUpdatePush("E", RATING),
    ]
    assert not any(account.can_send(delivery(body, direct=True, file=photo)) for body in late)
    assert account.can_send(delivery(PhotoPush(1), direct=True, file=photo, handles=(PRESS,)))
    assert not account.can_send(delivery(PhotoPush(1), direct=True, handles=(WINDOW,)))


async def test_without_a_template_nothing_goes_after_the_window(sqlite_database: Database) -> None:
    async with open_channel(sqlite_database) as account:
        assert not account.can_send(delivery(CardPush(RATING), direct=True))


async def test_each_message_counts_against_what_opened_the_window(account: OfficialAccount) -> None:
    both = delivery(TextPush("x"), direct=True, handles=(PRESS, WINDOW))
    assert [(rate.key, rate.count) for rate in account.rates(both)] == [("handle:7", 5)]
    press = delivery(TextPush("x"), direct=True, handles=(PRESS,))
    assert [(rate.key, rate.count) for rate in account.rates(press)] == [("handle:8", 3)]
    assert account.rates(delivery(CardPush(RATING), direct=True)) == ()


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (-1, RetryLater("errcode_-1", outage=True)),
        (45009, RetryLater("errcode_45009", after=60.0, uncounted=True)),
        (45015, RetryLater("errcode_45015", after=0.0, uncounted=True, used_handle=7)),
        (45047, RetryLater("errcode_45047", after=0.0, uncounted=True, used_handle=7)),
        (40007, RetryLater("errcode_40007", after=1.0)),
        (40013, CredentialsRefused("errcode_40013")),
        (40164, CredentialsRefused("errcode_40164")),
        (48001, CredentialsRefused("errcode_48001")),
        (48002, RouteRefused("errcode_48002")),
        (40003, RouteRefused("errcode_40003")),
        (43004, RouteRefused("errcode_43004", chat_gone=True)),
    ],
)
async def test_what_a_refusal_means(
    account: OfficialAccount, platform: Platform, code: int, outcome: Outcome
) -> None:
    platform.script = [errcode_answer(code)]
    assert await send(account, TextPush("x")) == outcome


@pytest.mark.parametrize("code", [40037, 43101, 47003, 45015, 48001])
async def test_what_a_refused_template_would_say_waits_until_the_person_speaks(
    account: OfficialAccount, platform: Platform, code: int
) -> None:
    platform.script = [errcode_answer(code)]
    assert await send(account, CardPush(RATING), handles=()) == RouteRefused("budget_over")


async def test_a_platform_that_says_nothing_may_have_sent_it(
    account: OfficialAccount, platform: Platform
) -> None:
    platform.script = [Answer(drop=True)]
    assert isinstance(await send(account, TextPush("x")), OutcomeUnknown)


async def test_whether_the_platform_answers_is_asked_without_a_person(
    account: OfficialAccount, platform: Platform
) -> None:
    platform.script = [errcode_answer(40003), errcode_answer(-1), errcode_answer(40013)]
    assert [await account.probe() for _ in range(3)] == [True, False, True]
    assert platform.calls[0].json["touser"] == ""


# Files --------------------------------------------------------------------------------------------

JSON = {"Content-Type": "text/plain"}


async def fetch(account: OfficialAccount) -> bytes:
    assert account.media.stream is not None
    async with httpx.AsyncClient(trust_env=False) as client:
        return b"".join([chunk async for chunk in account.media.stream(MediaRef("MEDIA"), client)])


async def test_a_file_is_fetched_by_its_id(account: OfficialAccount, platform: Platform) -> None:
    platform.script = [Answer(b"#!AMR\n", headers={"Content-Type": "audio/amr"})]
    assert await fetch(account) == b"#!AMR\n"
    asked = platform.calls[0]
    assert (asked.path, asked.query) == (
        "/cgi-bin/media/get", {"access_token": "T1", "media_id": "MEDIA"},
    )  # fmt: skip


async def test_a_video_is_fetched_from_the_address_it_is_named_by(
    account: OfficialAccount, platform: Platform
) -> None:
    named = json.dumps({"video_url": f"{platform.url}/video"}).encode()
    platform.script = [Answer(named, headers=JSON), Answer(b"MP4", headers={"Content-Type": "video/mp4"})]
    assert await fetch(account) == b"MP4"
    assert platform.calls[1].path == "/video"


async def test_a_file_is_asked_for_again_with_a_new_token(
    account: OfficialAccount, platform: Platform
) -> None:
    photo = Answer(b"JPEG", headers={"Content-Type": "image/jpeg"})
    platform.script = [Answer(b'{"errcode":42001}', headers=JSON), photo]
    assert await fetch(account) == b"JPEG"
    assert [call.query["access_token"] for call in platform.calls] == ["T1", "T2"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b'{"errcode":40007}', headers=JSON),
        Answer(b'{"video_url":"file:///etc/passwd"}', headers=JSON),
        Answer(b"{}", headers=JSON),
        Answer(b'{"a":"' + b"x" * 100_000 + b'"}', headers=JSON),
        Answer(b"", status=404, headers={"Content-Type": "image/jpeg"}),
    ],
)
async def test_a_file_that_is_gone_is_gone(
    account: OfficialAccount, platform: Platform, answer: Answer
) -> None:
    platform.script = [answer]
    with pytest.raises(FileGone):
        await fetch(account)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b'{"errcode":-1}', headers=JSON),
        Answer(b"<html>", headers={"Content-Type": "text/html"}),
        Answer(b"", status=502, headers={"Content-Type": "image/jpeg"}),
        Answer(drop=True),
    ],
)
async def test_a_platform_that_is_busy_is_asked_again(
    account: OfficialAccount, platform: Platform, answer: Answer
) -> None:
    platform.script = [answer]
    with pytest.raises(httpx.TransportError):
        await fetch(account)
