"""What whoever runs it asks of the process."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from models.database import Database
from tests.bot.api.conftest import Process, connect_client, serve_api


def test_the_process_says_that_it_lives(api: httpx.Client) -> None:
    answer = httpx.get(f"{api.base_url}/healthz", trust_env=False)
    assert (answer.status_code, answer.text) == (200, "ok")


def test_it_is_ready_with_a_current_database(api: httpx.Client) -> None:
    answer = httpx.get(f"{api.base_url}/readyz", trust_env=False)
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "parts": {"database": "ok", "schema": "ok"}}


def test_it_is_not_ready_while_a_socket_is_not(api: httpx.Client, process: Process) -> None:
    process.waiting["channel.grid"] = "connecting"
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["channel.grid"]) == (503, "connecting")


def test_it_is_not_ready_without_its_tables(
    process: Process, serve: Callable[[Process], str], tmp_path: Path
) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    answer = httpx.get(f"{serve(replace(process, database=empty))}/readyz", trust_env=False)
    assert (answer.status_code, answer.json()["parts"]["schema"]) == (503, "empty")
    empty.dispose()


def test_it_lives_and_counts_without_a_database(process: Process, serve: Callable[[Process], str]) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/nothing")
    url = serve(replace(process, database=gone))
    answer = httpx.get(f"{url}/readyz", trust_env=False)
    assert (answer.status_code, answer.json()["parts"]["database"]) == (503, "OperationalError")
    assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    assert "gridbot_refused_total" in httpx.get(f"{url}/metrics", trust_env=False).text
    answer = httpx.get(f"{url}/api/v1/cases", headers={"Authorization": "Bearer other"}, trust_env=False)
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    gone.dispose()


def test_metrics_are_measured_when_asked(api: httpx.Client, open_some: Callable[..., list[str]]) -> None:
    open_some()
    answer = api.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'gridbot_outbox_lag_seconds{route="grid"}' in answer.text


@pytest.fixture
def frozen() -> Iterator[Database]:
    """A server that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        database = Database(f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/nothing")
        yield database
        database.dispose()


def test_a_frozen_database_is_503_in_time_and_takes_no_threads(process: Process, frozen: Database) -> None:
    process.database = frozen
    with serve_api(process) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        # The promise is two seconds each; a database that never says a word would take for ever.
        for _ in range(3):
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert answer.json()["parts"]["database"] in ("timeout", "OperationalError")
        assert "gridbot_refused_total" in client.get("/metrics").text
        assert client.get("/healthz").status_code == 200


def test_a_healthy_stand_by_is_ready_and_says_so(process: Process, serve: Callable[[Process], str]) -> None:
    process.standing_by["channel.grid"] = "standby"
    with connect_client(serve(process)) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["standby"] is True
    assert answer.json()["parts"]["channel.grid"] == "standby"
