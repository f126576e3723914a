"""The same over the long connection, where a frame counts as received once its row is there."""

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.cases import Case
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.pushes import Push, PushState
from sandbox.server import SandboxServer
from tests.crash.killing import GridbotProcess, wait_for

PEOPLE, EACH, KILLS = 5, 12, 3
OPTIONS: dict[str, Any] = {"chat_per_minute": 10**6, "chat_per_hour": 10**6}
PEOPLE_OF_IT = [f"p{n}" for n in range(PEOPLE)]


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    world = {
        "members": [{"id": who, "name": who} for who in PEOPLE_OF_IT],
        "bots": [{"id": "AIB1", "name": "网格助手", "secret": "S", "known_by": PEOPLE_OF_IT}],
    }
    with SandboxServer(world, **OPTIONS) as server:
        yield server


@pytest.fixture
def program(box: SandboxServer, sqlite_database: Database, tmp_path: Path) -> Iterator[GridbotProcess]:
    grid = {
        "kind": "aibot", "mode": "socket", "bot_id": "AIB1", "bot_name": "网格助手", "secret": "S",
        "ws_url": box.ws_url,
    }  # fmt: skip
    with GridbotProcess(
        tmp_path, sqlite_database.url, {"grid": grid}, media=f"127.0.0.1:{box.port}"
    ) as running:
        yield running


def count(database: Database, *where: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(*where)) or 0


def _stored(database: Database, rows: int) -> bool:
    return count(database, InboxRow.id > 0) >= rows


def quiet(database: Database) -> bool:
    waiting = InboxRow.state.in_((InboxState.READY, InboxState.LEASED))
    return not count(database, waiting) and not count(
        database, Push.state.in_((PushState.READY, PushState.LEASED))
    )


def test_what_has_a_row_becomes_one_case_and_one_receipt(
    box: SandboxServer, program: GridbotProcess, sqlite_database: Database
) -> None:
    database = sqlite_database
    for turn in range(EACH):
        wait_for(lambda: box.is_online("AIB1"), "the bot online")
        before = count(database, InboxRow.id > 0)
        for person, who in enumerate(PEOPLE_OF_IT):
            box.say("AIB1", who, f"长江路{person * EACH + turn + 1}号门口有建筑垃圾")
        if turn % (EACH // KILLS) == 1:
            time.sleep(0.02)
            program.kill()
            # Else what is said next may go to the dead connection, where nobody hears it.
            wait_for(lambda: not box.is_online("AIB1"), "the connection gone")
            program.start()
        else:
            stored = partial(_stored, database, before + PEOPLE)
            wait_for(stored, "the round stored")
    wait_for(lambda: quiet(database), "everything handled and sent")
    with database.read() as session:
        rows = Counter(session.scalars(select(InboxRow.result)))
        places = Counter(session.scalars(select(Case.place)))
        pushes = Counter(session.scalars(select(Push.state)))
    assert program.starts == KILLS + 1
    assert set(rows) == {"case.opened"}
    # A frame has no acknowledgement: of the round that was on its way at a kill, any may be lost.
    assert rows.total() >= (EACH - KILLS) * PEOPLE
    assert places.total() == len(places) == rows.total()
    assert pushes.total() == rows.total()
    assert set(pushes) <= {PushState.SENT, PushState.UNKNOWN}
    assert pushes[PushState.UNKNOWN] == 0
