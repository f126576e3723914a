"""Load from wrk, where it is installed: our own client takes as long for a request as a fast server does.

wrk keeps its connections busy with the requests it is given, each once, and stops in the middle of some.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.load import LoadResult

_QUANTILES = 1000
"""Of the waits of a round; they stand for the waits themselves."""
_SCRIPT = """
local requests, at = {}, 0
local file = io.open(os.getenv("BENCH_REQUESTS"), "rb")
local length = file:read("*l")
while length do
  requests[#requests + 1] = file:read(tonumber(length))
  length = file:read("*l")
end
request = function()
  at = at + 1
  if at >= #requests then wrk.thread:stop() end
  return requests[math.min(at, #requests)]
end
done = function(summary, latency, _)
  local waits = {}
  for n = 1, QUANTILES do waits[n] = latency:percentile(100 * (n - 0.5) / QUANTILES) end
  local errors = summary.errors
  io.write(string.format('\\nBENCH {"answers": %d, "us": %d, "refused": %d, "broken": %d, "waits": [%s]}\\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, table.concat(waits, ",")))
end
""".replace("QUANTILES", str(_QUANTILES))


def find_program() -> str | None:
    """Where wrk is; None where it is not installed."""
    return shutil.which("wrk")


def run(
    program: str, port: int, requests: Sequence[bytes], *, connections: int, seconds: float
) -> LoadResult:
    """Send requests to 127.0.0.1 for whole seconds, at least one, or until none is left.

    Those under way at the end are not waited for: a server may have taken as many more as there are
    connections. Raises RuntimeError where a connection broke.
    """
    with tempfile.TemporaryDirectory(prefix="gridbot-wrk-") as name:
        script, given = Path(name, "send.lua"), Path(name, "requests")
        script.write_text(_SCRIPT)
        with given.open("wb") as file:
            file.writelines(b"%d\n" % len(one) + one for one in requests)
        command = [
            program, "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "-s", str(script),
            f"http://127.0.0.1:{port}/",
        ]  # fmt: skip
        env = {**os.environ, "BENCH_REQUESTS": str(given)}
        printed = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout  # noqa: S603
    figures = json.loads(next(line[6:] for line in printed.splitlines() if line.startswith("BENCH ")))
    if figures["broken"]:
        raise RuntimeError(f"wrk: {figures['broken']} broken connections")
    return LoadResult(
        seconds=figures["us"] / 1e6,
        answers=figures["answers"] - figures["refused"],
        waits=[wait / 1e6 for wait in figures["waits"]],
        refused=figures["refused"],
    )
