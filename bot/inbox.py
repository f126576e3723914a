"""The inbox: received durably before anything is answered, claimed in order, retried, parked.

Receiving is a group commit: the event loop hands rows to one writer thread and awaits; the thread
writes whatever has gathered in one transaction and then lets all of them go on. An answer leaves
only after the commit, so nothing acknowledged can be lost (measured in shared/libraries.md).

Claiming leases the oldest row of a lane. Whoever holds that lease owns the lane, and may take the
rows behind it too: a whole burst of one person's messages is one transaction.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from bot.channels.base import Clock, Envelope
from models.database import Database
from models.inbox import InboxRow, InboxState, ReplyHandle

log = structlog.get_logger()

MAX_ATTEMPTS = 5
_BATCH = 500
_HANDLE_LIFE = {"req_id": timedelta(hours=24), "response_url": timedelta(hours=1)}
"""wecom-aibot.md §4, §5: how long a message may be answered each way."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    channel: str
    envelope: Envelope
    stored: Future[int | None]


class Receiver:
    """The writing end. `start` it, `put` into it from the event loop, `stop` it."""

    def __init__(self, database: Database, *, clock: Clock, stored: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._stored = stored
        """Called after each commit, to wake the workers."""
        self._queue: queue.SimpleQueue[_Arrival | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what has gathered, then end."""
        self._queue.put(None)
        self._thread.join()

    async def put(self, channel: str, envelope: Envelope) -> int | None:
        """Store one message for good. Its inbox id, or None where it was stored before.

        Raises SQLAlchemyError when the database refuses: the platform must then not be answered.
        """
        arrival = _Arrival(channel, envelope, Future())
        self._queue.put(arrival)
        return await asyncio.wrap_future(arrival.stored)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ended = [first], False
            while len(batch) < _BATCH and not self._queue.empty():
                if (more := self._queue.get()) is None:
                    ended = True
                    break
                batch.append(more)
            self._write(batch)
            if ended:
                return

    def _write(self, batch: Sequence[_Arrival]) -> None:
        try:
            with self._database.write() as session:
                ids = _store(session, batch, now=self._clock())
        except SQLAlchemyError as error:
            if len(batch) > 1:
                # One row the database cannot take must not refuse the others.
                for arrival in batch:
                    self._write([arrival])
                return
            log.error("inbox.not_stored", messages=len(batch), error=type(error).__name__)
            batch[0].stored.set_exception(error)
            return
        for arrival in batch:
            arrival.stored.set_result(ids.pop((arrival.channel, arrival.envelope.message_id), None))
        self._stored()


def _store(session: Session, batch: Sequence[_Arrival], *, now: datetime) -> dict[tuple[str, str], int]:
    """Insert what is new; ids by channel and message id."""
    rows = [
        {
            "channel": arrival.channel,
            "message_id": arrival.envelope.message_id,
            "lane": f"{arrival.channel}:{arrival.envelope.chat_id}:{arrival.envelope.sender}",
            "raw": arrival.envelope.raw,
            "received_at": now,
            "not_before": now,
        }
        for arrival in batch
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(InboxRow).on_conflict_do_nothing()
    found = session.execute(statement.returning(InboxRow.id, InboxRow.channel, InboxRow.message_id), rows)
    ids = {(row.channel, row.message_id): row.id for row in found}
    handles = [
        {
            "channel": arrival.channel,
            "chat_id": arrival.envelope.chat_id,
            "message_id": arrival.envelope.message_id,
            "kind": kind,
            "value": value,
            "event": arrival.envelope.urgent_reply,
            "expires_at": now + _HANDLE_LIFE[kind],
        }
        for arrival in batch
        if (arrival.channel, arrival.envelope.message_id) in ids
        for kind, value in arrival.envelope.handle.items()
    ]
    if handles:
        session.execute(insert(ReplyHandle), handles)
    return ids


@dataclass(frozen=True, slots=True)
class Run:
    """The rows of one lane that a worker may handle now, oldest first; the first one is leased."""

    rows: tuple[InboxRow, ...]


def claim(database: Database, worker: str, *, now: datetime, lanes: int = 64, each: int = 50) -> list[Run]:
    """Lease the oldest ready row of up to `lanes` lanes, with what waits behind it."""
    with database.write() as session:
        earlier = aliased(InboxRow)
        waiting = (InboxState.READY, InboxState.LEASED)
        heads = (
            select(InboxRow.id)
            .where(InboxRow.state == InboxState.READY, InboxRow.not_before <= now)
            .where(
                ~exists().where(
                    earlier.lane == InboxRow.lane, earlier.id < InboxRow.id, earlier.state.in_(waiting)
                )
            )
            .order_by(InboxRow.id)
            .limit(lanes)
            .with_for_update(skip_locked=True)
        )
        ids = list(session.scalars(heads))
        if not ids:
            return []
        session.execute(
            update(InboxRow)
            .where(InboxRow.id.in_(ids))
            .values(state=InboxState.LEASED, leased_by=worker)
            .execution_options(synchronize_session=False)
        )
        leased = list(session.scalars(select(InboxRow).where(InboxRow.id.in_(ids)).order_by(InboxRow.id)))
        return _with_followers(session, leased, now=now, each=each)


def _with_followers(session: Session, heads: Sequence[InboxRow], *, now: datetime, each: int) -> list[Run]:
    runs = {head.lane: [head] for head in heads}
    followers = session.scalars(
        select(InboxRow)
        .where(InboxRow.lane.in_(runs), InboxRow.state == InboxState.READY)
        .order_by(InboxRow.id)
        .limit(len(runs) * each)
    )
    stopped = set()
    for row in followers:
        # A row that waits for its next try holds back what came after it.
        if row.not_before > now:
            stopped.add(row.lane)
        if row.lane not in stopped and len(runs[row.lane]) < each:
            runs[row.lane].append(row)
    return [Run(tuple(rows)) for rows in runs.values()]


def done(session: Session, row: InboxRow, result: str, *, now: datetime) -> None:
    """It was handled; part of the transaction that handled it."""
    session.execute(
        update(InboxRow)
        .where(InboxRow.id == row.id)
        .values(state=InboxState.DONE, result=result, handled_at=now, leased_by=None, error=None)
        .execution_options(synchronize_session=False)
    )


def failed(session: Session, row: InboxRow, error: str, *, now: datetime) -> bool:
    """It could not be handled: try again later, or park it. True where it was parked."""
    attempts = row.attempts + 1
    parked = attempts >= MAX_ATTEMPTS
    session.execute(
        update(InboxRow)
        .where(InboxRow.id == row.id)
        .values(
            state=InboxState.DEAD if parked else InboxState.READY,
            attempts=attempts,
            not_before=now + timedelta(seconds=2**attempts),
            leased_by=None,
            error=error,
        )
        .execution_options(synchronize_session=False)
    )
    log.error("inbox.parked" if parked else "inbox.failed", inbox=row.id, attempts=attempts, error=error)
    return parked


def release(session: Session, run: Run) -> None:
    """Give a lane back untouched."""
    session.execute(
        update(InboxRow)
        .where(InboxRow.id == run.rows[0].id, InboxRow.state == InboxState.LEASED)
        .values(state=InboxState.READY, leased_by=None)
        .execution_options(synchronize_session=False)
    )


def replay(session: Session, inbox_id: int, *, now: datetime) -> bool:
    """Give a dead letter another five tries. False where there is no such dead letter."""
    replayed = session.execute(
        update(InboxRow)
        .where(InboxRow.id == inbox_id, InboxRow.state == InboxState.DEAD)
        .values(state=InboxState.READY, attempts=0, orphaned=0, not_before=now)
        .returning(InboxRow.id)
    )
    return replayed.scalar() is not None
