"""What a ticker does beside the jobs of the office: old rows, old data and old files, backups, erasures."""

from collections.abc import Callable, Iterator

from bot.channels.base import Clock
from bot.config.settings import Settings
from bot.media.stores import MediaStore
from bot.outbox import dead_letters, send_records
from bot.process.backups import build_backup
from bot.retention import erasures
from bot.retention.expiry import Retention
from handlers.chat import copies
from handlers.talk.heard import questions
from models.database import Database

_SELDOM, _SOON = 600.0, 30.0
"""Seconds."""


class Housekeeping:
    """The jobs of one process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        store: MediaStore,
        *,
        clock: Clock,
        wake: Callable[[], None],
        on_dead_letter: dead_letters.OnDeadLetter,
    ) -> None:
        """`wake`: called where something is to be sent; `on_dead_letter`: hears of what was parked."""
        self._settings = settings
        self._database = database
        self._store = store
        self._clock = clock
        self._wake = wake
        self._on_dead_letter = on_dead_letter

    def list_jobs(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """Each job, with the seconds between two of its runs."""
        keep, zone = self._settings.keep, self._settings.zone
        retention = Retention(self._database, keep, store=self._store, zone=zone, clock=self._clock)
        yield _SELDOM, self._clean_outbox
        yield _SELDOM, retention.run_nightly
        if (backup := build_backup(self._settings, self._database, clock=self._clock)) is not None:
            yield _SELDOM, backup.run_nightly
        yield _SOON, self._erase_people

    def _erase_people(self) -> None:
        erasures.erase_approved(self._database, self._store, now=self._clock())

    def _clean_outbox(self) -> None:
        now = self._clock()
        with self._database.write() as session:
            send_records.delete_old(session, now=now)
            copies.delete_old(session, now=now)
            questions.delete_old(session, now=now)
            parked = dead_letters.park_unclaimed(session, now=now, on_dead_letter=self._on_dead_letter)
        if parked:
            self._wake()
