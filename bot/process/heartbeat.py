"""The heartbeat of this process on a thread of its own, and the locks it holds as long as it beats."""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Clock
from bot.process import presence
from models.database import Database
from models.processes import BEAT_EVERY, DEAD_AFTER

log = structlog.get_logger()

KEEP_WITHOUT_DATABASE = timedelta(hours=1)
"""How long what was begun under a lock goes on without a database: a socket whose frames wait in memory."""
_OFFER_REST = 60.0
"""Seconds for which a process that could not use a lock leaves it to others that offer it in turn."""
_LONGEST_GAP = 3 * BEAT_EVERY.total_seconds()
"""Between two beats of a process whose database answers; longer, and the others' may have failed as well."""


_SKEW = 2.0
"""Seconds between two clocks that are worth a line in the log."""


class Heartbeat:
    """Beats from `start` to `stop`. A lock is for what one process at a time may do: hold a socket, say.

    Beats are written by the database's clock, so that a host whose clock is wrong evicts nobody and is
    evicted by nobody. How long ago this process's own last beat was is measured by a clock nobody can set.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        *,
        clock: Clock,
        database_clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is this process's own, compared with the database's; `monotonic` counts seconds."""
        self._database = database
        self._name = name
        self._lock_names: tuple[str, ...] = ()
        self._clock = clock
        self._database_clock = database_clock or database.read_clock
        self._monotonic = monotonic
        self._held_locks: frozenset[str] = frozenset()
        self._offered: set[str] = set()
        self._offered_at: dict[str, float] = {}
        """When this process last found that it cannot use a lock, on the monotonic clock."""
        self._last_beat = self._steady_since = monotonic()
        self._offset: float | None = None
        """Seconds from the monotonic clock to the database's."""
        self._spare_until = 0.0
        """On the monotonic clock: the database's was set, and silence means nothing until then."""
        self._skew = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def holds_lock(self, lock: str) -> bool:
        """Whether this process may begin to do it. Touches no database: it is asked on the event loop."""
        return lock in self._held_locks and self._silence() <= DEAD_AFTER.total_seconds()

    def keeps_lock(self, lock: str) -> bool:
        """Whether this process may go on with what it began while it held the lock.

        Without a database nobody can take the lock over. If it is away for this process only, somebody
        can: then it is the platform that ends what this one began, and nothing is begun anew.
        """
        return lock in self._held_locks and self._silence() <= KEEP_WITHOUT_DATABASE.total_seconds()

    def offer_lock(self, lock: str, *, offered: bool) -> None:
        """Say that another process may have a lock, because this one cannot use it; or that it can again.

        As long as no other wants it, this one keeps it. From any thread, touches no database.
        """
        if offered:
            self._offered.add(lock)
            self._offered_at[lock] = self._monotonic()
        else:
            self._offered.discard(lock)

    def _takes_offered(self, lock: str) -> bool:
        """Whether this process wants what another cannot use: not where it could not itself just now."""
        at = self._offered_at.get(lock)
        return at is None or self._monotonic() - at > _OFFER_REST

    def _silence(self) -> float:
        """Seconds since the database took a beat."""
        return self._monotonic() - self._last_beat

    def start(self, locks: Iterable[str]) -> None:
        """Announce this process, and keep trying to hold these locks, wherever no living process does."""
        self._lock_names = tuple(locks)
        now = self._read_time()
        presence.register(self._database, self._name, now=now)
        self._last_beat = self._steady_since = self._monotonic()
        self._refresh_locks(now)
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
                self.beat()
            except SQLAlchemyError as error:
                log.error("heart.no_beat", error=type(error).__name__, seconds=round(self._silence()))

    def beat(self) -> None:
        """One beat, and a try for every lock. Raises SQLAlchemyError where the database does not take it."""
        began = self._monotonic()
        if began - self._last_beat > _LONGEST_GAP:
            self._steady_since = began
        now = self._read_time()
        # Whoever finds the database back first must not release what others hold that could not reach it.
        is_steady = began - self._steady_since >= DEAD_AFTER.total_seconds() and began >= self._spare_until
        presence.beat(self._database, self._name, now=now, releases_silent=is_steady)
        self._refresh_locks(now)
        self._last_beat = began

    def _read_time(self) -> datetime:
        """The database's time; notices where it was set, and where our own differs from it."""
        now = self._database_clock()
        at = self._monotonic()
        offset = now.timestamp() - at
        if self._offset is not None and abs(offset - self._offset) > _SKEW:
            log.warning("clock.database_was_set", seconds=round(offset - self._offset, 1))
            self._spare_until = at + DEAD_AFTER.total_seconds()
        self._offset = offset
        self._note_skew((self._clock() - now).total_seconds())
        return now

    def _note_skew(self, skew: float) -> None:
        if abs(skew - self._skew) > _SKEW:
            log.warning("clock.skew", host=socket.gethostname(), seconds=round(skew, 1))
            self._skew = skew

    def _refresh_locks(self, now: datetime) -> None:
        before = self._held_locks
        self._held_locks = frozenset(
            lock
            for lock in self._lock_names
            if presence.acquire_lock(
                self._database, lock, self._name, now=now,
                offers=lock in before & self._offered, takes_offered=self._takes_offered(lock),
            )
        )  # fmt: skip
        # Whoever gets one tries it, before it is offered again.
        self._offered -= self._held_locks - before
