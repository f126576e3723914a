"""The sandbox's side of a self-built app, with wechatpy's client and parser as an independent peer."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image
from wechatpy.enterprise.client import WeChatClient
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.parser import parse_message
from wechatpy.exceptions import WeChatClientException

from sandbox.server import SandboxServer
from tests.sandbox.conftest import AES_KEY, small_world

CORP, SECRET, TOKEN = "wwCORP1", "app-secret", "APPtoken01"
CHAT = "1000002/zhangsan"
CARD: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "待签收"},
    "button_list": [{"text": "签收", "key": "sign", "style": 1}],
    "task_id": "T-1",
}


class Peer(WeChatClient):  # type: ignore[misc]
    """wechatpy's client at the sandbox's address, asking for its token there too."""

    def __init__(self, url: str, *, secret: str = SECRET) -> None:
        super().__init__(CORP, secret, timeout=20, auto_retry=False)
        self.API_BASE_URL = f"{url}/cgi-bin/"
        self._http.trust_env = False
        self.token_url = f"{url}/cgi-bin/gettoken"

    def fetch_access_token(self) -> Any:
        query = {"corpid": self.corp_id, "corpsecret": self.secret}
        return self._fetch_access_token(url=self.token_url, params=query)


class HeardCallbacks:
    """An app's address that keeps what it hears and answers nothing."""

    def __init__(self) -> None:
        self.crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
        self.heard: list[Any] = []
        self.reply = ""

    def hear(self, query: dict[str, str], body: bytes) -> bytes:
        signed = query["msg_signature"], query["timestamp"], query["nonce"]
        if not body:
            return bytes(self.crypto.check_signature(*signed, query["echostr"]), "utf-8")
        self.heard.append(parse_message(self.crypto.decrypt_message(body, *signed)))
        reply = self.reply
        return (
            self.crypto.encrypt_message(reply, query["nonce"], query["timestamp"]).encode() if reply else b""
        )


@contextmanager
def serve_callbacks(kept: HeardCallbacks) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, body: bytes) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            content = kept.hear(query, body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing in the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kept() -> HeardCallbacks:
    return HeardCallbacks()


@pytest.fixture
def box(kept: HeardCallbacks) -> Iterator[SandboxServer]:
    app = {
        "id": "1000002",
        "name": "网格",
        "corp_id": CORP,
        "secret": SECRET,
        "token": TOKEN,
        "aes_key": AES_KEY,
    }
    with ExitStack() as stack:
        app["callback_url"] = stack.enter_context(serve_callbacks(kept))
        yield stack.enter_context(SandboxServer({**small_world(), "apps": [app]}))


def send_card(peer: Peer, card: dict[str, Any] = CARD) -> Any:
    body = {"touser": "ZhangSan", "msgtype": "template_card", "agentid": 1000002, "template_card": card}
    return peer.post("message/send", json=body)


def update_card(peer: Peer, code: str, title: str = "已签收") -> Any:
    card = {**CARD, "main_title": {"title": title}}
    body = {"userids": ["zhangsan"], "agentid": 1000002, "response_code": code, "template_card": card}
    return peer.post("message/update_template_card", json=body)


def download(peer: Peer, media_id: str, **headers: str) -> httpx.Response:
    """wechatpy downloads from the platform's own host, whatever its address."""
    query = {"access_token": peer.access_token, "media_id": media_id}
    return httpx.get(f"{peer.API_BASE_URL}media/get", params=query, headers=headers, trust_env=False)


def hear_one(box: SandboxServer, kept: HeardCallbacks) -> Any:
    box.wait_for(lambda: kept.heard)
    return kept.heard.pop(0)


def test_words_reach_the_members_that_see_the_app(box: SandboxServer) -> None:
    answer = Peer(box.url).message.send_text(1000002, ["zhangsan", "nobody"], "已登记")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "nobody")
    (shown,) = box.messages(CHAT)
    assert (shown["text"], shown["sender"]["id"]) == ("已登记", "1000002")


def test_one_token_until_it_ends(box: SandboxServer) -> None:
    peer = Peer(box.url)
    first = peer.fetch_access_token()["access_token"]
    assert peer.fetch_access_token()["access_token"] == first
    box.arm_faults(expire_tokens=True)
    with pytest.raises(WeChatClientException) as refused:
        peer.message.send_text(1000002, "zhangsan", "好")
    assert refused.value.errcode == 40014
    assert peer.fetch_access_token()["access_token"] != first


@pytest.mark.parametrize(("corp", "secret", "code"), [(CORP, "other", 40001), ("wwNONE", SECRET, 40013)])
def test_a_wrong_secret_gets_no_token(box: SandboxServer, corp: str, secret: str, code: int) -> None:
    query = {"corpid": corp, "corpsecret": secret}
    answer = httpx.get(f"{box.url}/cgi-bin/gettoken", params=query, trust_env=False).json()
    assert answer["errcode"] == code


def test_a_code_changes_a_card_once(box: SandboxServer) -> None:
    peer = Peer(box.url)
    code = send_card(peer)["response_code"]
    assert update_card(peer, code)["errcode"] == 0
    assert box.messages(CHAT)[0]["card"]["main_title"]["title"] == "已签收"
    with pytest.raises(WeChatClientException) as refused:
        update_card(peer, code)
    assert refused.value.errcode == 40058


