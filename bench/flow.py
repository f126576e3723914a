"""Throughput from message to case and queued receipts, and latency to the receipt in the group."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from bench import receipts
from bot.config.loader import PACKAGE_ROOT


def measure(
    reports: int = 600, chatter: int = 6000, per_second: float = 50.0, seconds: float = 5.0
) -> Mapping[str, Any]:
    """Cases (bar: 300) and overheard messages (bar: 3,000) per second, and the p99 in seconds of the
    first receipt (bar: 1).
    """
    return _measure_handling(reports, chatter) | receipts.measure(per_second, seconds)


def _measure_handling(reports: int, chatter: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.handling", str(reports), str(chatter)]
    finished = subprocess.run(  # noqa: S603 - ourselves
        command, cwd=PACKAGE_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    numbers: dict[str, Any] = json.loads(finished.stdout)
    return numbers
