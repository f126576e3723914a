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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, String, exists, insert, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from bot.channels.base import Clock, Envelope
from models.database import Database
from models.inbox import InboxRow, InboxState, ReplyHandle

log = structlog.get_logger()

MAX_ATTEMPTS = 5
SUSPECT = 3
"""A message whose holder died this often may be what kills it."""
WAITING = tuple(literal_column(f"'{state}'", String) for state in (InboxState.READY, InboxState.LEASED))
"""Spelled out as the partial indexes spell it: SQLite finds them for no bound value."""
_BATCH = 500
_HANDLE_LIFE = {"req_id": timedelta(hours=24), "response_url": timedelta(hours=1)}
"""wecom-aibot.md §4, §5: how long a message may be answered each way."""


_Ids = Mapping[tuple[str, str], int]
"""Inbox ids by channel and message id, of what was not known before."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    channel: str
    envelope: Envelope
    stored: asyncio.Future[int | None]

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, self.envelope.message_id


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

        Raises SQLAlchemyError when the database refuses, ValueError for text that is no UTF-8: the
        platform must then not be told that it was stored.
        """
        arrival = _Arrival(channel, envelope, asyncio.get_running_loop().create_future())
        self._queue.put(arrival)
        return await arrival.stored

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
        except (SQLAlchemyError, ValueError) as error:
            # ValueError: what is no UTF-8 does not even reach the database.
            if len(batch) > 1 and not isinstance(error, OperationalError):
                # One row the database cannot take must not refuse the others.
                for arrival in batch:
                    self._write([arrival])
                return
            log.error("inbox.not_stored", messages=len(batch), error=type(error).__name__)
            _call(batch, _refuse, batch, error)
            return
        _call(batch, _answer, batch, ids)
        self._stored()


def _call(batch: Sequence[_Arrival], answer: Callable[..., None], *args: object) -> None:
    """On the event loop that waits for these, once for all of them: each wake-up costs a system call."""
    batch[0].stored.get_loop().call_soon_threadsafe(answer, *args)


def _answer(batch: Sequence[_Arrival], ids: _Ids) -> None:
    left = dict(ids)
    for arrival in batch:
        # Of two copies in one batch, the first is the one that was stored.
        stored = left.pop(arrival.key, None)
        if not arrival.stored.done():
            arrival.stored.set_result(stored)


def _refuse(batch: Sequence[_Arrival], error: Exception) -> None:
    for arrival in batch:
        if not arrival.stored.done():
            arrival.stored.set_exception(error)


def _store(session: Session, batch: Sequence[_Arrival], *, now: datetime) -> _Ids:
    """Insert what is new."""
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
    # By the connection, not the session: the ORM's share of a row was half of its time.
    connection = session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(InboxRow).on_conflict_do_nothing()
    found = connection.execute(new.returning(InboxRow.id, InboxRow.channel, InboxRow.message_id), rows)
    ids = {(channel, message_id): inbox_id for inbox_id, channel, message_id in found}
    # A copy in the same batch brings the same one-time ways to answer: they are kept once.
    first = {arrival.key: arrival for arrival in reversed(batch)}
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
        for arrival in map(first.__getitem__, ids)
        for kind, value in arrival.envelope.handle.items()
    ]
    if handles:
        connection.execute(insert(ReplyHandle), handles)
    return ids


@dataclass(frozen=True, slots=True)
class Run:
    """The rows of one lane that a worker may handle now, oldest first; the first one is leased."""

    rows: tuple[InboxRow, ...]


def claim(database: Database, worker: str, *, now: datetime, lanes: int = 64, each: int = 50) -> list[Run]:
    """Lease the oldest ready row of up to `lanes` lanes, with what waits behind it."""
    with database.write() as session:
        found = session.execute(_heads(now).limit(lanes)).all()
        # What may have killed its process is tried alone, so that nothing is parked for its neighbour.
        suspects = [row.id for row in found if row.orphaned >= SUSPECT]
        ids = suspects[:1] or [row.id for row in found]
        if not ids:
            return []
        session.execute(
            update(InboxRow)
            .where(InboxRow.id.in_(ids))
            .values(state=InboxState.LEASED, leased_by=worker)
            .execution_options(synchronize_session=False)
        )
        leased = list(session.scalars(select(InboxRow).where(InboxRow.id.in_(ids)).order_by(InboxRow.id)))
        if suspects:
            return [Run(tuple(leased))]
        return _with_followers(session, leased, now=now, each=each)


def _heads(now: datetime) -> Select[int, int]:
    """The oldest row of each lane that nobody holds, where it is ready.

    A lane is held by any leased row of it: a replayed row may be older than the one in hand.
    """
    other = aliased(InboxRow)
    before = or_(other.id < InboxRow.id, other.state == InboxState.LEASED)
    return (
        select(InboxRow.id, InboxRow.orphaned)
        .where(InboxRow.state.in_(WAITING), InboxRow.state == InboxState.READY, InboxRow.not_before <= now)
        .where(~exists().where(other.lane == InboxRow.lane, other.state.in_(WAITING), before))
        .order_by(InboxRow.id)
        .with_for_update(skip_locked=True, of=InboxRow)
    )


def _with_followers(session: Session, heads: Sequence[InboxRow], *, now: datetime, each: int) -> list[Run]:
    runs = {head.lane: [head] for head in heads}
    followers = session.scalars(
        select(InboxRow)
        .where(InboxRow.lane.in_(runs), InboxRow.state.in_(WAITING), InboxRow.state == InboxState.READY)
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


def held(session: Session, runs: Sequence[Run], worker: str) -> list[Run]:
    """Those of its runs that a worker still holds; they stay its own until the transaction ends.

    A process that stood still for long is taken for dead, and what it held is given to others.
    """
    heads = [run.rows[0].id for run in runs]
    query = select(InboxRow.id).where(
        InboxRow.id.in_(heads), InboxRow.state == InboxState.LEASED, InboxRow.leased_by == worker
    )
    mine = set(session.scalars(query.with_for_update()))
    return [run for run in runs if run.rows[0].id in mine]


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
