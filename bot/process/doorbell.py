"""Waking the processes of other hosts: NOTIFY on a connection of its own, or a look every 200 ms.

    waits:  found nothing ──> expect ──> look once more ──> sleep
    stores: commit ──> ring ──> was it expected? ── yes: NOTIFY, expected no more
                                                 └─ no: somebody is at work, and will look again

Whoever waits says so before their last look, and whoever rings looks for that after their commit: one of the
two sees the other. So a bell rings at most once for each change from idle to busy, in a transaction of its
own, however many messages come. It only saves time: whoever sleeps looks by itself before long.
"""

import threading
from collections.abc import Callable, Mapping
from enum import StrEnum

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from models.database import CONNECT_ARGUMENTS, Database, plain_url
from models.processes import Bell

log = structlog.get_logger()

POLL = 0.2
"""Seconds between two looks where other processes cannot wake this one."""
IDLE = 0.5
"""Seconds between two looks where they can: what is due by time is found so."""
_CHANNEL = "gridbot"
_TURN = 1.0
"""Seconds after which the listener looks whether it is to end."""
_AGAIN = 1.0
"""Seconds until a lost connection is opened again."""


class BellName(StrEnum):
    """What somebody may wait for."""

    INBOX = "inbox"
    """Messages to be handled."""
    OUTBOX = "outbox"
    """Pushes to be sent."""


_BELLS: Mapping[str, BellName] = {bell.value: bell for bell in BellName}


class Doorbell:
    """The bells of one process: `start`, `ring` and `plan_wait` from any thread, `stop`."""

    def __init__(
        self, database: Database, listen_url: str | None, *, on_ring: Mapping[BellName, Callable[[], None]]
    ) -> None:
        """`listen_url`: of the same database, without a pooler; None: nobody rings, everybody looks.

        `on_ring`: what is done when another process rings, on the thread that listens.
        """
        self._database = database
        self._listen_url = listen_url
        self._on_ring = on_ring
        self._expected: set[BellName] = set()
        """Bells that this process waits for and that were not rung since."""
        self._awaited: set[BellName] = set()
        """Of those, what the database has not heard of yet."""
        self._rung: set[BellName] = set()
        self._is_listening = threading.Event()
        self._ringing = threading.Event()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._listen_for_ever, name="doorbell", daemon=True),
            threading.Thread(target=self._ring_for_ever, name="ringer", daemon=True),
        ]

    def start(self) -> None:
        """Begin to listen, where there is something to listen to."""
        if self._listen_url is not None:
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Ring what is still to be rung, then end."""
        self._stopping.set()
        self._ringing.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10)

    def ring(self, bell: BellName) -> None:
        """Wake whoever waits for this elsewhere. Returns at once; call it after the commit."""
        if self._listen_url is not None:
            self._rung.add(bell)
            self._ringing.set()

    def plan_wait(self, bell: BellName) -> float:
        """Seconds until the next look of whoever found nothing; they are woken for one more before long."""
        if not self._is_listening.is_set():
            return IDLE if self._database.sqlite else POLL
        if bell not in self._expected:
            self._expected.add(bell)
            self._awaited.add(bell)
            self._ringing.set()
        return IDLE

    # Ringing -------------------------------------------------------------------------------------

    def _ring_for_ever(self) -> None:
        is_over = False
        while not is_over:
            self._ringing.wait()
            self._ringing.clear()
            is_over = self._stopping.is_set()
            while self._awaited:
                self._expect(self._awaited.pop())
            while self._rung:
                self._ring(self._rung.pop())

    def _expect(self, bell: BellName) -> None:
        row = postgresql.insert(Bell).values(name=bell, is_expected=True)
        try:
            with self._database.write() as session:
                session.execute(
                    row.on_conflict_do_update(index_elements=["name"], set_={"is_expected": True})
                )
        except SQLAlchemyError as error:
            log.warning("doorbell.not_expected", bell=bell, error=type(error).__name__)
            self._expected.discard(bell)
            return
        # What came in before this was known rang no bell.
        self._on_ring[bell]()

    def _ring(self, bell: BellName) -> None:
        expected = Bell.name == bell, Bell.is_expected
        answered = (
            update(Bell).where(*expected).values(is_expected=False).returning(Bell.name).cte("answered")
        )
        try:
            with self._database.write() as session:
                session.execute(select(func.pg_notify(_CHANNEL, answered.c.name)))
        except SQLAlchemyError as error:
            log.warning("doorbell.not_rung", bell=bell, error=type(error).__name__)

    # Listening -----------------------------------------------------------------------------------

    def _listen_for_ever(self) -> None:
        # Who keeps a SQLite listens to nobody, and starts without it.
        import psycopg

        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("doorbell.deaf", error=type(error).__name__)
            self._is_listening.clear()
            self._stopping.wait(_AGAIN)

    def _listen(self) -> None:
        import psycopg

        arguments = {**CONNECT_ARGUMENTS, "application_name": self._database.name}
        with psycopg.connect(plain_url(self._listen_url or ""), autocommit=True, **arguments) as connection:
            connection.execute(f"LISTEN {_CHANNEL}")
            # What was rung while nobody listened is not said again.
            for bell in self._on_ring:
                self._answer(bell)
            self._is_listening.set()
            while not self._stopping.is_set():
                for notice in connection.notifies(timeout=_TURN):
                    # A newer version may ring what this one does not know.
                    if (rung := _BELLS.get(notice.payload)) is not None:
                        self._answer(rung)

    def _answer(self, bell: BellName) -> None:
        self._expected.discard(bell)
        self._on_ring[bell]()
