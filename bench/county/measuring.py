"""One day on each database: everything up, everything said, a process killed now and then, all counted."""

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select, text

from bench.county import paper, setting
from bench.county.counts import Counted, count_day
from bench.county.plan import CountyDay, group_id, scale_day
from bench.county.processes import (
    POSTGRES_ROLES,
    SQLITE_ROLES,
    KilledPrograms,
    Program,
    find_claim_bound,
    free_port,
)
from bench.county.speaking import Spoken, speak
from bench.hosts import postgres
from bench.month.county import BOT
from bot.ops import log_setup
from models.database import Base, Database
from models.inbox import InboxRow
from models.inbox import is_live as is_unhandled
from models.pushes import Push
from models.pushes import is_live as is_unsent
from sandbox.insistent import InsistentPlatform
from sandbox.server import SandboxServer
from sandbox.world import Message, SenderKind

log = structlog.get_logger()

DATABASES = ("sqlite", "postgres")
_START = 300.0
"""Seconds within which all processes answer; a county's roster is read by each."""
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one day takes place."""

    name: str
    url: str
    database: Database
    folder: Path
    roles: Sequence[Sequence[str]]
    writers: int
    """How many the database serves at once, as the paper counts."""
    server: postgres.Server | None = None


def measure(
    messages: int = 100_000, groups: int = 3_000, seconds: float = 3_600.0, kill_every: float = 5.0,
    databases: Sequence[str] = DATABASES, patience: float | None = None, keep: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A day of so many messages in so many groups, in so many seconds; a process killed every `kill_every`.

    The other parts of the county keep their proportions. `patience`: seconds that are waited after the day
    until nothing is left, as long again as the day and at least ten minutes where it is None. `keep`: a new
    folder in which the logs, what the platform showed and SQLite's database stay; FileExistsError where there
    is one. `faults` counts what must be 0.
    """
    # Every callback that a killed process does not take is a line of the sandbox's log.
    log_setup.configure(level=logging.WARNING)
    day = scale_day(messages, groups, seconds, kill_every)
    if keep is not None:
        keep.mkdir()
    numbers: dict[str, Any] = {
        "messages": day.messages, "groups": day.groups, "members": day.members, "deep lane": day.deep,
        "one matter": day.joins, "day in s": day.seconds, "windows shorter by": day.factor,
        "kill every s": day.kill_every, "load before": os.getloadavg()[0],
    }  # fmt: skip
    faults = 0
    for name in databases:
        with _prepare(name, day, keep) as place:
            found = _live(place, day, max(day.seconds, 600.0) if patience is None else patience)
        faults += sum(found.faults.values())
        numbers |= {f"{name} {key}": value for key, value in (found.faults | found.figures).items()}
    return {**numbers, "load after": os.getloadavg()[0], "faults": faults}


@contextmanager
def _open_folder(name: str, keep: Path | None) -> Iterator[Path]:
    """A folder of this database in `keep`, or one that goes with the day."""
    if keep is not None:
        (keep / name).mkdir()
        yield keep / name
        return
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as temporary:
        yield Path(temporary)


@contextmanager
def _prepare(name: str, day: CountyDay, keep: Path | None) -> Iterator[_Place]:
    with _open_folder(name, keep) as folder:
        if name == "sqlite":
            with _open(f"sqlite:///{folder / 'gridbot.db'}", day, folder) as database:
                yield _Place(name, database.url, database, folder, SQLITE_ROLES, 1)
            return
        with postgres.run_server() as server, _open(server.create("county"), day, folder) as database:
            cores = os.cpu_count() or 1
            yield _Place(name, database.url, database, folder, POSTGRES_ROLES, cores, server)


@contextmanager
def _open(url: str, day: CountyDay, folder: Path) -> Iterator[Database]:
    database = Database(url)
    try:
        setting.fill_database(database, day, folder)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        yield database
    finally:
        database.dispose()


