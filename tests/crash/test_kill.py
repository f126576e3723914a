"""SIGKILL ten times under load (design §11): 0 acknowledged messages lost, 0 cases doubled."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.cases import Case
from models.database import Database
from models.inbox import InboxRow
from models.organisation import Chat, ChatUse
from models.pushes import Push, PushState
from sandbox.insistent import InsistentPlatform
from sandbox.server import SandboxServer
from tests.crash.killing import GridbotProcess, wait_for

PEOPLE, EACH, KILLS = 50, 5, 10
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
BOT = {"id": "AIB1", "name": "网格助手", "mode": "callback", "token": "AIBOTtoken01", "aes_key": KEY}
CHANNEL = {
    "kind": "aibot", "mode": "callback", "bot_id": "AIB1", "bot_name": "网格助手", "token": "AIBOTtoken01",
    "aes_key": KEY,
}  # fmt: skip
INSISTENT: dict[str, Any] = {
    "callback_tries": 10_000,
    "callback_retry_delay": 0.7,
    "chat_per_minute": 10**6,
    "chat_per_hour": 10**6,
}
RESENT = "补发"


def user(person: int) -> str:
    return f"p{person}"


def chat(person: int) -> str:
    return f"wrG{person}"


def place(person: int, turn: int) -> str:
    return f"长江路{person * EACH + turn + 1}号门口"


def world() -> dict[str, Any]:
    return {
        "members": [{"id": user(n), "name": user(n)} for n in range(PEOPLE)],
        "bots": [dict(BOT)],
        "groups": [{"id": chat(n), "name": chat(n), "members": [user(n)]} for n in range(PEOPLE)],
        "webhooks": [{"key": f"key-{n}", "chat": chat(n)} for n in range(PEOPLE)],
    }


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer(world(), **INSISTENT) as server:
        yield server


@pytest.fixture
def platform(box: SandboxServer) -> Iterator[InsistentPlatform]:
    platform = InsistentPlatform(box.tenant)
    box.tenant.callbacks = platform
    yield platform
    platform.finish()


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The groups are known, each with its webhook: a response_url is good for one answer only."""
    with sqlite_database.write() as session:
        session.add_all(
            Chat(
                code=chat(n), name=chat(n), use=ChatUse.INTAKE, channel="grid", chat_id=chat(n),
                webhook_channel="rings", webhook_key=f"key-{n}",
            )
            for n in range(PEOPLE)
        )  # fmt: skip
    return sqlite_database


@pytest.fixture
def program(box: SandboxServer, database: Database, tmp_path: Path) -> Iterator[GridbotProcess]:
    channels = {"grid": CHANNEL, "rings": {"kind": "webhook", "api_base": box.url}}
    with GridbotProcess(tmp_path, database.url, channels, media=f"127.0.0.1:{box.port}") as running:
        box.world.bots["AIB1"].callback_url = f"{running.url}/callback/grid"
        yield running


def report_everything(box: SandboxServer, person: int) -> None:
    for turn in range(EACH):
        box.say(chat(person), user(person), f"{place(person, turn)}有建筑垃圾", at_bot=True)


def settled(database: Database) -> bool:
    """Whether all that was acknowledged is handled, and all that was said of it is sent."""
    unhandled = select(func.count()).where(InboxRow.result.is_(None))
    unsent = select(func.count()).where(Push.state.in_((PushState.READY, PushState.LEASED)))
    with database.read() as session:
        return not session.scalar(unhandled) and not session.scalar(unsent)


def receipts(box: SandboxServer, person: int) -> list[tuple[str, bool]]:
    """What the bot answered one person, in order: the place, and whether it says that it is sent again."""
    said = [m for m in box.messages(chat(person)) if m["sender"]["kind"] != "user"]
    places = [re.search(r"长江路\d+号门口", m["text"]) for m in said]
    return [(found.group(), RESENT in m["text"]) for found, m in zip(places, said, strict=True) if found]


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(
    box: SandboxServer, platform: InsistentPlatform, program: GridbotProcess, database: Database
) -> None:
    total = PEOPLE * EACH
    with ThreadPoolExecutor(8) as pool:
        spoken = [pool.submit(report_everything, box, person) for person in range(PEOPLE)]
        for life in range(1, KILLS + 1):
            # Anywhere within a batch, a request, a send.
            enough = life * total // (KILLS + 1) - random.randrange(10)
            wait_for(partial(platform.has_acknowledged, enough), f"life {life}")
            program.kill()
            program.start()
        for one in spoken:
            one.result()
    wait_for(partial(platform.has_acknowledged, total), "everything acknowledged")
    wait_for(lambda: settled(database), "everything sent")
    with database.read() as session:
        results = Counter(session.scalars(select(InboxRow.result)))
        places = Counter(session.scalars(select(Case.place)))
        pushes = Counter(session.scalars(select(Push.state)))
    assert results == {"case.opened": total}
    assert places == {place(person, turn): 1 for person in range(PEOPLE) for turn in range(EACH)}
    assert pushes == {PushState.SENT: total}
    assert program.starts == KILLS + 1
    assert box.stats()["callback_posts"] > total, "no request was ever broken off"
    for person in range(PEOPLE):
        got = receipts(box, person)
        assert list(dict.fromkeys(where for where, _ in got)) == [place(person, n) for n in range(EACH)]
        assert max(Counter(where for where, again in got if not again).values()) == 1, (
            "doubled without a word"
        )
