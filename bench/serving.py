"""Everything in one process: how soon a message is acknowledged while others are being handled."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench import district, load, servers, wrk
from bench.callbacks import CHANNEL, Callbacks, build_settings
from models.database import Database
from models.inbox import InboxRow, InboxState

_WARM_UP = 3.0
_MOST_PER_SECOND = 2_000
"""Requests made ready for each second; one process handles some hundreds."""


def measure(seconds: float = 15.0, connections: int = 64) -> Mapping[str, Any]:
    """Percentiles of acknowledgements in milliseconds (bar: 100 at p99), and messages handled per second.

    All that is said is said to the bot, by `connections` callers for `seconds`, after `_WARM_UP` seconds of
    the same: what a process that has just started loads and compiles is no matter of how it serves.
    """
    program = wrk.find_program()

    def speak(port: int, requests: Sequence[bytes], length: float) -> load.LoadResult:
        if program:
            return wrk.run(program, port, requests, connections=connections, seconds=length)
        return load.run(port, requests, connections=connections, seconds=length)

    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as name:
        folder = Path(name)
        database = Database(build_settings(folder).database.url)
        district.prepare_database(database, CHANNEL)
        with (
            servers.run_server(servers.PLATFORM, folder) as platform,
            servers.run_server(servers.WHOLE, folder) as port,
        ):
            callbacks = Callbacks(platform=f"http://127.0.0.1:{platform}")
            requests = callbacks.make(int(_MOST_PER_SECOND * (_WARM_UP + seconds)))
            first = int(_MOST_PER_SECOND * _WARM_UP)
            speak(port, requests[:first], _WARM_UP)
            before = _count_handled(database)
            answered = speak(port, requests[first:], seconds)
            handled = _count_handled(database) - before
        stored = _count_stored(database)
        database.dispose()
    assert answered.answers <= stored, f"{answered.answers} acknowledged, {stored} stored"
    return {
        "acknowledged_per_s": answered.per_second,
        "refused": answered.refused,
        "p50_ms": load.percentile(answered.waits, 0.50) * 1000,
        "p99_ms": load.percentile(answered.waits, 0.99) * 1000,
        "handled_per_s": handled / answered.seconds,
        "client": "wrk" if program else "own",
    }


def _count_stored(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(InboxRow)) or 0


def _count_handled(database: Database) -> int:
    done = select(func.count()).select_from(InboxRow).where(InboxRow.state == InboxState.DONE)
    with database.read() as session:
        return session.scalar(done) or 0