def test_a_code_is_over_after_three_days(box: SandboxServer) -> None:
    peer = Peer(box.url)
    code = send_card(peer)["response_code"]
    box.advance_clock(72 * 3600 + 1)
    peer.fetch_access_token()
    with pytest.raises(WeChatClientException) as refused:
        update_card(peer, code)
    assert refused.value.errcode == 40058


def test_what_goes_beyond_the_rate_is_dropped_without_a_word(box: SandboxServer) -> None:
    peer = Peer(box.url)
    for _ in range(31):
        assert peer.message.send_text(1000002, "zhangsan", "好")["errcode"] == 0
    assert len(box.messages(CHAT)) == 30


def test_files_go_up_and_down(box: SandboxServer) -> None:
    peer = Peer(box.url)
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "sienna").save(out, "JPEG")
    media_id = peer.media.upload("image", ("现场.jpg", out.getvalue()))["media_id"]
    assert peer.message.send_image(1000002, "zhangsan", media_id)["errcode"] == 0
    assert box.messages(CHAT)[0]["photos"][0]["mime"] == "image/jpeg"
    assert download(peer, media_id).content == out.getvalue()
    rest = download(peer, media_id, Range="bytes=100-")
    assert (rest.status_code, rest.content) == (206, out.getvalue()[100:])
    assert download(peer, "MIDnone").json()["errcode"] == 40007


def test_a_group_of_the_app_takes_words_and_no_cards(box: SandboxServer) -> None:
    peer = Peer(box.url)
    group = {"name": "处置群", "owner": "zhangsan", "userlist": ["zhangsan", "lisi"], "chatid": "grid5"}
    assert peer.post("appchat/create", json=group)["chatid"] == "grid5"
    words = {"content": "请处理", "mentioned_list": ["lisi"]}
    peer.post("appchat/send", json={"chatid": "grid5", "msgtype": "text", "text": words})
    assert box.messages("grid5")[0]["mentions"] == ["lisi"]
    assert peer.get("appchat/get", params={"chatid": "grid5"})["chat_info"]["userlist"] == [
        "zhangsan",
        "lisi",
    ]
    with pytest.raises(WeChatClientException):
        peer.post("appchat/send", json={"chatid": "grid5", "msgtype": "template_card", "template_card": CARD})


def test_the_address_is_verified(box: SandboxServer) -> None:
    assert box.post("verify", bot="1000002") == {"ok": True, "problem": None}


def test_each_kind_of_message_arrives(box: SandboxServer, kept: HeardCallbacks) -> None:
    box.say("1000002", "zhangsan", "路灯坏了")
    words = hear_one(box, kept)
    assert (words.type, words.content, words.source, words.agent) == ("text", "路灯坏了", "zhangsan", 1000002)
    box.say("1000002", "zhangsan", photos=["sample:rubble"])
    photo = hear_one(box, kept)
    assert photo.type == "image"
    assert download(Peer(box.url), photo.media_id).content.startswith(b"\xff\xd8\xff")
    place = {"latitude": 31.885, "longitude": 121.165, "label": "解放新村"}
    box.say("1000002", "zhangsan", other={"msgtype": "location", "location": place})
    assert hear_one(box, kept).location == ("31.885", "121.165")
    box.say("1000002", "zhangsan", voice="IyFBTVIKAAAAAAAA")
    voice = hear_one(box, kept)
    assert (voice.type, voice.format) == ("voice", "amr")
    box.enter("1000002", "zhangsan")
    assert hear_one(box, kept).event == "enter_agent"


def test_a_press_brings_a_code_and_takes_a_card_in_answer(box: SandboxServer, kept: HeardCallbacks) -> None:
    send_card(Peer(box.url))
    kept.reply = (
        f"<xml><ToUserName>zhangsan</ToUserName><FromUserName>{CORP}</FromUserName><CreateTime>1</CreateTime>"
        "<MsgType>update_template_card</MsgType><TemplateCard><CardType>button_interaction</CardType>"
        "<MainTitle><Title>已签收</Title></MainTitle><ButtonList><Text>反馈</Text><Style>1</Style>"
        "<Key>feedback</Key></ButtonList></TemplateCard></xml>"
    )
    box.click(box.messages(CHAT)[0]["id"], "zhangsan", "sign")
    event = hear_one(box, kept)._data  # noqa: SLF001 - an event it has no class for
    assert (event["EventKey"], event["TaskId"], event["CardType"]) == ("sign", "T-1", "button_interaction")
    box.wait_for(lambda: box.messages(CHAT)[0]["card"]["main_title"]["title"] == "已签收")
    card = box.messages(CHAT)[0]["card"]
    assert card["button_list"] == [{"text": "反馈", "style": 1, "key": "feedback"}]
    assert update_card(Peer(box.url), event["ResponseCode"], "已办结")["errcode"] == 0
    assert box.stats()["callback_failures"] == []


def test_a_reply_for_somebody_else_is_not_shown(box: SandboxServer, kept: HeardCallbacks) -> None:
    kept.reply = (
        f"<xml><ToUserName>lisi</ToUserName><FromUserName>{CORP}</FromUserName>"
        "<MsgType>text</MsgType><Content>好</Content></xml>"
    )
    box.say("1000002", "zhangsan", "在吗")
    box.wait_for(lambda: box.stats()["callback_failures"])
    assert len(box.messages(CHAT)) == 1