def _live(place: _Place, day: CountyDay, patience: float) -> Counted:
    rows, size = _count_rows(place.database), _measure_size(place)
    with SandboxServer(setting.build_world(day), rate_scale=1 / day.factor, callback_tries=10**6) as box:
        platform = InsistentPlatform(box.tenant)
        box.tenant.callbacks = platform
        installation = _build_installation(place, box, day)
        begin = time.monotonic()
        with installation, _watch_connections(place) as connections:
            _wait(installation.are_all_healthy, _START, "every process answers")
            _wait(lambda: BOT in box.tenant.connections, _START, "the bot is online")
            ready = time.monotonic()
            served = place.server.read_cpu() if place.server is not None else 0.0
            installation.begin_killing()
            spoken = speak(box, day, is_by_door=_is_by_door)
            said = time.monotonic()
            installation.end_killing()
            _drain(place.database, platform, spoken, patience)
            done = time.monotonic()
            installation.read_all()
        platform.finish()
        counted = _count(place, box, platform, spoken)
    counted.figures |= {
        "started after s": ready - begin, "said in s": said - ready, "said late by s": spoken.late,
        "drained in s": done - said, "frames to nobody": spoken.nobody_there,
        "callbacks posted": box.tenant.stats.callback_posts,
        "refused for rate": sum(box.tenant.stats.refused_for_rate.values()),
    } | {f"killed {role}": count for role, count in sorted(installation.kills.items())}  # fmt: skip
    counted.faults["ended by itself"] = sum(one.ended_by_itself for one in installation.programs)
    _add_costs(place, counted, installation, max(connections, default=0.0), rows, size, served)
    return counted


def _is_by_door(chat: str) -> bool:
    return int(chat.removeprefix("wrC")) % 2 == 1


def _build_installation(place: _Place, box: SandboxServer, day: CountyDay) -> KilledPrograms:
    programs = []
    for number, roles in enumerate(place.roles):
        name, port = f"{roles[0]}{number}", free_port()
        config = setting.write_config(
            place.folder, name, database_url=place.url, port=port, sandbox=box.url, ws_url=box.ws_url,
            factor=day.factor,
        )  # fmt: skip
        programs.append(Program(name, roles, config, port, place.folder / f"{name}.log"))
        if "intake" in roles:
            url = f"http://127.0.0.1:{port}/callback/{setting.DOOR}"
            box.world.bots[setting.DOOR_BOT].callback_url = url
    return KilledPrograms(programs, kill_every=day.kill_every)


@contextmanager
def _watch_connections(place: _Place) -> Iterator[list[float]]:
    """A list to which every look adds how many connections of PostgreSQL there are."""
    found: list[float] = []
    end = threading.Event()

    def look() -> None:
        while not end.wait(1.0):
            with place.database.read() as session:
                found.append(float(session.scalar(text(_SESSIONS)) or 0))

    thread = threading.Thread(target=look)
    if not place.database.sqlite:
        thread.start()
    try:
        yield found
    finally:
        end.set()
        if thread.is_alive():
            thread.join()


_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


def _wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"never happened: {what}")
        time.sleep(_LOOK)


