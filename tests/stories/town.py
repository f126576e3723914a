"""A whole district in a test: the sandbox, gridbot on its real sockets, and a clock that the test moves."""

import base64
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from PIL import Image

from bot.app import build_app
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.demo import build_channels, prepare_database
from sandbox.server import NO_TRUSTED_CA, SandboxServer

WORLD = PACKAGE_ROOT / "sandbox" / "haimen.yaml"
TOKEN = "token-of-the-tests"
_WITHIN = 120.0
"""Seconds until what a story waits for counts as never seen."""
_HITCH = 10.0
"""Seconds after which something must have gone wrong that is tried again later."""


class MovableClock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        # Advances with real time a little, so that order by time holds within a story.
        self.now += timedelta(microseconds=1)
        return self.now

    def move_to(self, moment: datetime) -> None:
        self.now = moment


def make_photo(colour: str = "sienna", size: tuple[int, int] = (640, 480)) -> str:
    """A JPEG as base64, as the sandbox takes it."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


class StoryHarness:
    """What a story does and sees. Chats and people by the sandbox's ids."""

    def __init__(self, box: SandboxServer, url: str, clock: Callable[[], datetime]) -> None:
        self.box = box
        self.clock = clock
        self.api = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
            timeout=60,
            verify=NO_TRUSTED_CA,
        )

    def close(self) -> None:
        self.api.close()

    def say(self, chat: str, user: str, text: str = "", **more: Any) -> dict[str, Any]:
        return self.box.say(chat, user, text, at_bot=True, **more)

    def report(self, chat: str, user: str, text: str, *words: str, **more: Any) -> str:
        """Say what becomes a case of its own; its number, once the receipt with these words is there."""
        known = self._list_numbers()
        self.say(chat, user, text, **more)
        self.wait_until(lambda: self._list_numbers() > known, f"a case of {text}")
        [number] = self._list_numbers() - known
        self.wait_for_message(chat, "已收到", number, *words)
        return number

    def _list_numbers(self) -> set[str]:
        return {case["number"] for case in self.cases()}

    def wait_for_message(self, chat: str, *words: str) -> dict[str, Any]:
        """The newest message of bot or webhook in a chat that holds all these words."""
        found: dict[str, Any] = {}

        def look() -> bool:
            for message in reversed(self.box.messages(chat)):
                shown = f"{message.get('text') or ''}{message.get('card') or ''}"
                if message["sender"]["kind"] != "user" and all(word in shown for word in words):
                    found.update(message)
                    return True
            return False

        self.wait_until(look, f"{words} in {chat}")
        return found

    def wait_for_card(self, chat: str, *words: str) -> dict[str, Any]:
        """The newest card in a chat that holds all these words; a line that rings for it is none."""
        return self.wait_for_message(chat, "button_list", *words)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Generous: a slow machine is not what a story is about."""
        began = time.monotonic()
        due = began + _HITCH
        while not condition():
            now = time.monotonic()
            if now > began + _WITHIN:
                raise AssertionError(f"never seen: {what}\n{self.transcript()}")
            if now > due:
                due = now + _HITCH
                self._let_time_pass()
            time.sleep(0.02)

    def _let_time_pass(self) -> None:
        """What failed once, because the machine was slow, is tried again by the story's clock, which stands still."""
        if isinstance(self.clock, MovableClock):
            self.clock.move_to(self.clock.now + timedelta(seconds=_HITCH))

    def press_button(self, message: dict[str, Any], user: str, words: str, **selected: list[str]) -> None:
        """Press the button that says these words on the card, as soon as it is there."""
        keys: list[str] = []

        def drawn() -> bool:
            buttons = (self.reload_message(message)["card"] or {}).get("button_list", [])
            keys.extend(button["key"] for button in buttons if button["text"] == words)
            return bool(keys)

        self.wait_until(drawn, f"the button {words}")
        self.box.click(message["id"], user, keys[0], selected=selected)

    def reload_message(self, message: dict[str, Any]) -> dict[str, Any]:
        return next(m for m in self.box.messages(message["chat"]) if m["id"] == message["id"])

    def count_photos(self, chat: str) -> int:
        """How many pictures the bot has posted in a chat."""
        return sum(m["msgtype"] == "image" for m in self.box.messages(chat) if m["sender"]["kind"] != "user")

    def case(self, number: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.api.get(f"/api/v1/cases/{number}").raise_for_status().json()
        return answer

    def cases(self) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = self.api.get("/api/v1/cases").raise_for_status().json()["cases"]
        return answer

    def wait_for_status(self, number: str, status: str) -> None:
        self.wait_until(lambda: self.case(number)["status"] == status, f"{number} {status}")

    def transcript(self) -> str:
        lines = []
        for chat in self.box.world.groups:
            for m in self.box.messages(chat):
                shown = (m.get("text") or str((m.get("card") or {}).get("main_title", "")))[:90]
                lines.append(f"{chat} {m['sender']['name']}: [{m['msgtype']}] {shown}")
        return "\n".join(lines)


@contextmanager
def run_story(
    folder: Path,
    database_url: str,
    clock: Callable[[], datetime],
    *,
    config: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[StoryHarness]:
    """Everything up and connected; everything down at the end. `config`: beside the usual, for gridbot."""
    # How long a card may be changed after a press is the platform's real time, and no story's matter.
    with SandboxServer(WORLD, **{"card_window": 60.0, **options}) as box:
        settings = build_settings(folder, database_url, box, **(config or {}))
        prepare_database(settings)
        with serve_gridbot(settings, clock) as url, closing(StoryHarness(box, url, clock)) as people:
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield people


def build_settings(folder: Path, database_url: str, box: SandboxServer, **more: Any) -> Settings:
    return Settings.parse(
        {
            "site": {"name": "海门区网格接诉中心", "base_url": "http://127.0.0.1:8000"},
            "database": {"url": database_url},
            "api": {"tokens": {"harness": TOKEN}},
            "channels": build_channels(box),
            "media": {"folder": folder / "media", "hosts": [f"127.0.0.1:{box.port}"]},
            "rules": {
                "packs": [PACKAGE_ROOT / "rules" / "default.yaml"],
                "limits": PACKAGE_ROOT / "rules" / "limits.yaml",
            },
            **more,
        }
    )


@contextmanager
def serve_gridbot(settings: Settings, clock: Callable[[], datetime]) -> Iterator[str]:
    """gridbot on a free port, in a thread with its own event loop."""
    # IPPROTO_TCP: without it uvicorn leaves Nagle's algorithm on, and every request takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    app = build_app(settings, clock=clock)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise AssertionError("gridbot did not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
