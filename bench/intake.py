"""Durable intake: callbacks stored and answered per second, beside the same server storing nothing."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench import load, servers, wrk
from bench.callbacks import Callbacks, build_settings
from bench.load import LoadResult
from models.database import Database
from models.inbox import InboxRow

_ROUNDS = 4
"""Rounds of each server, in turns, so that other load on the machine weighs on both."""
_MOST_PER_SECOND = 12_000
"""Requests made ready for each second; the fastest server seen takes 8,000."""


def measure(
    seconds: float = 16.0, connections: int = 64, *, rounds: int = _ROUNDS, own_client: bool = False
) -> Mapping[str, Any]:
    """The ratio of durable to storeless intake (bar: 0.80) and its parts.

    `seconds` is the length of all rounds together. wrk asks where it is installed; else, or with
    `own_client`, our own client, whose own time flatters the ratio. Fails where an acknowledged message is
    not stored.
    """
    program = None if own_client else wrk.find_program()
    turn = seconds / (2 * rounds)
    answered = {servers.DURABLE: LoadResult(), servers.FLOOR: LoadResult()}
    callbacks = Callbacks()
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as name:
        folder = Path(name)
        with (
            servers.run_server(servers.DURABLE, folder) as durable,
            servers.run_server(servers.FLOOR, folder / "floor") as floor,
        ):
            ports = {servers.DURABLE: durable, servers.FLOOR: floor}
            warmed = _run_round(ports, callbacks, connections, min(turn, 0.5), program)
            for _ in range(rounds):
                for kind, one in _run_round(ports, callbacks, connections, turn, program).items():
                    answered[kind].add(one)
        stored = _count_stored(folder)
    acknowledged = answered[servers.DURABLE].answers + warmed[servers.DURABLE].answers
    # wrk ends in the middle of requests: their messages may be stored, and nobody waits for the answer.
    under_way = connections * (rounds + 1) if program else 0
    assert acknowledged <= stored <= acknowledged + under_way, f"{acknowledged} acknowledged, {stored} stored"
    return _build_figures(answered[servers.DURABLE], answered[servers.FLOOR]) | {
        "client": "wrk" if program else "own",
        "stored": stored,
        "acknowledged": acknowledged,
    }


def _run_round(
    ports: Mapping[str, int], callbacks: Callbacks, connections: int, seconds: float, program: str | None
) -> dict[str, LoadResult]:
    """Measure each server once, by name."""
    answered = {}
    for kind, port in ports.items():
        length = max(seconds, 1.0) if program else seconds
        requests = callbacks.make(int(_MOST_PER_SECOND * length) + connections)
        answered[kind] = (
            wrk.run(program, port, requests, connections=connections, seconds=seconds)
            if program
            else load.run(port, requests, connections=connections, seconds=seconds)
        )
        assert not answered[kind].refused, f"{kind} refused {answered[kind].refused} callbacks"
    return answered


def _count_stored(folder: Path) -> int:
    database = Database(build_settings(folder).database.url)
    try:
        with database.read() as session:
            return session.scalar(select(func.count()).select_from(InboxRow)) or 0
    finally:
        database.dispose()


def _build_figures(durable: LoadResult, floor: LoadResult) -> dict[str, Any]:
    return {
        "durable_per_s": durable.per_second,
        "floor_per_s": floor.per_second,
        "ratio": durable.per_second / floor.per_second if floor.answers else 0.0,
        "p50_ms": load.percentile(durable.waits, 0.50) * 1000,
        "p99_ms": load.percentile(durable.waits, 0.99) * 1000,
        "floor_p50_ms": load.percentile(floor.waits, 0.50) * 1000,
        "floor_p99_ms": load.percentile(floor.waits, 0.99) * 1000,
    }
