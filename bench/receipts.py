"""How long a reporter waits for the first receipt: the real program, the sandbox, real sockets.

`python -m bench.receipts FOLDER WS_URL` is the program under load, in a process of its own.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
import yaml

from bench import district, load
from bot.app import build_app
from bot.config.loader import PACKAGE_ROOT
from bot.ops import log_setup
from models.database import Database
from sandbox.server import SandboxServer

_WORLD = PACKAGE_ROOT / "sandbox" / "haimen.yaml"
_RECEIPT_TIMEOUT = 120.0
"""Seconds after the last report until a receipt counts as lost."""


def measure(per_second: float = 50.0, seconds: float = 5.0) -> dict[str, Any]:
    """Percentiles in seconds over all reports, from the message in the group to the receipt in the group."""
    count = int(per_second * seconds)
    assert count <= len(district.REPORTERS), "a second report of one person would join the first"
    with (
        tempfile.TemporaryDirectory(prefix="gridbot-bench-") as name,
        SandboxServer(_build_world()) as box,
        _run_gridbot(Path(name), box),
    ):
        rate = _post_reports(box, count, per_second)
        waits = _collect_waits(box, count)
    return {
        "reports_said_per_s": rate,
        "first_receipt_p50_ms": load.percentile(waits, 0.50) * 1000,
        "first_receipt_p99_ms": load.percentile(waits, 0.99) * 1000,
        "first_receipts": len(waits),
        "reports_said": count,
    }


def _build_world() -> dict[str, Any]:
    world: dict[str, Any] = yaml.safe_load(_WORLD.read_text())
    world["members"] += [{"id": code, "name": code} for code in district.REPORTERS]
    members = list(district.REPORTERS)
    world["groups"] += [
        {"id": code, "name": code, "members": members, "spoken": True} for code in district.GROUPS
    ]
    return world


@contextmanager
def _run_gridbot(folder: Path, box: SandboxServer) -> Iterator[None]:
    """gridbot in a process of its own, connected to the sandbox."""
    database = Database(district.build_settings(folder).database.url)
    district.prepare_database(database)
    database.dispose()
    command = [sys.executable, "-m", "bench.receipts", str(folder), box.ws_url]
    with subprocess.Popen(command, cwd=PACKAGE_ROOT, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ourselves
        try:
            box.wait_for(lambda: box.is_online("AIB1"), timeout=120)
            yield
        finally:
            process.terminate()


def _post_reports(box: SandboxServer, count: int, per_second: float) -> float:
    """Post reports at an even pace, spread over groups and people; the rate that was reached, per second."""
    begin = time.perf_counter()
    for number in range(count):
        time.sleep(max(begin + number / per_second - time.perf_counter(), 0))
        group = district.GROUPS[number % len(district.GROUPS)]
        box.say(group, district.REPORTERS[number], district.report_text(number), at_bot=True)
    return count / (time.perf_counter() - begin)


def _collect_waits(box: SandboxServer, count: int) -> list[float]:
    """Seconds from each report to its receipt, which names the report's place."""
    deadline = time.monotonic() + _RECEIPT_TIMEOUT
    while len(waits := _read_waits(box, count)) < count and time.monotonic() < deadline:
        time.sleep(0.1)
    return waits


def _read_waits(box: SandboxServer, count: int) -> list[float]:
    waits = []
    for first, group in enumerate(district.GROUPS):
        messages = box.messages(group)
        receipts = [m for m in messages if m["sender"]["kind"] == "bot"]
        for number in range(first, count, len(district.GROUPS)):
            report = next((m for m in messages if _names_place(m, number) and m not in receipts), None)
            seen = next((m for m in receipts if _names_place(m, number)), None)
            if report is not None and seen is not None:
                waits.append(seen["at"] - report["at"])
    return waits


def _names_place(message: dict[str, Any], number: int) -> bool:
    return district.place_name(number) in message["text"]


def main(folder: str, ws_url: str) -> None:
    """Run the program under load until it is terminated."""
    log_setup.configure(pretty=False)
    app = build_app(district.build_settings(Path(folder), ws_url))
    uvicorn.run(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
