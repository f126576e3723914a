"""The processes of one installation: started, asked what they take, killed without warning, started again."""

import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.config.loader import PACKAGE_ROOT

SQLITE_ROLES = (("intake",), ("worker",), ("sender",), ("ticker",))
"""One host, a process a role."""
POSTGRES_ROLES = (
    ("intake",), ("worker",), ("worker",), ("sender",), ("sender",), ("ticker",), ("ticker",),
)  # fmt: skip
_LOOK_EVERY = 2.0
"""Seconds between two looks at what processes take."""
_CLAIM = "gridbot_claim_seconds"
Reading = Mapping[str, float]
"""Samples of one process by name and, of claims, by box and bucket."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Program:
    """One process through all its lives."""

    def __init__(self, name: str, roles: Sequence[str], config: Path, port: int, log: Path) -> None:
        self.name = name
        self.role = roles[0]
        self.url = f"http://127.0.0.1:{port}"
        self.lives = 0
        self.ended_by_itself = 0
        self._command = [sys.executable, "-m", "bench.county.program", str(config), *roles]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin another life."""
        self.lives += 1
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                self._command, cwd=PACKAGE_ROOT, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """SIGKILL: no handler, no flush, no goodbye."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def revive(self) -> None:
        """Begin another life where this one ended without a kill, which is counted."""
        if self._process is not None and self._process.poll() is not None:
            self.ended_by_itself += 1
            self.start()

    def stop(self) -> None:
        """End it in peace."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()


class KilledPrograms:
    """All processes, one of which is killed every few seconds while `kills` says so."""

    def __init__(self, programs: Sequence[Program], *, kill_every: float, seed: int = 15) -> None:
        self.programs = programs
        self.kills: Counter[str] = Counter()
        """By role."""
        self.readings: dict[tuple[str, int], Reading] = {}
        """The last of each life, by the process's name and the number of its life."""
        self._first: dict[tuple[str, int], Reading] = {}
        self.largest: defaultdict[str, float] = defaultdict(float)
        """Bytes of the largest process, by role."""
        self._healthy: set[str] = set()
        self._kill_every = kill_every
        self._random = random.Random(seed)
        self._end, self._killing = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        """Nobody is asked while they are being killed."""
        self._threads = [threading.Thread(target=one) for one in (self._kill_on, self._read_on)]
        self._client = httpx.Client(trust_env=False, timeout=5)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._stop)
            for program in self.programs:
                program.start()
            for thread in self._threads:
                thread.start()
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._end.set()
        self._killing.clear()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for program in self.programs:
            program.stop()
        self._client.close()

    def are_all_healthy(self) -> bool:
        """Whether every process answered when it was last asked."""
        return len(self._healthy) == len(self.programs)

    def begin_killing(self) -> None:
        """From now on somebody dies every few seconds."""
        self._killing.set()

    def end_killing(self) -> None:
        """From now on everybody lives."""
        self._killing.clear()

    def read_all(self) -> None:
        """Ask every process what it takes."""
        for program in self.programs:
            with self._lock:
                program.revive()
                self._read(program)

    def _kill_on(self) -> None:
        while not self._end.wait(self._kill_every):
            # Who is still starting has nothing to lose.
            able = [program for program in self.programs if program.name in self._healthy]
            if not self._killing.is_set() or not able:
                continue
            victim = self._random.choice(able)
            with self._lock:
                self._read(victim)
                self._healthy.discard(victim.name)
                victim.kill()
                self.kills[victim.role] += 1
                victim.start()

    def _read_on(self) -> None:
        while not self._end.wait(_LOOK_EVERY):
            self.read_all()

    def _read(self, program: Program) -> None:
        try:
            answer = self._client.get(f"{program.url}/metrics")
        except httpx.HTTPError:
            self._healthy.discard(program.name)
            return
        reading = parse_reading(answer.text)
        self.readings[program.name, program.lives] = reading
        self._first.setdefault((program.name, program.lives), reading)
        self._healthy.add(program.name)
        used = reading.get("process_resident_memory_bytes", 0.0)
        self.largest[program.role] = max(self.largest[program.role], used)

    def spend(self, name: str) -> float:
        """What a counter rose by, summed over every life, from its first reading to its last: without what
        it takes to start.
        """
        return sum(
            reading.get(name, 0.0) - self._first[life].get(name, 0.0)
            for life, reading in self.readings.items()
        )

    def find_start_cost(self, name: str) -> float:
        """What a counter stands at when a process first answers, on average."""
        return sum(reading.get(name, 0.0) for reading in self._first.values()) / max(len(self._first), 1)


def parse_reading(text: str) -> Reading:
    """The samples without labels, and those of claims as `claim:<box>:<bucket>`, `:sum` and `:count`."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if not sample.labels:
                found[sample.name] = sample.value
            elif sample.name.startswith(_CLAIM):
                part = sample.labels.get("le") or sample.name.removeprefix(f"{_CLAIM}_")
                if part != "created":
                    found[f"claim:{sample.labels['box']}:{part}"] = sample.value
    return found


def find_claim_bound(readings: Iterable[Reading], box: str, share: float) -> float:
    """Seconds that so large a share of claims did not exceed: the bound of the bucket that holds it."""
    counts: Counter[float] = Counter()
    prefix = f"claim:{box}:"
    for reading in readings:
        for name, value in reading.items():
            bound = name.removeprefix(prefix)
            if name.startswith(prefix) and bound not in ("sum", "count"):
                counts[float(bound)] += round(value)
    total = max(counts.values(), default=0)
    return min((bound for bound, count in counts.items() if total and count >= share * total), default=0.0)
