"""The worker: takes batches from the inbox, fetches their files, and has each message handled.

    claim ─> runs of words only ── all of them in one transaction
         ├─> runs with files ───── each on a thread of its own: fetch, then handle
         └─> commands that look ── likewise: read in a transaction that holds up nobody, then handle

A run ends before a command that only looks, which is a run of its own: it tells of what came before.

A message that fails is rolled back alone, tried again later and parked in the end; those behind
it in its lane wait for it, other lanes do not.
"""

import threading
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from bot.channels.base import Channel, Clock, RefusedInput
from bot.inbox import queue
from bot.inbox.queue import LaneBatch
from bot.ops.metrics import Metrics
from handlers import router
from handlers.environment.snapshot import Environment
from handlers.router import ReadAnswer
from models.database import Database, forget_shared_locks, holds_shared_lock
from models.inbox import InboxRow
from models.messages import Attachment, Incoming, LostFile

log = structlog.get_logger()

FetchedFiles = tuple[Sequence[Attachment], Sequence[LostFile]]
FetchFiles = Callable[[str, Incoming], FetchedFiles]
"""Channel name and message to stored files and lost ones; outside any transaction."""
_NO_FILES: FetchedFiles = ((), ())
_FETCHERS = 4
_READERS = 2
_LANES = 64
"""Lanes of a batch where nobody else handles messages."""
_SHARED_LANES = 16
"""Likewise where others do: what one has claimed the others cannot take."""
_TURN = 0.03
"""Seconds that a transaction may go on while received messages wait to be stored and acknowledged."""


@dataclass(frozen=True, slots=True)
class _PreparedMessages:
    """Messages read, and files fetched, before their transaction; by inbox id."""

    incoming_by_id: Mapping[int, Incoming | None]
    """None: it could not be read."""
    files: Mapping[int, FetchedFiles | Exception]
    answers: Mapping[int, ReadAnswer] = field(default_factory=dict)
    """Of commands that only look: what is to be answered."""


