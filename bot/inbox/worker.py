"""The worker: takes runs from the inbox, fetches their files, and has each message handled.

    claim ─> runs of words only ── all of them in one transaction
         └─> runs with files ───── each on a thread of its own: fetch, then handle

A message that fails is rolled back alone, tried again later and parked in the end; those behind
it in its lane wait for it, other lanes do not.
"""

import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

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
from models.database import Database
from models.inbox import InboxRow
from models.messages import Attachment, Incoming, LostFile

log = structlog.get_logger()

FetchedFiles = tuple[Sequence[Attachment], Sequence[LostFile]]
FetchFiles = Callable[[str, Incoming], FetchedFiles]
"""Channel name and message to stored files and lost ones; outside any transaction."""
_NO_FILES: FetchedFiles = ((), ())
_FETCHERS = 4


@dataclass(frozen=True, slots=True)
class _PreparedMessages:
    """What is known of messages before their transaction, by inbox id."""

    incoming_by_id: Mapping[int, Incoming | None]
    """None: it could not be read."""
    files: Mapping[int, FetchedFiles | Exception]


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
        on_commit: Callable[[], None],
    ) -> None:
        self._database = database
        self._name = name
        self._channels = channels
        self._env = env
        self._fetch = fetch
        self._clock = clock
        self._metrics = metrics
        self._on_commit = on_commit
        """Called after each commit, to wake the senders."""
        self._fetchers = ThreadPoolExecutor(_FETCHERS, thread_name_prefix="media")
        self._fetching: set[int] = set()
        """First rows of the runs that a fetcher has in hand."""
        self._lease_unknown = threading.Event()
        """The database failed: there may be leases of ours that nobody has in hand."""

    def close(self) -> None:
        """Finish what is being fetched, then end."""
        self._fetchers.shutdown(wait=True)

    def step(self) -> int:
        """Claim and handle one batch; how many lanes were claimed."""
        if self._lease_unknown.is_set():
            self._release_lost_leases()
        runs = self._claim()
        said = {row.id: self._read(row) for run in runs for row in run.rows}
        plain = []
        for run in runs:
            if any(_has_files(incoming) for incoming in _readable_messages(run, said)):
                self._fetching.add(run.rows[0].id)
                self._fetchers.submit(copy_context().run, self._handle_with_files, run, said)
            else:
                plain.append(run)
        self._handle_batches(plain, _PreparedMessages(said, {}))
        return len(runs)

    def _claim(self) -> list[LaneBatch]:
        try:
            return queue.claim(self._database, self._name, now=self._clock())
        except SQLAlchemyError:
            # It may have been committed, and only the word of it lost.
            self._lease_unknown.set()
            raise

    def _release_lost_leases(self) -> None:
        """Leases are good while this process lives, so those it lost track of are given back here."""
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
        """Its files; what went wrong is the failure of this message, not of those before it."""
        if incoming is None or not _has_files(incoming):
            return _NO_FILES
        try:
            return self._fetch(channel, incoming)
        except Exception as error:  # noqa: BLE001 - raised again where this message is handled
            return error

    def _handle_batches(self, runs: Sequence[LaneBatch], batch: _PreparedMessages) -> None:
        """The whole batch as one; where anything in it fails, nothing of it happened, and each run
        alone shows whether it was at fault. Failures are rare, and savepoints are not cheap."""
        if not runs:
            return
        try:
            self._commit(runs, batch, careful=False)
        except Exception as error:  # noqa: BLE001 - whatever it is, the careful way finds the message
            log.warning("worker.batch_failed", runs=len(runs), error=_describe_error(error))
            for run in runs:
                self._handle_alone(run, batch)
        self._on_commit()

    def _handle_alone(self, run: LaneBatch, batch: _PreparedMessages) -> None:
        try:
            self._commit([run], batch, careful=True)
        except DBAPIError as error:
            log.error("worker.run_failed", error=_describe_error(error))
            self._return_batch(run, error)

    def _commit(self, runs: Sequence[LaneBatch], batch: _PreparedMessages, *, careful: bool) -> None:
        results: dict[int, str] = {}
        with self._database.write() as session:
            held = queue.still_leased(session, runs, self._name)
            if not careful:
                router.load_batch(
                    session,
                    [incoming for run in held for incoming in _readable_messages(run, batch.incoming_by_id)],
                )
            for run in held:
                self._handle_batch(session, run, batch, results, careful=careful)
            queue.mark_done(session, results, now=self._clock())
        for row_id, result in results.items():
            self._metrics.messages_handled.labels(result).inc()
            log.info("message.handled", inbox=row_id, result=result)

    def _return_batch(self, run: LaneBatch, error: Exception) -> None:
        """A dead database is nobody's failure; anything else counts against the first message."""
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
        """Handle what the lane lets through; `results` gathers what is done, to be marked so at once."""
        for row in run.rows:
            with bound_contextvars(inbox=row.id):
                if not careful:
                    results[row.id] = self._dispatch(session, row, batch)
                elif not self._handle_row(session, row, batch, results):
                    return

    def _handle_row(
        self, session: Session, row: InboxRow, batch: _PreparedMessages, results: dict[int, str]
    ) -> bool:
        """Whether the lane may go on: the message was handled, or parked for good."""
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


def _readable_messages(run: LaneBatch, incoming_by_id: Mapping[int, Incoming | None]) -> list[Incoming]:
    """The messages of a run, as far as they could be read at all."""
    return [incoming for row in run.rows if (incoming := incoming_by_id[row.id]) is not None]


def _has_files(incoming: Incoming) -> bool:
    """Whether something of it is to be stored as a file before it is handled."""
    return bool(incoming.media_parts() or incoming.rest)


def _describe_error(error: BaseException) -> str:
    """Type and place of an error, without its message: that may hold what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
