"""The ticks of one process. Any number of processes may tick: each tick asks the database what is
due and takes rows that no other tick holds, so nothing fires twice and nothing is lost by a restart.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from handlers.environment.snapshot import Environment
from handlers.insight import hot_topics
from handlers.intake import reports
from handlers.notifications import notices
from models.database import Database
from scheduler import daily_checks, escalation

log = structlog.get_logger()


class Ticker:
    """Starts and stops with the process."""

    def __init__(
        self,
        database: Database,
        *,
        env: Callable[[], Environment],
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._office = env
        self._clock = clock
        self._wake = wake
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._looked: int | None = None
        """The newest case that a look for hot topics has seen."""

    def every(self, seconds: float, job: Callable[[], None]) -> None:
        """Run a job again and again; a slow run is not overtaken by the next."""
        self._scheduler.add_job(
            _guarded(job), "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=60
        )

    def start(self) -> None:
        self.every(1.0, self.reports_due)
        self.every(2.0, self.clocks_due)
        self.every(2.0, self.notices_due)
        self.every(10.0, self.topics_due)
        self.every(60.0, self.suspensions_due)
        self.every(600.0, self.nightly)
        self._scheduler.start()

    def stop(self) -> None:
        """Let a running job finish, then end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def clocks_due(self) -> None:
        """Remind, warn, raise, take back, close: whatever a clock has come to."""
        self._do("clocks.due", escalation.due)

    def notices_due(self) -> None:
        """Queue approved notices whose time has come."""
        self._do("notices.due", notices.send_due_notices)

    def suspensions_due(self) -> None:
        self._do("suspensions.due", daily_checks.resume_due)

    def nightly(self) -> None:
        self._do("nightly.told", daily_checks.look)

    def topics_due(self) -> None:
        """Raise what many report. Looking takes its time, so it is done before anything is locked."""
        with self._database.read() as session:
            looked = hot_topics.scan_cases(session, self._office(), now=self._clock(), after=self._looked)
        if looked is not None:
            self._do("topics.told", partial(hot_topics.settle_topics, scan=looked))
            self._looked = looked.newest

    def reports_due(self) -> None:
        """Ask for what is missing, open what stayed silent, close what is complete."""
        self._do("reports.due", reports.settle_due_reports)

    def _do(self, event: str, job: Callable[..., int]) -> None:
        with self._database.write() as session:
            count = job(session, self._office(), now=self._clock())
        if count:
            log.info(event, count=count)
            self._wake()


def _guarded(job: Callable[[], None]) -> Callable[[], None]:
    """A dead database ends this tick, not the ticking."""

    def run() -> None:
        try:
            job()
        except SQLAlchemyError as error:
            log.error("tick.failed", job=job.__name__, error=type(error).__name__)

    return run
