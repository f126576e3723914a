"""What handling takes, without any network: `python -m bench.handling REPORTS CHATTER`.

A process of its own, so that it logs as the program does. Prints its numbers as JSON to stdout.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bench import district
from bot.channels.aibot import payload
from bot.channels.aibot.settings import AibotSettings
from bot.channels.aibot.socket import AibotSocket
from bot.channels.http import new_client
from bot.config.settings import Settings
from bot.inbox.worker import Worker
from bot.inbox.writer import InboxWriter
from bot.ops import log_setup
from bot.ops.metrics import Metrics
from bot.process.gc_tuning import freeze_startup_objects
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.environment.snapshot import Environment
from handlers.triage.types import Facts
from models.cases import Case
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.pushes import Push


def measure(reports: int, chatter: int) -> dict[str, Any]:
    """Cases and overheard messages per second, beside bare commits and bare triage."""
    assert reports <= len(district.REPORTERS), "a second report of one person would join the first"
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as name:
        settings = district.build_settings(Path(name))
        database = Database(settings.database.url)
        try:
            return _measure_all(database, settings, reports, chatter)
        finally:
            database.dispose()


def _measure_all(database: Database, settings: Settings, reports: int, chatter: int) -> dict[str, Any]:
    with freeze_startup_objects():
        district.prepare_database(database)
        env = EnvironmentBuilder(database, settings, reads_messages=True).refresh()
    texts = [f"@{district.BOT} {district.report_text(number)}" for number in range(reports)]
    commits = _measure_rate(lambda: _commit_rows(database, reports), reports)
    triage = _measure_rate(lambda: _triage_texts(env, texts), reports)
    receive_texts(database, texts, district.REPORTERS)
    cases = _measure_rate(lambda: _process_inbox(database, settings, env), reports)
    assert count_rows(database, Case) == reports, f"{count_rows(database, Case)} cases of {reports} reports"
    pushes = count_rows(database, Push)
    receive_texts(database, [district.chatter_text(number) for number in range(chatter)], district.TALKERS)
    overheard = _measure_rate(lambda: _process_inbox(database, settings, env), chatter)
    assert count_rows(database, Push) == pushes, "the bot answered what was not said to it"
    return {
        "cases_per_s": cases,
        "chatter_per_s": overheard,
        "floor_commits_per_s": commits,
        "triage_per_s": triage,
        "case_share_of_floor": cases / commits,
        "chatter_share_of_triage": overheard / triage,
        "cases": reports,
        "pushes": pushes,
    }


def _measure_rate(work: Callable[[], object], count: int) -> float:
    begin = time.perf_counter()
    work()
    return count / (time.perf_counter() - begin)


def _commit_rows(database: Database, count: int) -> None:
    """Commit `count` rows one by one."""
    for number in range(count):
        with database.write() as session:
            row = {"channel": "bare", "message_id": str(number), "lane": "bare", "raw": "{}", "state": "done"}
            now = datetime.now(UTC)
            session.execute(insert(InboxRow), [{**row, "received_at": now, "not_before": now}])


def _triage_texts(env: Environment, texts: Sequence[str]) -> None:
    facts = Facts(chat_unit="HM-HM", sender_unit="HM-HM", sender_role="informant")
    for text in texts:
        env.classifier.triage(text, facts=facts)


def receive_texts(database: Database, texts: Sequence[str], people: Sequence[str]) -> None:
    """Put messages into the inbox as a channel would."""
    first = count_rows(database, InboxRow)
    receiver = InboxWriter(database, clock=_utc_now, on_stored=lambda: None)
    messages = [district.build_payload(number, text, people) for number, text in enumerate(texts)]
    envelopes = [payload.build_envelope({**m, "msgid": f"{first}-{m['msgid']}"}) for m in messages]

    async def put() -> None:
        await asyncio.gather(*(receiver.put(district.CHANNEL, one) for one in envelopes))

    receiver.start()
    asyncio.run(put())
    receiver.stop()


def _process_inbox(database: Database, settings: Settings, env: Environment) -> None:
    """Handle everything in the inbox with the real worker."""
    worker = build_worker(database, settings, env)
    while worker.step():
        pass
    worker.close()
    left = count_rows(database, InboxRow, InboxRow.state != InboxState.DONE)
    assert not left, f"{left} messages were not handled"


def build_worker(database: Database, settings: Settings, env: Environment) -> Worker:
    """The real worker, with the channel of the district and no files."""
    chosen = settings.channels[district.CHANNEL]
    assert isinstance(chosen, AibotSettings)
    channel = AibotSocket(
        district.CHANNEL, chosen, base_url=settings.site.base_url, client=new_client(), on_frame=_hang_up
    )
    return Worker(
        database,
        name=f"bench-{os.getpid()}",
        channels=lambda: {district.CHANNEL: channel},
        env=lambda: env,
        fetch=lambda _channel, _incoming: ((), ()),
        clock=_utc_now,
        metrics=Metrics(),
        on_commit=lambda _ids: None,
    )


async def _hang_up(_envelope: object) -> None:
    """Stands in for the receiver of a connection that is never opened."""


def count_rows(database: Database, table: type[Any], *conditions: Any) -> int:
    """Rows of a table that fulfil the conditions."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def _utc_now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    log_setup.configure(pretty=False)
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
