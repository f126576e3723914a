"""Killed between a call and its messages, between two pages, between a page and its receipt."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.cases import Case
from models.database import Database
from models.pushes import Push, PushState
from sandbox.server import SandboxServer
from tests.bot.channels.vectors import KEY
from tests.crash.killing import GridbotProcess, wait_for
from tests.crash.test_kill_socket import quiet

DESK, CORP, PEOPLE, ROUNDS = "wkDESK1", "wwCORP1", 6, 3
WORLD: dict[str, Any] = {
    "apps": [{"id": "1000002", "name": "网格", "corp_id": CORP, "secret": "kf-secret"}],
    "services": [{"id": DESK, "name": "网格服务", "app_id": "1000002", "token": "KFtoken01", "aes_key": KEY}],
}


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer(WORLD, kf_page=2, kf_bare_syncs=1000, callback_tries=1) as server:
        yield server


@pytest.fixture
def program(box: SandboxServer, sqlite_database: Database, tmp_path: Path) -> Iterator[GridbotProcess]:
    service = {
        "kind": "kf", "corp_id": CORP, "secret": "kf-secret", "token": "KFtoken01", "aes_key": KEY,
        "api_base": box.url,
    }  # fmt: skip
    with GridbotProcess(
        tmp_path, sqlite_database.url, {"service": service}, media=f"127.0.0.1:{box.port}"
    ) as running:
        box.world.services[DESK].callback_url = f"{running.url}/callback/service"
        yield running


def test_each_message_becomes_one_case_whenever_the_program_dies(
    box: SandboxServer, program: GridbotProcess, sqlite_database: Database
) -> None:
    for turn in range(ROUNDS):
        for person in range(PEOPLE):
            said = f"长江路{person * ROUNDS + turn + 1}号门口有建筑垃圾"
            box.post("customers", account=DESK, user=f"wm{person}", do="say", words=said)
        if turn < ROUNDS - 1:
            time.sleep(0.05 * turn)
            program.kill()
            program.start()

    def is_done() -> bool:
        with sqlite_database.read() as session:
            return len(session.scalars(select(Case.id)).all()) >= PEOPLE * ROUNDS

    wait_for(lambda: is_done() and quiet(sqlite_database), "everything handled and sent")
    with sqlite_database.read() as session:
        places = Counter(session.scalars(select(Case.place)))
        pushes = Counter(session.scalars(select(Push.state)))
    assert program.starts == ROUNDS
    assert places.total() == len(places) == PEOPLE * ROUNDS
    # Each was answered once, or nobody knows; what is said beyond the windows is said to nobody.
    assert set(pushes) <= {PushState.SENT, PushState.UNKNOWN, PushState.MISSED}
    assert box.stats()["refusals"] == {}
