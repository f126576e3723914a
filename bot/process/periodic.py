"""A job done again and again on a thread of its own."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()


class PeriodicThread:
    """Does a job every so many seconds, from `start` to `stop`; a database error ends one turn only."""

    def __init__(self, name: str, job: Callable[[], object], *, seconds: float) -> None:
        self._name = name
        self._job = job
        self._seconds = seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first turn comes after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """Let a turn that has begun finish."""
        self._end.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._end.wait(self._seconds):
            try:
                self._job()
            except SQLAlchemyError as error:
                log.error("periodic.failed", job=self._name, error=type(error).__name__)
