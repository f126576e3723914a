"""What leaves an app, against a platform that answers as the sheet says."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.channels.app.channel import AppChannel
from bot.channels.base import (
    CredentialsRefused,
    Delivered,
    FileGone,
    Handle,
    IssuedHandle,
    OutcomeUnknown,
    RetryLater,
    RouteRefused,
    StoredFile,
)
from models.database import Database
from models.messages import (
    Button,
    Card,
    CardPush,
    CardUpdatePush,
    FilePush,
    MediaRef,
    PhotoPush,
    PushBody,
    TextPush,
)
from tests.bot.channels.app.samples import AGENT, open_channel
from tests.bot.channels.conftest import delivery
from tests.bot.channels.http_server import Answer, FakePlatform, Request, errcode_answer, fake_platform

pytestmark = pytest.mark.anyio
CARD = Card("WG261121-0031-2-handling-7", "待签收", buttons=(Button("签收", "sign:1"),))


class Platform:
    """Tokens by the rules; every other call as the test says."""

    def __init__(self, fake: FakePlatform) -> None:
        self.url = fake.url
        self.good = {"T1"}
        self.tokens = 0
        self.script: list[Answer] = []
        self.calls: list[Request] = []
        fake.respond = self.respond

    def respond(self, request: Request) -> Answer:
        if request.path == "/cgi-bin/gettoken":
            assert request.query == {"corpid": "ww0123456789abcdef", "corpsecret": "app-secret"}
            self.tokens += 1
            return errcode_answer(0, access_token=f"T{self.tokens}", expires_in=7200)
        self.calls.append(request)
        if request.query["access_token"] not in self.good:
            return Answer(b'{"errcode":42001}', headers={"Content-Type": "application/json"})
        return self.script.pop(0) if self.script else errcode_answer(0, msgid="M")

    def sent(self, position: int = -1) -> Any:
        return self.calls[position].json


@pytest.fixture
def platform() -> Iterator[Platform]:
    with fake_platform() as fake:
        yield Platform(fake)


@pytest.fixture
async def app(platform: Platform, sqlite_database: Database) -> AsyncIterator[AppChannel]:
    async with open_channel(sqlite_database, api_base=platform.url) as channel:
        yield channel


async def send(app: AppChannel, body: PushBody, *, direct: bool = True, **more: Any) -> Any:
    return await app.send(delivery(body, chat_id="zhangsan" if direct else "grid5", direct=direct, **more))


async def test_words_go_to_one_person(app: AppChannel, platform: Platform) -> None:
    assert await send(app, TextPush("**已收到** [查看](https://x.example)")) == Delivered()
    assert platform.calls[-1].path == "/cgi-bin/message/send"
    assert platform.sent() == {
        "touser": "zhangsan", "agentid": AGENT, "msgtype": "text",
        "text": {"content": "已收到 查看 https://x.example"},
    }  # fmt: skip


async def test_long_words_are_several_messages_and_none_is_said_twice(
    app: AppChannel, platform: Platform
) -> None:
    platform.script = [errcode_answer(0), errcode_answer(-1)]
    push = TextPush("\n".join(["路" * 400] * 3))
    assert isinstance(await send(app, push), RetryLater)
    assert await send(app, push) == Delivered()
    contents = [call.json["text"]["content"] for call in platform.calls]
    assert len(contents) == 4
    assert all(len(content.encode()) <= 2048 for content in contents)
    assert len(app.rates(delivery(push, direct=True))) == 2 * 3


async def test_words_go_as_markdown_where_the_settings_say_so(
    sqlite_database: Database, platform: Platform
) -> None:
    async with open_channel(sqlite_database, api_base=platform.url, markdown=True) as app:
        assert await send(app, TextPush("**已收到**")) == Delivered()
    assert platform.sent()["markdown"] == {"content": "**已收到**"}


async def test_a_card_brings_what_changes_it(app: AppChannel, platform: Platform) -> None:
    platform.script = [errcode_answer(0, response_code="RC-1")]
    outcome = await send(app, CardPush(CARD))
    assert isinstance(outcome, Delivered)
    assert isinstance(outcome.issued, IssuedHandle)
    assert (outcome.issued.kind, outcome.issued.value) == ("response_code", "RC-1")
    assert "RC-1" not in repr(outcome)
    assert platform.sent()["template_card"]["card_type"] == "button_interaction"


async def test_a_card_is_changed_by_its_code(app: AppChannel, platform: Platform) -> None:
    handle = Handle(7, "response_code", "RC-1", event=True)
    update = CardUpdatePush(CARD.task_id, Card(CARD.task_id, "已签收"))
    assert await send(app, update, handles=(handle,)) == Delivered(used_handle=7)
    assert platform.calls[-1].path == "/cgi-bin/message/update_template_card"
    assert platform.sent()["response_code"] == "RC-1"
    assert platform.sent()["userids"] == ["zhangsan"]
    assert platform.sent()["template_card"]["main_title"] == {"title": "已签收"}


async def test_a_card_without_a_good_code_is_left_alone_at_once(app: AppChannel, platform: Platform) -> None:
    update = CardUpdatePush(CARD.task_id, CARD)
    assert app.can_send(delivery(update, direct=True))
    assert await send(app, update) == RouteRefused("card_window_over")
    platform.script = [errcode_answer(40058)]
    handle = Handle(7, "response_code", "RC-1", event=True)
    assert await send(app, update, handles=(handle,)) == RouteRefused("card_window_over")


async def test_a_spent_code_gives_way_to_the_one_before(app: AppChannel, platform: Platform) -> None:
    platform.script = [errcode_answer(40058), errcode_answer(0)]
    codes = tuple(Handle(key, "response_code", f"RC-{key}", event=True) for key in (8, 7))
    assert await send(app, CardUpdatePush(CARD.task_id, CARD), handles=codes) == Delivered(used_handle=7)
    assert [call.json["response_code"] for call in platform.calls] == ["RC-8", "RC-7"]


async def test_a_card_that_may_be_there_already_is(app: AppChannel, platform: Platform) -> None:
    platform.script = [errcode_answer(40058), errcode_answer(40058)]
    sent = delivery(CardPush(CARD), chat_id="zhangsan", direct=True)
    assert await app.send(replace(sent, doubtful=True)) == Delivered("was_there")
    assert await send(app, CardPush(CARD)) == RouteRefused("errcode_40058")


@pytest.mark.parametrize("field", ["invaliduser", "unlicenseduser"])
async def test_accepted_for_nobody_is_not_delivered(app: AppChannel, platform: Platform, field: str) -> None:
    platform.script = [errcode_answer(0, **{field: "lisi|ZhangSan"}), errcode_answer(0, **{field: "lisi"})]
    assert await send(app, TextPush("好")) == RouteRefused("invalid_receiver", chat_gone=True)
    assert await send(app, TextPush("好")) == Delivered()


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (-1, RetryLater("errcode_-1", outage=True)),
        (45009, RetryLater("errcode_45009", after=60.0, uncounted=True)),
        (45033, RetryLater("errcode_45033", after=60.0, uncounted=True)),
        (40001, CredentialsRefused("errcode_40001")),
        (60020, CredentialsRefused("errcode_60020")),
        (48002, CredentialsRefused("errcode_48002")),
        (50003, CredentialsRefused("errcode_50003")),
        (301002, CredentialsRefused("errcode_301002")),
        (81013, RouteRefused("errcode_81013", chat_gone=True)),
        (60111, RouteRefused("errcode_60111", chat_gone=True)),
        (45002, RouteRefused("errcode_45002")),
    ],
)
async def test_what_an_errcode_means(app: AppChannel, platform: Platform, code: int, outcome: object) -> None:
    platform.script = [errcode_answer(code)]
    assert await send(app, TextPush("好")) == outcome


async def test_a_token_that_is_over_is_fetched_once_and_the_call_made_once_more(
    app: AppChannel, platform: Platform
) -> None:
    assert await send(app, TextPush("一")) == Delivered()
    platform.good = {"T2"}
    assert await send(app, TextPush("二")) == Delivered()
    assert (platform.tokens, len(platform.calls)) == (2, 3)


async def test_a_token_refused_twice_costs_two_calls(app: AppChannel, platform: Platform) -> None:
    platform.good = set()
    assert isinstance(await send(app, TextPush("一")), CredentialsRefused)
    assert (platform.tokens, len(platform.calls)) == (2, 2)
    assert isinstance(await send(app, TextPush("二")), CredentialsRefused)
    assert (platform.tokens, len(platform.calls)) == (2, 2)


async def test_silence_is_no_refusal(app: AppChannel, platform: Platform) -> None:
    platform.script = [Answer(drop=True)]
    assert isinstance(await send(app, TextPush("好")), OutcomeUnknown)


async def test_photos_and_files_are_uploaded_once_for_everybody(
    app: AppChannel, platform: Platform, photo: StoredFile
) -> None:
    platform.script = [errcode_answer(0, media_id="MID")]
    assert await send(app, PhotoPush(1, "现场"), file=photo) == Delivered()
    assert await send(app, PhotoPush(1), file=photo, push_id=2) == Delivered()
    paths = [call.path.rpartition("/")[2] for call in platform.calls]
    assert paths == ["upload", "send", "send", "send"]
    assert platform.sent()["image"] == {"media_id": "MID"}
    upload = platform.calls[0]
    assert upload.query["type"] == "image"
    assert b'name="media"; filename="photo.jpg"' in upload.body
    assert photo.path.read_bytes() in upload.body


async def test_a_file_keeps_its_name_in_both_spellings(
    app: AppChannel, platform: Platform, photo: StoredFile
) -> None:
    platform.script = [errcode_answer(0, media_id="MID")]
    named = StoredFile(photo.path, '处理"后.pdf', "application/pdf")
    assert await send(app, FilePush(1), file=named) == Delivered()
    head = platform.calls[0].body.partition(b"\r\n\r\n")[0].decode("ascii")
    assert "filename=\"_.pdf\"; filename*=UTF-8''%E5%A4%84%E7%90%86%22%E5%90%8E.pdf" in head


async def test_an_expired_media_id_is_uploaded_anew(
    app: AppChannel, platform: Platform, photo: StoredFile
) -> None:
    platform.script = [
        errcode_answer(0, media_id="M1"),
        errcode_answer(40007),
        errcode_answer(0, media_id="M2"),
    ]
    assert isinstance(await send(app, PhotoPush(1), file=photo), RetryLater)
    assert await send(app, PhotoPush(1), file=photo) == Delivered()
    assert platform.sent()["image"] == {"media_id": "M2"}


async def test_a_group_of_the_app_gets_words_that_ring_and_cards_as_words(
    app: AppChannel, platform: Platform
) -> None:
    assert await send(app, TextPush("已超时", ("lisi",)), direct=False) == Delivered()
    assert platform.calls[-1].path == "/cgi-bin/appchat/send"
    assert platform.sent() == {
        "chatid": "grid5", "msgtype": "text", "text": {"content": "已超时", "mentioned_list": ["lisi"]},
    }  # fmt: skip
    assert await send(app, CardPush(CARD), direct=False) == Delivered()
    assert platform.sent() == {
        "chatid": "grid5",
        "msgtype": "markdown",
        "markdown": {"content": "**待签收**"},
    }


async def test_a_group_that_is_gone_is_gone(app: AppChannel, platform: Platform) -> None:
    platform.script = [errcode_answer(86003)]
    assert await send(app, TextPush("好"), direct=False) == RouteRefused("errcode_86003", chat_gone=True)


async def test_the_probe_asks_what_nobody_sees(app: AppChannel, platform: Platform) -> None:
    assert await app.probe()
    platform.script = [errcode_answer(-1)]
    assert not await app.probe()
    assert {call.path for call in platform.calls} == {"/cgi-bin/get_api_domain_ip"}


# Files that people send --------------------------------------------------------------------------

FILE = bytes(range(256)) * 40
NAMED = {"Content-Type": "application/octet-stream", "Content-Disposition": 'attachment; filename="a.amr"'}


async def fetch(app: AppChannel) -> bytes:
    stream = app.media.stream
    assert stream is not None
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        return b"".join([chunk async for chunk in stream(MediaRef("MID"), client)])


async def test_a_file_is_fetched_by_its_media_id(app: AppChannel, platform: Platform) -> None:
    platform.script = [Answer(FILE, headers=NAMED)]
    assert await fetch(app) == FILE
    assert platform.calls[0].query["media_id"] == "MID"


async def test_a_download_that_breaks_off_is_taken_up_where_it_stopped(
    app: AppChannel, platform: Platform
) -> None:
    half = {**NAMED, "Content-Length": str(len(FILE))}
    platform.script = [
        Answer(FILE[:5000], headers=half),
        Answer(FILE[5000:], status=206, headers=NAMED),
    ]
    assert await fetch(app) == FILE


async def test_a_platform_without_ranges_sends_it_all_again(app: AppChannel, platform: Platform) -> None:
    half = {**NAMED, "Content-Length": str(len(FILE))}
    platform.script = [Answer(FILE[:5000], headers=half), Answer(FILE, headers=NAMED)]
    assert await fetch(app) == FILE


async def test_an_errcode_is_no_file(app: AppChannel, platform: Platform) -> None:
    json_type = {"Content-Type": "application/json; charset=UTF-8"}
    gone = json.dumps({"errcode": 40007, "errmsg": "invalid media_id"}).encode()
    platform.script = [Answer(gone, headers=json_type)]
    with pytest.raises(FileGone):
        await fetch(app)
    platform.script = [Answer(json.dumps({"errcode": -1}).encode(), headers=json_type)]
    with pytest.raises(httpx.TransportError):
        await fetch(app)


async def test_a_download_takes_a_new_token_once(app: AppChannel, platform: Platform) -> None:
    platform.good = {"T2"}
    platform.script = [Answer(FILE, headers=NAMED)]
    assert await fetch(app) == FILE
    assert platform.tokens == 2