class Worker:
    """One handler of messages. `step` until nothing is left; `close` when done."""

    def __init__(
        self,
        database: Database,
        *,
        name: str,
        channels: Callable[[], dict[str, Channel]],
        env: Callable[[], Environment],
        fetch: FetchFiles,
        clock: Clock,
        metrics: Metrics,
        on_commit: Callable[[Collection[int]], None],
    ) -> None:
        self._database = database
        self._name = name
        self._channels = channels
        self._env = env
        self._fetch = fetch
        self._clock = clock
        self._metrics = metrics
        self._on_commit = on_commit
        """Called after each commit with the inbox ids handled, to wake the senders and whoever waits."""
        self._at_once = _LANES
        """Lanes that fit into one transaction at present: what is looked up for more is looked up in vain."""
        self._claim_lag = timedelta()
        self._claimed_at: datetime | None = None
        """Since when a batch is in hand."""
        self._fetchers = ThreadPoolExecutor(_FETCHERS, thread_name_prefix="media")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")
        self._fetching: set[int] = set()
        """First rows of the runs that a fetcher or reader has in hand."""
        self._lease_unknown = threading.Event()
        """The database failed: this process may hold leases that no thread is working on."""

    def close(self) -> None:
        """Finish what is being fetched and read, then end."""
        self._fetchers.shutdown(wait=True)
        self._readers.shutdown(wait=True)

    @property
    def lag(self) -> timedelta:
        """How long a message of a lane that was free waits to be handled at present, at least."""
        since = self._claimed_at
        return self._claim_lag if since is None else max(self._claim_lag, self._clock() - since)

    def step(self) -> int:
        """Claim and handle one batch of lanes; returns how many lanes were claimed."""
        if self._lease_unknown.is_set():
            self._release_lost_leases()
        claimed = self._claim()
        said = {row.id: self._read(row) for run in claimed for row in run.rows}
        runs, plain = [_cut_run(run, said) for run in claimed], []
        for run in runs:
            if _is_reading(said[run.rows[0].id]):
                self._fetching.add(run.rows[0].id)
                self._readers.submit(copy_context().run, self._handle_reading, run, said)
            elif any(_has_files(incoming) for incoming in _readable_messages(run, said)):
                self._fetching.add(run.rows[0].id)
                self._fetchers.submit(copy_context().run, self._handle_with_files, run, said)
            else:
                plain.append(run)
        self._handle_batches(plain, _PreparedMessages(said, {}))
        self._claimed_at = None
        return len(runs)

    def _claim(self) -> list[LaneBatch]:
        try:
            now = self._clock()
            lanes = _LANES if self._database.sqlite else _SHARED_LANES
            with self._metrics.claim_seconds.labels("inbox").time():
                claimed = queue.claim(self._database, self._name, now=now, lanes=lanes)
            self._claim_lag = min((now - run.rows[0].received_at for run in claimed), default=timedelta())
            self._claimed_at = now if claimed else None
            return claimed
        except SQLAlchemyError:
            # It may have been committed, and only the word of it lost.
            self._lease_unknown.set()
            raise

    def _release_lost_leases(self) -> None:
        """Give back leases that no thread works on: they would be held as long as this process lives."""
        self._lease_unknown.clear()
        try:
            with self._database.write() as session:
                queue.release_all(session, self._name, except_ids=self._fetching.copy())
        except SQLAlchemyError:
            self._lease_unknown.set()
            raise

    def _read(self, row: InboxRow) -> Incoming | None:
        """The neutral form; None where the payload has none (handled as a failure later)."""
        channel = self._channels().get(row.channel)
        try:
            return channel.read(row.raw) if channel is not None else None
        except RefusedInput:
            return None

    def _handle_reading(self, run: LaneBatch, incoming_by_id: Mapping[int, Incoming | None]) -> None:
        try:
            answers = {}
            with self._database.read() as session:
                for row in run.rows:
                    if (found := self._read_answer(session, row, incoming_by_id[row.id])) is not None:
                        answers[row.id] = found
            self._handle_batches([run], _PreparedMessages(incoming_by_id, {}, answers))
        except Exception as error:  # noqa: BLE001 - the outermost loop of this thread
            log.error("worker.run_failed", lane_rows=len(run.rows), error=_describe_error(error))
            self._return_batch(run, error)
        finally:
            self._fetching.discard(run.rows[0].id)

    def _read_answer(self, session: Session, row: InboxRow, incoming: Incoming | None) -> ReadAnswer | None:
        if incoming is None:
            return None
        return router.read_answer(session, incoming, inbox_id=row.id, env=self._env(), now=row.received_at)

    def _handle_with_files(self, run: LaneBatch, incoming_by_id: Mapping[int, Incoming | None]) -> None:
        try:
            files = {
                row.id: self._fetch_message_files(row.channel, incoming_by_id[row.id]) for row in run.rows
            }
            self._handle_batches([run], _PreparedMessages(incoming_by_id, files))
        except Exception as error:  # noqa: BLE001 - the outermost loop of this thread
            log.error("worker.run_failed", lane_rows=len(run.rows), error=_describe_error(error))
            self._return_batch(run, error)
        finally:
            self._fetching.discard(run.rows[0].id)

    def _fetch_message_files(self, channel: str, incoming: Incoming | None) -> FetchedFiles | Exception:
        """The files of a message, or the error of fetching them, which fails this message alone."""
        if incoming is None or not _has_files(incoming):
            return _NO_FILES
        try:
            return self._fetch(channel, incoming)
        except Exception as error:  # noqa: BLE001 - raised again where this message is handled
            return error

    def _handle_batches(self, runs: Sequence[LaneBatch], batch: _PreparedMessages) -> None:
        """Handle all batches in one transaction, or in a few while messages wait to be stored.

        Where anything fails, each batch alone in its own: failures are rare, and savepoints are not cheap.
        """
        if not runs:
            return
        left = list(runs)
        while left:
            try:
                turn, later = left[: self._at_once], left[self._at_once :]
                left = self._commit(turn, batch, careful=False) + later
            except Exception as error:  # noqa: BLE001 - whatever it is, the careful way finds the message
                log.warning("worker.batch_failed", runs=len(left), error=_describe_error(error))
                for run in left:
                    self._handle_alone(run, batch)
                left = []

    def _handle_alone(self, run: LaneBatch, batch: _PreparedMessages) -> None:
        try:
            self._commit([run], batch, careful=True)
        except DBAPIError as error:
            log.error("worker.run_failed", error=_describe_error(error))
            self._return_batch(run, error)

    def _commit(
        self, runs: Sequence[LaneBatch], batch: _PreparedMessages, *, careful: bool
    ) -> list[LaneBatch]:
        """Handle runs in one transaction, which ends early where messages wait to be stored; what is left."""
        results: dict[int, str] = {}
        left: list[LaneBatch] = []
        with self._database.write() as session:
            held = queue.still_leased(session, runs, self._name)
            if not careful:
                router.load_batch(
                    session,
                    [incoming for run in held for incoming in _readable_messages(run, batch.incoming_by_id)],
                )
            # What is locked by now belongs to these lanes alone.
            forget_shared_locks(session)
            # Counted from here: what is looked up for a batch is looked up again for the rest of it.
            until = monotonic() + _TURN
            for position, run in enumerate(held):
                self._handle_batch(session, run, batch, results, careful=careful)
                if self._stands_in_the_way(session, until):
                    left = held[position + 1 :]
                    break
            queue.mark_done(session, results, now=self._clock())
        if left or len(held) >= self._at_once:
            # Twice as many as were handled: the next ones may take less time.
            self._at_once = min(2 * (len(held) - len(left)), _LANES)
        self._on_commit(results.keys())
        for row_id, result in results.items():
            self._metrics.messages_handled.labels(result).inc()
            log.info("message.handled", inbox=row_id, result=result)
        return left

    def _stands_in_the_way(self, session: Session, until: float) -> bool:
        """Whether others wait for the end of this transaction, or may before long.

        A case, say, that another worker wants as well is held for one message and not for a batch; and nobody
        who holds one row that others want goes on to wait for a second.
        """
        if self._database.sqlite:
            return self._database.is_first_waiting and monotonic() > until
        return holds_shared_lock(session)

    def _return_batch(self, run: LaneBatch, error: Exception) -> None:
        """Give a batch back; any error but a database error counts as a failure of its first message."""
        try:
            with self._database.write() as session:
                if isinstance(error, OperationalError):
                    queue.release(session, run)
                elif queue.still_leased(session, [run], self._name):
                    queue.mark_failed(session, run.rows[0], _describe_error(error), now=self._clock())
        except DBAPIError as again:
            self._lease_unknown.set()
            log.error("worker.not_released", error=type(again).__name__)

    def _handle_batch(
        self,
        session: Session,
        run: LaneBatch,
        batch: _PreparedMessages,
        results: dict[int, str],
        *,
        careful: bool,
    ) -> None:
        """Handle a batch row by row, until one holds up the lane; `results` collects slugs by inbox id.

        What comes behind one that locked what others want is claimed next.
        """
        for row in run.rows:
            with bound_contextvars(inbox=row.id):
                if not careful:
                    results[row.id] = self._dispatch(session, row, batch)
                elif not self._handle_row(session, row, batch, results):
                    return
            if holds_shared_lock(session):
                return

    def _handle_row(
        self, session: Session, row: InboxRow, batch: _PreparedMessages, results: dict[int, str]
    ) -> bool:
        """Handle one row; returns whether the lane may go on: the message was handled, or parked for good."""
        try:
            with session.begin_nested():
                results[row.id] = self._dispatch(session, row, batch)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost loop: the failure is kept on the row
            # It may have failed as the savepoint ended, after all was said and done.
            results.pop(row.id, None)
            self._metrics.messages_handled.labels("failed").inc()
            return queue.mark_failed(session, row, _describe_error(error), now=self._clock())
        return True

    def _dispatch(self, session: Session, row: InboxRow, batch: _PreparedMessages) -> str:
        channel = self._channels().get(row.channel)
        if channel is None:
            raise LookupError(f"no channel {row.channel!r}")
        if (answer := batch.answers.get(row.id)) is not None:
            return router.give_answer(session, answer)
        files = batch.files.get(row.id, _NO_FILES)
        if isinstance(files, Exception):
            raise files
        attachments, lost = files
        # What could not be read is read again, to say what is wrong with it.
        incoming = batch.incoming_by_id[row.id] or channel.read(row.raw)
        return router.handle_message(
            session,
            incoming,
            inbox_id=row.id,
            env=self._env(),
            now=row.received_at,
            attachments=attachments,
            lost=lost,
        )


def _is_reading(incoming: Incoming | None) -> bool:
    return incoming is not None and router.is_reading(incoming)


def _cut_run(run: LaneBatch, incoming_by_id: Mapping[int, Incoming | None]) -> LaneBatch:
    """The run up to where commands that only look begin or end; what follows is claimed next."""
    reading = [_is_reading(incoming_by_id[row.id]) for row in run.rows]
    length = next((n for n, looks in enumerate(reading) if looks is not reading[0]), len(reading))
    return LaneBatch(run.rows[:length])


def _readable_messages(run: LaneBatch, incoming_by_id: Mapping[int, Incoming | None]) -> list[Incoming]:
    """The messages of a batch that could be read."""
    return [incoming for row in run.rows if (incoming := incoming_by_id[row.id]) is not None]


def _has_files(incoming: Incoming) -> bool:
    """Whether something of it is to be stored as a file before it is handled."""
    return bool(incoming.media_parts() or incoming.rest)


def _describe_error(error: BaseException) -> str:
    """Type and place of an error, without its message: that may hold what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
