"""Notices that somebody set this machine's clock, by a clock that nobody can set."""

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()

JUMP = 2.0
"""Seconds; a time service slews by less than a millisecond a second, and steps beyond that."""
EVERY = 1.0


class ClockWatch:
    """Calls `on_jump` with by how many seconds the wall clock was set: forward above 0, back below it."""

    def __init__(
        self,
        on_jump: Callable[[float], None],
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        every: float = EVERY,
    ) -> None:
        """`wall` and `monotonic` give seconds since any moment; `every`: seconds between two looks."""
        self._on_jump = on_jump
        self._wall = wall
        self._monotonic = monotonic
        self._every = every
        self._offset = self._read_offset()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch; nothing is called after that."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def look(self) -> None:
        """Compare the two clocks once."""
        before, self._offset = self._offset, self._read_offset()
        jump = self._offset - before
        if abs(jump) > JUMP:
            log.warning("clock.was_set", seconds=round(jump, 1))
            self._on_jump(jump)

    def _read_offset(self) -> float:
        return self._wall() - self._monotonic()

    def _run(self) -> None:
        while not self._end.wait(self._every):
            self.look()
