"""The ticks of one process. Any number of processes may tick: each tick asks the database what is
due and takes rows that no other tick holds, so nothing fires twice and nothing is lost by a restart.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from handlers.cases.lists import word_index
from handlers.environment.snapshot import Environment
from handlers.insight import hot_topics
from handlers.insight.counts import folding
from handlers.intake.reports import settlement
from handlers.notifications import desk_lines, open_questions
from handlers.notifications.duty import calls, shift_notes
from handlers.notifications.publishing import sending
from models.database import Database
from scheduler import clock_repair, daily_checks, escalation, site_check_reminders
from scheduler.clock_watch import ClockWatch

log = structlog.get_logger()


class Ticker:
    """The scheduled jobs of one process, which starts and stops it."""

    def __init__(
        self,
        database: Database,
        *,
        env: Callable[[], Environment],
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        wall: Callable[[], float] = time.time,
        scheduler: BackgroundScheduler | None = None,
    ) -> None:
        """`wall`: this machine's clock in seconds, which somebody may set."""
        self._database = database
        self._office = env
        self._clock = clock
        self._wake = wake
        self._scheduler = scheduler or BackgroundScheduler(timezone="UTC")
        self._watch = ClockWatch(self._follow_clock, wall=wall)
        self._newest_case: int | None = None
        """The newest case that a look for hot topics has seen."""

    def run_every(self, seconds: float, job: Callable[[], None]) -> None:
        """Run a job every so many seconds; a slow run delays the next, a database error ends its run only."""
        self._scheduler.add_job(
            _guard_errors(job),
            "interval",
            seconds=seconds,
            max_instances=1,
            coalesce=True,
            # However late: after the clock was set forward everything is.
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Schedule every job, each with its interval in seconds, and begin."""
        self.run_every(1.0, self.process_reports)
        self.run_every(2.0, self.fire_clocks)
        self.run_every(2.0, self.queue_notices)
        self.run_every(10.0, self.raise_topics)
        self.run_every(10.0, self.remind_of_lines)
        self.run_every(10.0, self.fold_figures)
        self.run_every(10.0, self.fold_words)
        self.run_every(30.0, self.raise_questions)
        self.run_every(5.0, self.call_next)
        self.run_every(5.0, self.announce_duty)
        self.run_every(60.0, self.resume_suspensions)
        self.run_every(60.0, self.remind_of_checks)
        self.run_every(60.0, self.repair_rows)
        self.run_every(600.0, self.run_daily_checks)
        self._scheduler.start()
        self._watch.start()
        # What was written before a restart may be of a clock that was ahead.
        _guard_errors(self.repair_rows)()

    def stop(self) -> None:
        """Let a running job finish, then stop for good."""
        self._watch.stop()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def repair_rows(self, *, was_set_back: bool = False) -> None:
        """Bring back what was written by a clock that was ahead."""
        with self._database.write() as session:
            moved = clock_repair.repair_future_rows(session, now=self._clock(), was_set_back=was_set_back)
        if moved:
            self._wake()

    def _follow_clock(self, jump: float) -> None:
        """The machine's clock was set. APScheduler would wait for the old time of every job's next run."""
        if jump < 0:
            _guard_errors(self._repair_after_set_back)()
        for job in self._scheduler.get_jobs():
            with suppress(JobLookupError):
                job.modify(next_run_time=datetime.now(UTC))

    def _repair_after_set_back(self) -> None:
        self.repair_rows(was_set_back=True)

    def fire_clocks(self) -> None:
        """Escalate: remind, warn, raise, take back, close, whatever mark a clock has reached."""
        self._run_job("clocks.due", escalation.fire_due)

    def queue_notices(self) -> None:
        """Queue approved notices whose time has come."""
        self._run_job("notices.due", sending.send_due_notices)

    def call_next(self) -> None:
        """Call the next one of a unit that signs for no urgent task."""
        self._run_job("duty.called", calls.call_next)

    def announce_duty(self) -> None:
        """Hand over where duty changes, and say who stands in."""
        self._run_job("duty.announced", shift_notes.announce_changes)

    def resume_suspensions(self) -> None:
        """Resume suspended cases whose date has come."""
        self._run_job("suspensions.due", daily_checks.resume_due)

    def remind_of_lines(self) -> None:
        """Remind the desks of the lines that nobody decided."""
        self._run_job("lines.reminded", desk_lines.remind_of_lines)

    def fold_figures(self) -> None:
        """Keep the figures of days anew of which something happened. Counting is done in a read, as above."""
        with self._database.read() as session:
            counted = folding.count_changed(session, self._office().zone, now=self._clock())
        if counted is not None:
            with self._database.write() as session:
                folding.store(session, counted)

    def fold_words(self) -> None:
        """Take the words of cases into the index of words. They are read without a lock, as above."""
        with self._database.read() as session:
            read = word_index.read_changed(session)
        if read is not None:
            with self._database.write() as session:
                word_index.store(session, read)

    def raise_questions(self) -> None:
        """Tell whoever leads a grid of the questions there that nobody answers."""
        self._run_job("questions.raised", open_questions.raise_questions)

    def remind_of_checks(self) -> None:
        """Remind of the site checks that nobody answered."""
        self._run_job("checks.reminded", site_check_reminders.remind_of_checks)

    def run_daily_checks(self) -> None:
        """Run the daily checks, if it is late enough and nobody ran them today."""
        self._run_job("nightly.told", daily_checks.run_checks)

    def raise_topics(self) -> None:
        """Raise hot topics. Searching takes time, so it is done in a read before anything is locked."""
        with self._database.read() as session:
            looked = hot_topics.scan_cases(
                session, self._office(), now=self._clock(), after=self._newest_case
            )
        if looked is not None:
            self._run_job("topics.told", partial(hot_topics.settle_topics, scan=looked))
            self._newest_case = looked.newest

    def process_reports(self) -> None:
        """Ask for what reports lack, open cases for silent ones, close complete ones."""
        self._run_job("reports.due", settlement.settle_due_reports)

    def _run_job(self, event: str, job: Callable[..., int]) -> None:
        with self._database.write() as session:
            count = job(session, self._office(), now=self._clock())
        if count:
            log.info(event, count=count)
            self._wake()


def _guard_errors(job: Callable[[], None]) -> Callable[[], None]:
    """The job with database errors logged: one ends this run, not the schedule."""

    def run() -> None:
        try:
            job()
        except SQLAlchemyError as error:
            log.error("tick.failed", job=job.__name__, error=type(error).__name__)

    return run
