"""The sandbox's side of an official account, with wechatpy's client and parser, and WeRoBot's, as peers."""

import base64
import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image
from wechatpy import WeChatClient, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatClientException
from wechatpy.replies import TextReply
from werobot.crypto import MessageCrypt
from werobot.parser import parse_user_msg, parse_xml
from werobot.replies import TextReply as RobotReply

from sandbox.server import SandboxError, SandboxServer
from tests.bot.media.clips import hummed
from tests.sandbox.conftest import AES_KEY, small_world

APP, SECRET, TOKEN, OPENID = "wxAPP1", "oa-secret", "OAtoken01", "oOPENID0001"
CHAT = f"{APP}/{OPENID}"


class HeardCallbacks:
    """An account's address that keeps what it hears and answers as told."""

    def __init__(self) -> None:
        self.crypto = WeChatCrypto(TOKEN, AES_KEY, APP)
        self.heard: list[Any] = []
        self.robot = MessageCrypt(TOKEN, AES_KEY, APP)
        self.robot_heard: list[Any] = []
        """The same, as WeRoBot decrypts and reads it."""
        self.robot_answers = False
        self.answers = ""

    def hear(self, query: dict[str, str], body: bytes) -> bytes:
        signed = query["msg_signature"], query["timestamp"], query["nonce"]
        message = parse_message(self.crypto.decrypt_message(body, *signed))
        self.heard.append(message)
        sealed = parse_xml(body.decode())["Encrypt"]
        plain = self.robot.decrypt_message(query["timestamp"], query["nonce"], query["msg_signature"], sealed)
        self.robot_heard.append(parse_user_msg(plain))
        if self.answers and self.robot_answers:
            said = RobotReply(message=self.robot_heard[-1], content=self.answers)
            return bytes(self.robot.encrypt_message(said, query["timestamp"], query["nonce"]).encode())
        if not self.answers:
            return b"success"
        reply = TextReply(content=self.answers, message=message).render()
        return bytes(self.crypto.encrypt_message(reply, query["nonce"], query["timestamp"]).encode())


_PATIENCE = 20
"""Seconds: a busy machine is not what these tests are about."""


@pytest.fixture
def kept() -> HeardCallbacks:
    return HeardCallbacks()


