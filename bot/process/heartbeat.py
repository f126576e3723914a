"""This process's heartbeat on a thread of its own, and the posts it holds by it."""

import threading
from collections.abc import Callable, Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Clock
from bot.process import presence
from models.database import Database
from models.processes import BEAT_EVERY, DEAD_AFTER

log = structlog.get_logger()


class Heart:
    """Beats from `start` to `stop`. Posts are what one process at a time may do, e.g. hold a socket."""

    def __init__(
        self, database: Database, name: str, *, posts: Iterable[str], clock: Clock, each: Callable[[], object]
    ) -> None:
        self._database = database
        self._name = name
        self._posts = tuple(posts)
        self._clock = clock
        self._each = each
        """Also done at every beat; may raise SQLAlchemyError."""
        self._held: frozenset[str] = frozenset()
        self._last = clock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def holds(self, post: str) -> bool:
        """Whether this process may do it now. Touches no database: it is asked on the event loop."""
        return post in self._held

    def start(self) -> None:
        presence.register(self._database, self._name, now=self._clock())
        self._hold()
        self._thread.start()

    def stop(self) -> None:
        """The last beat: everything held is handed back."""
        self._end.set()
        self._thread.join(timeout=30)
        try:
            presence.leave(self._database, self._name)
        except SQLAlchemyError as error:
            # Others find out by the silence.
            log.error("heart.not_left", error=type(error).__name__)

    def _run(self) -> None:
        while not self._end.wait(BEAT_EVERY.total_seconds()):
            try:
                presence.beat(self._database, self._name, now=self._clock())
                self._hold()
                self._each()
            except SQLAlchemyError as error:
                log.error("heart.no_beat", error=type(error).__name__)
                if self._clock() - self._last > DEAD_AFTER:
                    # Others may think us dead by now, and take our posts.
                    self._held = frozenset()

    def _hold(self) -> None:
        now = self._clock()
        self._held = frozenset(
            post for post in self._posts if presence.hold(self._database, post, self._name, now=now)
        )
        self._last = now
