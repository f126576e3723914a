"""`make fuzz`: made-up input for every parser, for as long as FUZZ_SECONDS says; no part of the suite.

A target is a `fuzz_*.py` function that hands a strategy and a check to `explore`. The check may raise nothing,
takes at most so much CPU, and the whole run gets no more memory than it is given. What is found goes into
the suite as a test of its own.
"""

import faulthandler
import os
import resource
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import hypothesis
import pytest
from hypothesis.strategies import SearchStrategy

_Value = TypeVar("_Value")

_SECONDS = float(os.environ.get("FUZZ_SECONDS", "600"))
"""For all targets together."""
_BATCH = 200
"""Examples of one seed."""
_CPU = 5.0
"""Seconds of CPU for one example."""
_HANGS = 120.0
"""Seconds after which the run ends with a traceback of where it stands."""
_MEMORY = 3 * 1024**3
"""Bytes beyond what the run has at its start."""

_COUNTS = pytest.StashKey[dict[str, int]]()


class Explore(Protocol):
    """Looks for a value of the strategy that the check does not survive, while the target's time lasts."""

    def __call__(
        self, strategy: SearchStrategy[_Value], check: Callable[[_Value], None], *, cpu: float = _CPU
    ) -> None: ...


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COUNTS] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for target, count in config.stash[_COUNTS].items():
        terminalreporter.write_line(f"{count:>8} examples  {target}")


@pytest.fixture(scope="session", autouse=True)
def _bounded_memory() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    """One target's share of the time."""
    return _SECONDS / len(request.session.items)


@pytest.fixture
def explore(request: pytest.FixtureRequest, seconds: float) -> Explore:
    """The explorer of one target, with its share of the time."""
    counts = request.config.stash[_COUNTS]
    target = request.node.name

    def explore(
        strategy: SearchStrategy[_Value], check: Callable[[_Value], None], *, cpu: float = _CPU
    ) -> None:
        explorer = _Explorer(check, until=time.monotonic() + seconds, cpu=cpu)
        try:
            while not explorer.is_over:
                explorer.run_batch(strategy)
        finally:
            counts[target] = explorer.count

    return explore


class _Explorer:
    def __init__(self, check: Callable[[Any], None], *, until: float, cpu: float) -> None:
        self.count = 0
        self._check = check
        self._until = until
        self._cpu = cpu
        self._failed = False

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._until

    def run_batch(self, strategy: SearchStrategy[Any]) -> None:
        run = hypothesis.given(strategy)(self._try)
        settings = hypothesis.settings(
            max_examples=_BATCH, deadline=None, database=None, print_blob=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        settings(hypothesis.seed(secrets.randbits(64))(run))()

    def _try(self, value: Any) -> None:
        # What failed is shrunk to its end, however long that takes.
        if self.is_over and not self._failed:
            return
        self.count += 1
        faulthandler.dump_traceback_later(_HANGS, exit=True)
        try:
            started = time.process_time()
            self._check(value)
            spent = time.process_time() - started
            assert spent < self._cpu, f"{spent:.1f} s of CPU"
        except BaseException as error:
            self._failed = True
            error.add_note(f"value: {value!a:.2000}")
            raise
        finally:
            faulthandler.cancel_dump_traceback_later()
