"""What the page of the program's health is told by a process that runs."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.app import build_app
from bot.config.settings import Settings
from bot.process import health
from bot.process.runtime import Runtime, system_clock
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.organisation import Chat, ChatUse
from models.pushes import Push, PushState, SendRecord

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(sqlite_database: Database, tmp_path: Path) -> Settings:
    bot = {
        "kind": "aibot",
        "mode": "callback",
        "bot_id": "AIB2",
        "bot_name": "网格助手",
        "token": "t" * 8,
        "aes_key": "a" * 43,
    }
    rings = {"kind": "webhook"}
    return Settings.parse(
        {
            "database": {"url": str(sqlite_database.engine.url)},
            "channels": {"gridcb": bot, "rings": rings},
            "media": {"folder": tmp_path / "media"},
        }
    )


def fill(database: Database) -> tuple[int, int]:
    """A group, what waits for it, what was parked; ids of the parked message and the parked push."""
    now = system_clock()
    with database.write() as session:
        chat = Chat(
            code="cg", name="城管处置群", use=ChatUse.HANDLING, channel="gridcb", chat_id="wrCG",
            webhook_channel="rings", webhook_key="key",
        )  # fmt: skip
        session.add(chat)
        session.flush()

        def push(key: str, state: PushState) -> Push:
            return Push(
                dedupe_key=key, lane="l", chat_id=chat.id, channel="gridcb", kind="text", body={"text": "x"},
                purpose="order", urgent=False, created_at=now - timedelta(minutes=9), not_before=now, state=state,
                outcome="no_route" if state is PushState.DEAD else None,
            )  # fmt: skip

        def message(key: str, state: InboxState) -> InboxRow:
            at = now - timedelta(minutes=3)
            return InboxRow(
                channel="gridcb",
                message_id=key,
                lane=key,
                raw="{}",
                received_at=at,
                not_before=at,
                state=state,
            )

        parked_push, parked_message = push("b", PushState.DEAD), message("c", InboxState.DEAD)
        session.add_all(
            [push("a", PushState.READY), message("d", InboxState.READY), parked_push, parked_message]
        )
        session.add_all(
            SendRecord(key="aibot:AIB2:wrCG", push_id=1, at=now - timedelta(seconds=at)) for at in (1, 2, 90)
        )
        session.flush()
        return parked_message.id, parked_push.id


async def test_what_waits_and_what_was_parked_is_told_and_sent_again(
    settings: Settings, sqlite_database: Database
) -> None:
    message_id, push_id = fill(sqlite_database)
    async with Runtime(settings, roles=frozenset()) as runtime:
        seen = health.read_health(runtime)
        assert [(line.name, line.waiting) for line in seen.lags] == [("", 1), ("gridcb", 1)]
        assert {(letter.box, letter.id, letter.purpose) for letter in seen.letters} == {
            ("in", message_id, ""), ("out", push_id, "order"),
        }  # fmt: skip
        assert [(line.chat, line.used, line.most, line.seconds) for line in seen.rates] == [
            ("城管处置群", 2, 30, 60)
        ]
        assert [line.name for line in seen.channels] == ["gridcb", "rings"]
        assert [line.is_alive for line in seen.processes] == [True]
        assert dict(seen.versions)["schema"]
        assert {line.name for line in seen.disks} >= {"database"}
        assert health.replay_letter(runtime, "in", message_id)
        assert health.replay_letter(runtime, "out", push_id)
        assert not health.replay_letter(runtime, "out", push_id)
        assert not health.replay_letter(runtime, "sideways", push_id)
        assert health.read_health(runtime).letter_count == 0


async def test_an_address_that_there_is_not_is_a_page_but_for_programs(
    settings: Settings, sqlite_database: Database
) -> None:
    app = build_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://x") as client,
    ):
        lost = await client.get("/nothing")
        assert (lost.status_code, lost.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "没有这个页面" in lost.text
        wrong = await client.get("/logout")
        assert wrong.status_code == 405
        assert 'role="alert"' in wrong.text
        assert "noindex" in (await client.get("/c/a/b")).text
        assert (await client.get("/callback/nobody")).text == "no such channel"
        assert (await client.get("/callback/a/b")).json() == {"detail": "Not Found"}
        assert (await client.get("/api/v1/nothing")).headers["Content-Type"] == "application/problem+json"
        assert (await client.get("/healthz/x")).json() == {"detail": "Not Found"}
