"""The heartbeat of this process on a thread of its own, and the locks it holds as long as it beats."""

import threading
from collections.abc import Callable, Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Clock
from bot.process import presence
from models.database import Database
from models.processes import BEAT_EVERY, DEAD_AFTER

log = structlog.get_logger()


class Heartbeat:
    """Beats from `start` to `stop`. A lock is for what one process at a time may do: hold a socket, say."""

    def __init__(
        self,
        database: Database,
        name: str,
        *,
        clock: Clock,
        on_beat: Callable[[], object],
    ) -> None:
        self._database = database
        self._name = name
        self._lock_names: tuple[str, ...] = ()
        self._clock = clock
        self._on_beat = on_beat
        """Also done at every beat; may raise SQLAlchemyError."""
        self._held_locks: frozenset[str] = frozenset()
        self._last_beat = clock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def holds_lock(self, lock: str) -> bool:
        """Whether this process holds the lock now. Touches no database: it is asked on the event loop."""
        return lock in self._held_locks

    def start(self, locks: Iterable[str]) -> None:
        """Announce this process, and keep trying to hold these locks, wherever no living process does."""
        self._lock_names = tuple(locks)
        presence.register(self._database, self._name, now=self._clock())
        self._refresh_locks()
        self._thread.start()

    def stop(self) -> None:
        """End the heartbeat and hand back every lock and lease."""
        self._end.set()
        self._thread.join(timeout=30)
        try:
            presence.unregister(self._database, self._name)
        except SQLAlchemyError as error:
            # The other processes find out when the heartbeat stays away.
            log.error("heart.not_left", error=type(error).__name__)

    def _run(self) -> None:
        while not self._end.wait(BEAT_EVERY.total_seconds()):
            try:
                presence.beat(self._database, self._name, now=self._clock())
                self._refresh_locks()
                self._on_beat()
            except SQLAlchemyError as error:
                log.error("heart.no_beat", error=type(error).__name__)
                if self._clock() - self._last_beat > DEAD_AFTER:
                    # Other processes may take this one for dead by now, and take its locks.
                    self._held_locks = frozenset()

    def _refresh_locks(self) -> None:
        now = self._clock()
        self._held_locks = frozenset(
            post
            for post in self._lock_names
            if presence.acquire_lock(self._database, post, self._name, now=now)
        )
        self._last_beat = now