def _drain(database: Database, platform: InsistentPlatform, spoken: Spoken, patience: float) -> None:
    """Wait until nothing is left; what is left when patience ends is counted among the faults."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with database.read() as session:
            left = session.scalar(select(func.count()).select_from(InboxRow).where(is_unhandled())) or 0
            left += session.scalar(select(func.count()).select_from(Push).where(is_unsent())) or 0
        if not left and platform.has_acknowledged(spoken.by_door):
            return
        time.sleep(_LOOK)
    log.warning("county.not_drained", left=left, acknowledged=len(platform.acknowledged))


def _count(place: _Place, box: SandboxServer, platform: InsistentPlatform, spoken: Spoken) -> Counted:
    told = [one for one in box.world.messages if one.sender.kind is not SenderKind.USER]
    _write_shown(place.folder / "shown.jsonl", told)
    home = group_id(0)
    counted = count_day(
        place.database,
        acknowledged=platform.acknowledged,
        frames=spoken.by_line,
        deep=spoken.deep,
        shown=[(one.chat, _spell(one)) for one in told],
        deep_shown=[_spell(one) for one in told if one.chat == home],
    )
    counted.faults["callbacks never answered 200"] = spoken.by_door - len(platform.acknowledged)
    return counted


def _write_shown(path: Path, told: Sequence[Message]) -> None:
    """A line a message, beside the database for whoever kept it: what a count means can be looked up."""
    with path.open("w", encoding="utf-8") as file:
        for one in told:
            line = {"at": one.at, "chat": one.chat, "by": one.sender.kind, "text": one.text, "card": one.card}
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def _spell(message: Message) -> str:
    """Everything that it says; of a card all but its id, which is made anew."""
    card = {name: value for name, value in (message.card or {}).items() if name != "task_id"}
    return message.text + (json.dumps(card, ensure_ascii=False, sort_keys=True) if card else "")


def _add_costs(
    place: _Place, counted: Counted, installation: KilledPrograms, connections: float,
    rows: int, size: int, served: float,
) -> None:  # fmt: skip
    handled = max(counted.figures["handled"], 1.0)
    readings = list(installation.readings.values())
    claims = {box: _sum_claims(readings, box) for box in ("inbox", "outbox")}
    taken = paper.Taken(
        rows=(_count_rows(place.database) - rows) / handled,
        disk=(_measure_size(place) - size) / handled,
        cpu=installation.spend("process_cpu_seconds_total") / handled,
        database=(
            installation.spend("bench_database_cpu_seconds_total")
            if place.server is None
            else place.server.read_cpu() - served
        )
        / handled,
        claim=find_claim_bound(readings, "outbox", 0.50) * claims["outbox"][1] / handled,
        connections=connections,
        desk=counted.figures["pushes of the busiest chat"] / handled,
    )
    for box, (seconds, count) in claims.items():
        counted.figures |= {
            f"{box} claims": count,
            f"{box} claim ms, mean": seconds * 1000 / max(count, 1.0),
            f"{box} claim ms, p50 at most": find_claim_bound(readings, box, 0.50) * 1000,
            f"{box} claim ms, p99 at most": find_claim_bound(readings, box, 0.99) * 1000,
        }
    counted.figures |= {
        "database ms a message, by the clock": installation.spend("bench_database_seconds_total")
        * 1000
        / handled,
        "database ms a message, CPU": taken.database * 1000,
        "statements a message": installation.spend("bench_statements_total") / handled,
        "CPU ms a message": taken.cpu * 1000,
        "CPU s a start": installation.find_start_cost("process_cpu_seconds_total"),
        "rows a message": taken.rows,
        "bytes a message": taken.disk,
        "connections": connections,
    }
    counted.figures |= {f"memory MB, {role}": used / 1e6 for role, used in installation.largest.items()}
    cores = os.cpu_count() or 1
    foreseen = paper.foresee(taken, cores=cores, writers=place.writers)
    counted.figures |= {
        f"on paper, {paper.COUNTIES} counties: {name}": value for name, value in foreseen.items()
    }


def _sum_claims(readings: Sequence[Mapping[str, float]], box: str) -> tuple[float, float]:
    """Seconds and number of all claims."""
    seconds = sum(reading.get(f"claim:{box}:sum", 0.0) for reading in readings)
    return seconds, sum(reading.get(f"claim:{box}:count", 0.0) for reading in readings)


def _count_rows(database: Database) -> int:
    with database.read() as session:
        return sum(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        )


def _measure_size(place: _Place) -> int:
    """Bytes of the database, its indexes included."""
    if place.database.sqlite:
        return sum(one.stat().st_size for one in place.folder.glob("gridbot.db*"))
    with place.database.read() as session:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
