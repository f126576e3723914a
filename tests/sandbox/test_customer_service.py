"""The sandbox's side of customer service, as the sheet says it; wechatpy's crypto and parser hear its calls."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.server import SandboxServer
from tests.sandbox.conftest import AES_KEY
from tests.sandbox.test_member_app import CORP, TOKEN, HeardCallbacks, serve_callbacks

SECRET, DESK, CUSTOMER = "kf-secret", "wkDESK1", "wmCUSTOMER1"


class Peer:
    """Whoever calls the platform, over HTTP alone."""

    def __init__(self, box: SandboxServer) -> None:
        self.box = box
        self.http = httpx.Client(base_url=f"{box.url}/cgi-bin", trust_env=False, timeout=20)

    def post(self, path: str, **body: Any) -> Any:
        query = {"corpid": CORP, "corpsecret": SECRET}
        token = self.http.get("/gettoken", params=query).json()["access_token"]
        return self.http.post(f"/kf/{path}", params={"access_token": token}, json=body).json()

    def sync(self, **more: Any) -> Any:
        return self.post("sync_msg", open_kfid=DESK, **more)

    def send(self, msgtype: str = "text", msgid: str = "", **part: Any) -> int:
        body = {"touser": CUSTOMER, "open_kfid": DESK, "msgtype": msgtype, msgtype: part or {"content": "好"}}
        code: int = self.post("send_msg", **body, **({"msgid": msgid} if msgid else {}))["errcode"]
        return code

    def act(self, do: str, **more: Any) -> None:
        self.box.post("customers", account=DESK, user=CUSTOMER, do=do, **more)

    def received(self) -> list[str]:
        return [m["text"] for m in self.box.messages(f"{DESK}/{CUSTOMER}") if m["sender"]["kind"] == "bot"]

    def trans(self, state: int, **more: Any) -> int:
        named = {"open_kfid": DESK, "external_userid": CUSTOMER, "service_state": state, **more}
        code: int = self.post("service_state/trans", **named)["errcode"]
        return code


@pytest.fixture
def kept() -> HeardCallbacks:
    return HeardCallbacks()


@pytest.fixture
def peer(kept: HeardCallbacks) -> Iterator[Peer]:
    with serve_callbacks(kept) as url:
        service = {
            "id": DESK, "name": "网格服务", "app_id": "1000002", "token": TOKEN, "aes_key": AES_KEY,
            "callback_url": url, "servicers": ["zhangsan"],
        }  # fmt: skip
        app = {"id": "1000002", "name": "网格", "corp_id": CORP, "secret": SECRET}
        with SandboxServer({"apps": [app], "services": [service]}) as box:
            peer = Peer(box)
            yield peer
            peer.http.close()


def test_a_call_is_what_wechatpy_reads_and_its_token_fetches(peer: Peer, kept: HeardCallbacks) -> None:
    assert peer.box.post(f"services/{DESK}/verify")["ok"] is True
    peer.act("say", words="路灯坏了")
    peer.box.wait_for(lambda: kept.heard)
    call = kept.heard[0]._data  # noqa: SLF001 - wechatpy has no class for this event
    assert (call["Event"], call["OpenKfId"]) == ("kf_msg_or_event", DESK)
    page = peer.sync(token=call["Token"], cursor="", limit=1000, voice_format=0)
    [said] = page["msg_list"]
    assert (said["origin"], said["msgtype"], said["text"]) == (3, "text", {"content": "路灯坏了"})
    assert (said["open_kfid"], said["external_userid"]) == (DESK, CUSTOMER)
    assert page["has_more"] == 0
    assert peer.sync(token=call["Token"], cursor=page["next_cursor"])["msg_list"] == []
    peer.box.advance_clock(601)
    assert peer.sync(token=call["Token"])["errcode"] == 95007


def test_without_a_token_little_is_given(peer: Peer) -> None:
    codes = [peer.sync()["errcode"] for _ in range(11)]
    assert (codes[0], codes[-1]) == (0, 45009)
    assert peer.post("sync_msg", open_kfid="wkX")["errcode"] == 95000
    assert peer.sync(cursor="nonsense", token="")["errcode"] in (40058, 45009)


def test_five_messages_in_two_days_and_what_is_more_fails_afterwards(peer: Peer) -> None:
    assert peer.send() == 40096
    peer.act("say", words="在吗")
    assert [peer.send() for _ in range(6)] == [0] * 6
    assert len(peer.received()) == 5
    failed = peer.sync()["msg_list"][-1]
    assert (failed["origin"], failed["event"]["event_type"], failed["event"]["fail_type"]) == (
        4, "msg_send_fail", 6,
    )  # fmt: skip
    peer.act("say", words="在吗")
    peer.box.advance_clock(49 * 3600)
    peer.send(msgid="late-1")
    failed = peer.sync()["msg_list"][-1]["event"]
    assert (failed["fail_msgid"], failed["fail_type"]) == ("late-1", 4)


def test_one_id_is_sent_once(peer: Peer) -> None:
    peer.act("say", words="在吗")
    assert [peer.send(msgid="case1-1"), peer.send(msgid="case1-1")] == [0, 0]
    assert peer.received() == ["好"]
    assert peer.send(msgid="编号") == 40058


def test_whoever_comes_is_greeted_by_a_code_once_and_not_when_they_were_here(peer: Peer) -> None:
    peer.act("enter", scene="a=1")
    event = peer.sync()["msg_list"][0]["event"]
    assert (event["event_type"], event["scene_param"]) == ("enter_session", "a%3D1")
    said = {"code": event["welcome_code"], "msgid": "w1", "msgtype": "text", "text": {"content": "您好"}}
    assert [peer.post("send_msg_on_event", **said)["errcode"] for _ in range(2)] == [0, 95007]
    peer.act("enter")
    late = peer.sync()["msg_list"][-1]["event"]["welcome_code"]
    peer.box.advance_clock(21)
    assert peer.post("send_msg_on_event", **said | {"code": late})["errcode"] == 95007
    peer.act("say", words="在吗")
    peer.act("enter")
    assert "welcome_code" not in peer.sync()["msg_list"][-1]["event"]


def test_while_a_person_answers_nobody_else_may(peer: Peer) -> None:
    peer.act("say", words="转人工")
    assert peer.trans(3) == 40058
    assert peer.trans(3, servicer_userid="nobody") == 95014
    assert peer.trans(2) == 0
    assert (peer.send(), peer.trans(1)) == (95018, 95018)
    peer.act("pick", words="zhangsan")
    peer.act("answer", words="请讲")
    peer.act("say", words="路灯坏了")
    assert peer.send() == 95018
    peer.act("end")
    assert peer.send() == 95018
    items = peer.sync()["msg_list"]
    assert [item["origin"] for item in items] == [3, 4, 5, 3, 4]
    assert [item["event"]["change_type"] for item in items if item["msgtype"] == "event"] == [1, 3]
    peer.act("say", words="谢谢")
    assert peer.send() == 0


CHECKS: list[tuple[str, dict[str, Any], int]] = [
    ("text", {"content": "路" * 700}, 45002),
    (
        "msgmenu",
        {"head_content": "?", "list": [{"type": "click", "click": {"id": "1", "content": "是"}}]},
        0,
    ),
    ("msgmenu", {"head_content": "路" * 400, "list": []}, 45002),
    ("msgmenu", {"list": [{"type": "text", "text": {"content": "x"}}] * 11}, 40058),
    ("image", {"media_id": "unknown"}, 40007),
    ("location", {"name": "站", "address": "路", "latitude": 31.1, "longitude": 121.2}, 0),
    ("miniprogram", {"appid": "wx", "title": "T", "thumb_media_id": "M", "pagepath": "pages/x"}, 40058),
    ("news", {"articles": []}, 40008),
]


def test_what_is_sent_is_checked(peer: Peer) -> None:
    answers = []
    for msgtype, part, _ in CHECKS:
        peer.act("say", words="在吗")
        answers.append(peer.send(msgtype, **part))
    assert answers == [code for _, _, code in CHECKS]
