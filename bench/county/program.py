"""gridbot with shorter windows, which tells what it takes: `python -m bench.county.program CONFIG ROLE…`.

It is the program that is shipped but for two kinds of channel, which count the platform's limits in windows
so many times shorter as `factor` says, and a few figures more in `/metrics`.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, ProcessCollector
from sqlalchemy import Engine, Pool, event

from bot.app import build_app
from bot.channels.aibot.settings import AibotSettings
from bot.channels.registry import SHIPPED_KINDS
from bot.channels.webhook.settings import WebhookSettings
from bot.config import loader
from bot.ops import log_setup
from bot.process.gc_tuning import freeze_startup_objects
from bot.process.http_server import run_server
from bot.process.roles import ProcessRole
from bot.process.runtime import Runtime


class ShrunkAibot(AibotSettings):
    """An AI bot on a platform whose windows are shorter."""

    factor: float

    def list_rates(self) -> tuple[tuple[int, float], ...]:
        return tuple((count, seconds / self.factor) for count, seconds in super().list_rates())


class ShrunkWebhook(WebhookSettings):
    """Group webhooks of such a platform."""

    factor: float

    def find_window(self) -> float:
        return super().find_window() / self.factor


class _StatementClock:
    """Counts seconds in which this process waits for its database, a commit included."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._spent = Counter("bench_database_seconds", "Time in statements and commits", registry=registry)
        self._worked = Counter(
            "bench_database_cpu_seconds", "Of that, on this process's CPU", registry=registry
        )
        self._statements = Counter("bench_statements", "Statements sent", registry=registry)
        self._own = threading.local()
        event.listen(Engine, "before_cursor_execute", self._begin)
        event.listen(Engine, "after_cursor_execute", self._end_statement)
        event.listen(Engine, "commit", self._begin)
        event.listen(Pool, "checkin", self._end)

    def _begin(self, *_: Any) -> None:
        self._own.since = time.perf_counter(), time.thread_time()

    def _end_statement(self, *_: Any) -> None:
        self._statements.inc()
        self._end()

    def _end(self, *_: Any) -> None:
        since = getattr(self._own, "since", None)
        if since is not None:
            self._spent.inc(time.perf_counter() - since[0])
            self._worked.inc(time.thread_time() - since[1])
            self._own.since = None


def main(config: str, roles: list[str]) -> None:
    """Serve with these roles until it is terminated, or killed."""
    with freeze_startup_objects():
        kinds = SHIPPED_KINDS.extend(ShrunkAibot, ShrunkWebhook)
        settings = loader.load(Path(config), environ=os.environ, kinds=kinds)
        log_setup.configure()
        app = build_app(settings, roles=frozenset(ProcessRole(role) for role in roles))
        runtime: Runtime = app.state.runtime
        ProcessCollector(registry=runtime.metrics.registry)
        _StatementClock(runtime.metrics.registry)
    run_server(app, host=settings.server.host, port=settings.server.port)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
