"""A claim from the inbox while one lane is deep, on both databases: `gridbot bench claim`."""

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bench import load
from bench.hosts import postgres
from bot.inbox import queue
from models import schema
from models.database import Database
from models.inbox import InboxRow, InboxState

DEPTHS = (0, 20_000)
"""Messages in the deepest lane."""
_NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
_OTHERS = 64
"""Lanes of one row beside the deep one."""


def measure(depths: Sequence[int] = DEPTHS, rounds: int = 100) -> dict[str, Any]:
    """Milliseconds for a claim of one lane (bar: 5), the median, by database and depth of the deepest lane;
    beside them what it takes of this process's CPU.
    """
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as folder, postgres.run_server() as server:
        for depth in depths:
            urls = {
                "sqlite": f"sqlite:///{Path(folder) / f'deep{depth}.db'}",
                "postgres": server.create(f"deep{depth}"),
            }
            for name, url in urls.items():
                found |= _measure_database(url, f"{name}_{depth}_deep", depth, rounds)
    return found


def _measure_database(url: str, name: str, depth: int, rounds: int) -> dict[str, float]:
    database = Database(url)
    schema.upgrade(database)
    _fill(database, depth)
    took = [_claim(database) for _ in range(rounds)]
    database.dispose()
    return {
        f"{name}_claim_ms": load.percentile([wall for wall, _ in took], 0.50) * 1000,
        f"{name}_claim_cpu_ms": load.percentile([cpu for _, cpu in took], 0.50) * 1000,
    }


def _claim(database: Database) -> tuple[float, float]:
    """Seconds of one claim, which is given back, and of these on the CPU."""
    begin, cpu = time.perf_counter(), time.process_time()
    claimed = queue.claim(database, "bench", now=_NOW, lanes=1)
    took = time.perf_counter() - begin, time.process_time() - cpu
    assert len(claimed) == 1
    with database.write() as session:
        queue.release_all(session, "bench", except_ids=())
    return took


def _fill(database: Database, depth: int) -> None:
    lanes = ["deep"] * depth + [f"lane {number}" for number in range(_OTHERS)]
    rows = [
        {"channel": "grid", "message_id": f"M-{number}", "lane": lane, "raw": "{}", "received_at": _NOW,
         "not_before": _NOW, "state": InboxState.READY}
        for number, lane in enumerate(lanes)
    ]  # fmt: skip
    with database.write() as session:
        session.execute(insert(InboxRow), rows)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
