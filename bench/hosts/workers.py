"""Two workers against one, on a PostgreSQL that is 3 ms away: `gridbot bench workers`.

`python -m bench.hosts.workers URL` is one worker in a process of its own. It says "ready", begins at the
next line of its input, and prints what it took as JSON once nothing is left.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, select, text
from sqlalchemy.engine import make_url

from bench import district, handling
from bench.hosts import postgres
from bench.servers import run_module
from bot.config.loader import PACKAGE_ROOT
from bot.ops import log_setup
from bot.process.gc_tuning import freeze_startup_objects
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.cases import Case
from models.database import Database
from models.desk_lines import DeskLine
from models.inbox import InboxRow, InboxState, is_live

_LATENCY = 0.003
"""Seconds added to each round trip to the database."""
_FOR_THE_DESK = "谁来处理一下"
_SAMPLE = 0.01
"""Seconds between two looks at who waits for a lock."""


def measure(messages: int = 800, latency: float = _LATENCY) -> dict[str, Any]:
    """Messages handled per second by one worker and by two (bar: 1.7 times as many); what a message takes of
    the workers' CPU and of the database's time (bar: 1.2 times that of one), deadlocks (bar: none) and the
    share of the time in which a worker waits for a lock (bar: 5 %).
    """
    assert messages <= len(district.REPORTERS), "a second report of one person would join the first"
    with postgres.run_server() as server:
        _fill(server.create("filled"), messages)
        one = _measure_workers(server, "one", 1, messages, latency)
        two = _measure_workers(server, "two", 2, messages, latency)
    return {
        **{f"one_{name}": value for name, value in one.items()},
        **{f"two_{name}": value for name, value in two.items()},
        "speed_up": two["messages_per_s"] / one["messages_per_s"],
        "cpu_ratio": two["cpu_ms_per_message"] / one["cpu_ms_per_message"],
        "database_ratio": two["database_ms_per_message"] / one["database_ms_per_message"],
    }


def _fill(url: str, messages: int) -> None:
    database = Database(url)
    district.prepare_database(database)
    texts = [f"@{district.BOT} {_build_text(number)}" for number in range(messages)]
    handling.receive_texts(database, texts, district.REPORTERS)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    database.dispose()


def _build_text(number: int) -> str:
    """Mostly reports, each of another place. Of eight, one tells of what somebody else has just told, and one
    is for the desk: the one wants a case that others want, the other a number that others count as well.
    """
    if number % 8 == 3:
        return _FOR_THE_DESK
    return district.report_text(number - 5 if number % 8 == 7 else number)


def _measure_workers(
    server: postgres.Server, name: str, workers: int, messages: int, latency: float
) -> Mapping[str, float]:
    url = server.create(name, template="filled")
    with run_module("bench.hosts.slow_link", server.socket, str(latency)) as port:
        far = make_url(url).set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        before = _read_statistics(server, name)
        with _watch_locks(server, name) as waiting:
            took = _run_workers(far, workers)
    after = _read_statistics(server, name)
    seconds = max(one["end"] for one in took) - min(one["begin"] for one in took)
    database = Database(url)
    assert handling.count_rows(database, InboxRow, InboxRow.state == InboxState.DONE) == messages
    became = handling.count_rows(database, Case) + handling.count_rows(database, DeskLine)
    assert became == messages, f"{messages} messages became {became} cases and lines"
    database.dispose()
    return {
        "messages_per_s": messages / seconds,
        "cpu_ms_per_message": sum(one["cpu"] for one in took) * 1000 / messages,
        "database_ms_per_message": (after["active"] - before["active"]) / messages,
        "round_trips_per_message": sum(one["statements"] for one in took) / messages,
        "lock_wait_share": waiting["seconds"] / (seconds * workers),
        "deadlocks": after["deadlocks"] - before["deadlocks"],
        "rollbacks": after["rollbacks"] - before["rollbacks"],
    }


def _run_workers(url: str, count: int) -> list[dict[str, float]]:
    command = [sys.executable, "-m", "bench.hosts.workers", url]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(  # noqa: S603 - ourselves
                    command, cwd=PACKAGE_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, text=True,
                )
            )
            for _ in range(count)
        ]  # fmt: skip
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=300)[0]) for process in started]


def _read_statistics(server: postgres.Server, name: str) -> dict[str, float]:
    """What PostgreSQL counted of this database: milliseconds at work, deadlocks, transactions undone."""
    time.sleep(1.1)  # a session tells of itself once a second
    with server.admin.connect() as connection:
        row = connection.execute(_STATISTICS, {"name": name}).one()
    return {"active": row.active_time, "deadlocks": row.deadlocks, "rollbacks": row.xact_rollback}


_STATISTICS = text("SELECT active_time, deadlocks, xact_rollback FROM pg_stat_database WHERE datname = :name")
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND wait_event_type = 'Lock'")


@contextmanager
def _watch_locks(server: postgres.Server, name: str) -> Iterator[dict[str, float]]:
    """Seconds, summed over sessions, in which one waited for a lock."""
    found, end = {"seconds": 0.0}, threading.Event()

    def watch() -> None:
        with server.admin.connect() as connection:
            last = time.monotonic()
            while not end.wait(_SAMPLE):
                waiting = connection.scalar(_WAITING, {"name": name}) or 0
                connection.rollback()
                now = time.monotonic()
                found["seconds"] += waiting * (now - last)
                last = now

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        end.set()
        thread.join()


def work(url: str) -> dict[str, float]:
    """Handle messages until none is left; `begin` and `end` by the clock that all processes share."""
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as folder:
        settings = district.build_settings(Path(folder))
        database = Database(url)
        with freeze_startup_objects():
            env = EnvironmentBuilder(database, settings).refresh()
        worker = handling.build_worker(database, settings, env)
        statements = _count_statements(database)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        begin, cpu = time.monotonic(), time.process_time()
        while worker.step() or _is_anything_left(database):
            pass
        took = {"begin": begin, "end": time.monotonic(), "cpu": time.process_time() - cpu}
        worker.close()
        database.dispose()
        return {**took, "statements": statements()}


def _count_statements(database: Database) -> Callable[[], int]:
    """A function for how many statements were sent so far, and transactions begun and ended."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    for name in ("before_cursor_execute", "begin", "commit", "rollback"):
        event.listen(database.engine, name, count)
    return lambda: counted


def _is_anything_left(database: Database) -> bool:
    with database.read() as session:
        return session.scalar(select(InboxRow.id).where(is_live()).limit(1)) is not None


if __name__ == "__main__":
    log_setup.configure(pretty=False)
    sys.stdout.write(json.dumps(work(sys.argv[1])))
