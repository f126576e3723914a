"""URL-callback mode against a small HTTP server that plays the bot."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox import crypto
from sandbox.server import SandboxServer
from tests.sandbox.conftest import AES_KEY, small_world

TOKEN = "AIBOTtoken01"
KEY = crypto.decode_key(AES_KEY)
NOTICE = {
    "card_type": "text_notice",
    "main_title": {"title": "已受理"},
    "card_action": {"type": 1, "url": "https://gov.example/c/1"},
}
BUTTONS = {
    "card_type": "button_interaction",
    "main_title": {"title": "待受理"},
    "button_list": [{"text": "受理", "key": "accept"}],
    "task_id": "T-1",
}


class _Listener(ThreadingHTTPServer):
    request_queue_size = 256
    """Many call at once."""


class CallbackBot:
    """Answers from a queue, then the usual: an int is a bare status, an event is waited for, None is an empty 200, a dict a sealed reply."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answers: list[int | threading.Event | dict[str, Any] | None] = []
        self.usual: dict[str, Any] | None = None
        self.nonce: str | None = None
        handler = _handler(self)
        self.server = _Listener(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/callback"

    def hear(self, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        encrypted = json.loads(body)["encrypt"]
        _check(query, encrypted)
        self.heard.append(json.loads(crypto.unseal(encrypted, KEY)))
        answer = self.answers.pop(0) if self.answers else self.usual
        if isinstance(answer, threading.Event):
            answer.wait()
            return 200, b""
        if isinstance(answer, int):
            return answer, b""
        if answer is None:
            return 200, b""
        sealed, nonce = crypto.seal(json.dumps(answer), KEY), self.nonce or query["nonce"]
        signature = crypto.compute_signature(TOKEN, "1767225601", nonce, sealed)
        envelope = {"encrypt": sealed, "msgsignature": signature, "timestamp": 1767225601, "nonce": nonce}
        return 200, json.dumps(envelope).encode()


def _check(query: dict[str, str], encrypted: str) -> None:
    crypto.check_signature(
        query["msg_signature"],
        token=TOKEN,
        timestamp=query["timestamp"],
        nonce=query["nonce"],
        encrypted=encrypted,
    )


def _handler(peer: CallbackBot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = self._query()
            _check(query, query["echostr"])
            self._answer(200, crypto.unseal(query["echostr"], KEY).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*peer.hear(self._query(), body))

        def _query(self) -> dict[str, str]:
            return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            # Who did not wait for the answer is gone by now.
            with suppress(BrokenPipeError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@pytest.fixture
def peer() -> Iterator[CallbackBot]:
    bot = CallbackBot()
    thread = threading.Thread(target=bot.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield bot
    bot.server.shutdown()
    bot.server.server_close()
    thread.join()


@pytest.fixture
def box(peer: CallbackBot) -> Iterator[SandboxServer]:
    world = small_world(mode="callback", token=TOKEN, aes_key=AES_KEY, callback_url=peer.url)
    with SandboxServer(world, callback_retry_delay=0.01, stream_poll=0.01) as server:
        yield server


def _shown(box: SandboxServer, count: int) -> list[dict[str, Any]]:
    """The group's bubbles once there are so many."""

    def enough() -> list[dict[str, Any]]:
        found = box.messages("wrA")
        return found if len(found) >= count else []

    bubbles: list[dict[str, Any]] = box.wait_for(enough)
    return bubbles


def _say(box: SandboxServer, **more: Any) -> None:
    box.say("wrA", "zhangsan", "灯坏了", at_bot=True, **more)


def test_the_address_is_verified_by_its_echo(box: SandboxServer) -> None:
    assert box.post("verify", bot="AIB1") == {"ok": True, "problem": None}


def test_a_message_is_posted_sealed_and_without_aeskey(box: SandboxServer, peer: CallbackBot) -> None:
    _say(box, photos=["sample:rubble"])
    box.wait_for(lambda: peer.heard)
    items = peer.heard[0]["mixed"]["msg_item"]
    assert items[0]["text"]["content"] == "@网格助手 灯坏了"
    assert set(items[1]["image"]) == {"url"}


def test_a_failing_bot_is_tried_three_times_with_one_msgid(box: SandboxServer, peer: CallbackBot) -> None:
    peer.answers = [500, 500, 500]
    _say(box)
    box.wait_for(lambda: len(box.stats()["callback_failures"]) == 3)
    assert len({heard["msgid"] for heard in peer.heard}) == 1
    assert len(peer.heard) == 3


def test_a_slow_bot_is_tried_again(peer: CallbackBot) -> None:
    world = small_world(mode="callback", token=TOKEN, aes_key=AES_KEY, callback_url=peer.url)
    never = threading.Event()
    peer.answers = [never]
    peer.usual = {"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "已登记"}}
    # On a slow machine the second try may be too slow as well, and the third.
    options: dict[str, Any] = {"callback_timeout": 0.3, "callback_retry_delay": 0.01, "callback_tries": 1_000}
    with SandboxServer(world, **options) as box, ExitStack() as at_the_end:
        at_the_end.callback(never.set)
        _say(box)
        assert _shown(box, 2)[1]["text"] == "已登记"
        failures = box.stats()["callback_failures"]
        assert set(failures) == {"TimeoutError"}
        assert len({heard["msgid"] for heard in peer.heard}) == 1
        assert len(peer.heard) > 1


def test_nobody_waits_for_a_bot_that_is_slow_to_answer_others(peer: CallbackBot) -> None:
    world = small_world(mode="callback", token=TOKEN, aes_key=AES_KEY, callback_url=peer.url)
    answered, many = threading.Event(), 110
    peer.answers = [answered] * many
    with SandboxServer(world, callback_timeout=120.0) as box, ExitStack() as at_the_end:
        at_the_end.callback(answered.set)
        for _ in range(many):
            _say(box)
        box.wait_for(lambda: len({heard["msgid"] for heard in peer.heard}) == many)


def test_a_passive_stream_is_shown(box: SandboxServer, peer: CallbackBot) -> None:
    peer.answers = [{"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "已登记"}}]
    _say(box)
    assert _shown(box, 2)[1]["text"] == "已登记"


def test_an_open_stream_is_asked_for_until_it_ends(box: SandboxServer, peer: CallbackBot) -> None:
    frames = [("登", False), ("登记", False), ("登记好", True)]
    peer.answers = [
        {"msgtype": "stream", "stream": {"id": "s", "finish": finish, "content": text}}
        for text, finish in frames
    ]
    _say(box)
    box.wait_for(lambda: box.messages("wrA")[-1]["text"] == "登记好")
    assert [heard["msgtype"] for heard in peer.heard] == ["text", "stream", "stream"]
    assert peer.heard[1]["stream"] == {"id": "s"}


def test_a_stream_may_bring_a_card_along(box: SandboxServer, peer: CallbackBot) -> None:
    stream = {"id": "s", "finish": True, "content": "好"}
    peer.answers = [{"msgtype": "stream_with_template_card", "stream": stream, "template_card": {**NOTICE}}]
    _say(box)
    assert [bubble["msgtype"] for bubble in _shown(box, 3)[1:]] == ["stream", "template_card"]


def _bad_reply(text: str) -> Callable[[CallbackBot], None]:
    def arm(peer: CallbackBot) -> None:
        peer.answers = [{"msgtype": "text", "text": {"content": text}}]

    return arm


def _wrong_nonce(peer: CallbackBot) -> None:
    peer.answers = [{"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "好"}}]
    peer.nonce = "another"


@pytest.mark.parametrize("arm", [_bad_reply("好"), _wrong_nonce])
def test_a_reply_that_is_not_allowed_is_not_shown(
    box: SandboxServer, peer: CallbackBot, arm: Callable[[CallbackBot], None]
) -> None:
    arm(peer)
    _say(box)
    box.wait_for(lambda: box.stats()["callback_failures"])
    assert len(box.messages("wrA")) == 1


def test_entering_may_be_answered_with_text(box: SandboxServer, peer: CallbackBot) -> None:
    peer.answers = [{"msgtype": "text", "text": {"content": "您好"}}]
    box.enter("AIB1", "zhangsan")
    box.wait_for(lambda: [bubble["text"] for bubble in box.messages("AIB1/zhangsan")] == ["您好"])


def test_a_press_is_told_once_and_may_update_the_card(box: SandboxServer, peer: CallbackBot) -> None:
    update = {"response_type": "update_template_card", "template_card": NOTICE}
    peer.answers = [{"msgtype": "template_card", "template_card": BUTTONS}, 500, update]
    _say(box)
    card = _shown(box, 2)[1]["id"]
    box.click(card, "lisi", "accept")
    box.wait_for(lambda: box.stats()["callback_failures"] == ["status 500"])
    box.click(card, "lisi", "accept")
    box.wait_for(lambda: box.messages("wrA")[1]["card"]["main_title"]["title"] == "已受理")
    assert len(peer.heard) == 3