@pytest.fixture
def box(kept: HeardCallbacks) -> Iterator[SandboxServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            content = kept.hear(query, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        account = {
            "id": APP, "name": "小区公众号", "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY,
            "callback_url": f"http://127.0.0.1:{server.server_port}/", "templates": ["TPL"],
        }  # fmt: skip
        with SandboxServer({**small_world(), "accounts": [account]}) as running:
            yield running
        server.shutdown()
        thread.join()


def fetch_token(box: SandboxServer, *, secret: str = SECRET, forced: bool = False) -> Any:
    asked = {"grant_type": "client_credential", "appid": APP, "secret": secret, "force_refresh": forced}
    url = f"{box.url}/wechat/cgi-bin/stable_token"
    return httpx.post(url, json=asked, trust_env=False, timeout=_PATIENCE).json()


class Peer(WeChatClient):  # type: ignore[misc]
    """wechatpy's client at the sandbox's address, with the stable token, which it does not know."""

    def __init__(self, box: SandboxServer) -> None:
        super().__init__(APP, SECRET, timeout=_PATIENCE, auto_retry=False)
        self.API_BASE_URL = f"{box.url}/wechat/cgi-bin/"
        self._http.trust_env = False
        self._box = box
        self.expires_at = 4_102_444_800
        self.renew()

    def renew(self) -> None:
        self.session.set(self.access_token_key, fetch_token(self._box)["access_token"], 7200)


@pytest.fixture
def client(box: SandboxServer) -> Peer:
    return Peer(box)


def act(box: SandboxServer, do: str, **more: Any) -> None:
    assert box.post("followers", account=APP, user=OPENID, do=do, **more)["delivered"]


def wait_for(kept: HeardCallbacks, box: SandboxServer, count: int) -> Any:
    box.wait_for(lambda: len(kept.heard) >= count)
    return kept.heard[count - 1]


def refuse(call: Any) -> int:
    with pytest.raises(WeChatClientException) as refused:
        call()
    code: int = refused.value.errcode
    return code


def test_the_token_is_stable_until_it_is_forced(box: SandboxServer) -> None:
    first, again, forced = fetch_token(box), fetch_token(box), fetch_token(box, forced=True)
    assert first["access_token"] == again["access_token"] != forced["access_token"]
    assert fetch_token(box, secret="wrong")["errcode"] == 40001
    asked = {"access_token": first["access_token"]}
    sent = httpx.post(f"{box.url}/wechat/cgi-bin/message/custom/send", params=asked, json={}, trust_env=False)
    assert sent.json()["errcode"] == 40014


def test_a_scan_subscribes_once_and_names_its_scene(box: SandboxServer, kept: HeardCallbacks) -> None:
    act(box, "scan", scene="G1")
    came = wait_for(kept, box, 1)
    assert (came.event, came.scene_id) == ("subscribe_scan", "G1")
    act(box, "scan", scene="G2")
    again = wait_for(kept, box, 2)
    assert (again.event, again.scene_id) == ("scan", "G2")


def test_messages_are_what_wechatpy_reads(box: SandboxServer, kept: HeardCallbacks) -> None:
    act(box, "subscribe")
    wait_for(kept, box, 1)
    photo = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(photo, "JPEG")
    act(box, "say", words="路灯不亮")
    assert wait_for(kept, box, 2).content == "路灯不亮"
    act(box, "photo", file=_encode(photo.getvalue()))
    assert wait_for(kept, box, 3).image.startswith(box.url)
    act(box, "voice", file=_encode(b"#!AMR\n" + bytes(40)), words="楼道灯坏了")
    voice = wait_for(kept, box, 4)
    assert (voice.recognition, voice.format) == ("楼道灯坏了", "amr")
    act(box, "location", location={"lat": 31.88, "lon": 121.17, "label": "解放路"})
    place = wait_for(kept, box, 5)
    assert (place.location, place.label) == (("31.88", "121.17"), "解放路")
    act(box, "unsubscribe")
    assert wait_for(kept, box, 6).event == "unsubscribe"


def test_messages_are_what_werobot_reads_and_its_answer_is_shown(
    box: SandboxServer, kept: HeardCallbacks
) -> None:
    act(box, "scan", scene="G1")
    act(box, "say", words="路灯不亮")
    act(box, "voice", file=_encode(b"#!AMR\n" + bytes(40)), words="楼道灯坏了")
    act(box, "location", location={"lat": 31.88, "lon": 121.17, "label": "解放路"})
    act(box, "unsubscribe")
    wait_for(kept, box, 5)
    by_type = {one.type: one for one in kept.robot_heard}
    assert by_type.keys() == {"subscribe_event", "text", "voice", "location", "unsubscribe_event"}
    assert by_type["subscribe_event"].key == "qrscene_G1"
    assert (by_type["text"].content, by_type["text"].source) == ("路灯不亮", OPENID)
    assert by_type["voice"].recognition == "楼道灯坏了"
    assert (by_type["location"].location, by_type["location"].label) == ((31.88, 121.17), "解放路")
    kept.answers, kept.robot_answers = "已收到", True
    act(box, "subscribe")
    box.wait_for(lambda: "已收到" in [one["text"] for one in box.messages(CHAT)])
    assert box.stats()["callback_failures"] == []


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_an_answer_within_the_request_is_shown(box: SandboxServer, kept: HeardCallbacks) -> None:
    kept.answers = "已收到"
    act(box, "subscribe")
    box.wait_for(lambda: [one["text"] for one in box.messages(CHAT)] == ["已收到"])
    assert box.stats()["callback_failures"] == []


def test_five_messages_after_one_of_theirs_and_three_after_a_scan(box: SandboxServer, client: Peer) -> None:
    assert refuse(lambda: client.message.send_text("oNOBODY", "x")) == 40003
    act(box, "scan", scene="G1")
    for _ in range(3):
        client.message.send_text(OPENID, "x")
    assert refuse(lambda: client.message.send_text(OPENID, "x")) == 45047
    box.advance_clock(61)
    assert refuse(lambda: client.message.send_text(OPENID, "x")) == 45015
    act(box, "say", words="路灯不亮")
    for _ in range(5):
        client.message.send_text(OPENID, "x")
    assert refuse(lambda: client.message.send_text(OPENID, "x")) == 45047
    box.advance_clock(48 * 3600)
    client.renew()
    assert refuse(lambda: client.message.send_text(OPENID, "x")) == 45015


def test_a_choice_is_said_with_its_id(box: SandboxServer, kept: HeardCallbacks, client: Peer) -> None:
    act(box, "subscribe")
    wait_for(kept, box, 1)
    menu = {"head_content": "您满意吗？", "list": [{"id": "5", "content": "满意"}], "tail_content": ""}
    body = {"touser": OPENID, "msgtype": "msgmenu", "msgmenu": menu}
    client.post("message/custom/send", data=body)
    act(box, "press", words="满意")
    pressed = wait_for(kept, box, 2)
    assert (pressed.content, pressed._data["bizmsgmenuid"]) == ("满意", "5")  # noqa: SLF001 - it has no name there
    with pytest.raises(SandboxError):
        act(box, "press", words="没有这一条")


def test_a_template_reaches_whoever_follows(box: SandboxServer, kept: HeardCallbacks, client: Peer) -> None:
    act(box, "subscribe")
    wait_for(kept, box, 1)
    box.advance_clock(3 * 86400)
    client.renew()
    data = {"character_string1": {"value": "WG1"}, "thing2": {"value": "路灯"}}
    assert client.message.send_template(OPENID, "TPL", data)["errcode"] == 0
    assert wait_for(kept, box, 2).event == "templatesendjobfinish"
    assert refuse(lambda: client.message.send_template(OPENID, "OTHER", data)) == 40037
    long = {"thing2": {"value": "路" * 21}}
    assert refuse(lambda: client.message.send_template(OPENID, "TPL", long)) == 47003
    act(box, "unsubscribe")
    assert refuse(lambda: client.message.send_template(OPENID, "TPL", data)) == 43004


def test_files_go_up_and_come_down(box: SandboxServer, client: Peer) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(photo, "JPEG")
    photo.seek(0)
    photo.name = "photo.jpg"
    uploaded = client.media.upload("image", photo)
    assert client.media.download(uploaded["media_id"]).content == photo.getvalue()


def test_codes_and_menus_are_made(box: SandboxServer, kept: HeardCallbacks, client: Peer) -> None:
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "G1"}}}
    assert client.qrcode.create(scene)["ticket"]
    client.menu.create({"button": [{"type": "click", "name": "帮助", "key": "/帮助"}]})
    act(box, "subscribe")
    wait_for(kept, box, 1)
    act(box, "menu", words="帮助")
    assert wait_for(kept, box, 2).key == "/帮助"


def heard_voice(box: SandboxServer, kept: HeardCallbacks, client: Peer, **sent: str) -> tuple[bytes, str]:
    """What the account gets of a voice that the page sends: the file, and the platform's transcript."""
    act(box, "subscribe")
    wait_for(kept, box, 1)
    act(box, "voice", **sent)
    message = wait_for(kept, box, 2)
    return client.media.download(message.media_id).content, message.recognition or ""


def test_a_recording_of_the_page_comes_as_the_platform_keeps_voices(
    box: SandboxServer, kept: HeardCallbacks, client: Peer
) -> None:
    recorded = _encode(hummed("webm", "libopus", rate=48_000))
    data, words = heard_voice(box, kept, client, file=recorded)
    assert data.startswith(b"#!AMR\n")
    assert len(data) > 1000
    assert words == ""


def test_a_voice_of_words_alone_is_silent(box: SandboxServer, kept: HeardCallbacks, client: Peer) -> None:
    data, words = heard_voice(box, kept, client, words="楼道灯坏了")
    assert data.startswith(b"#!AMR\n")
    assert words == "楼道灯坏了"
    with pytest.raises(SandboxError, match="没有声音"):
        act(box, "voice", file=_encode(b"no sound at all"))
