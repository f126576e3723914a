"""The writing end of the inbox: stored durably before anything is answered.

    event loop   put, put, put ──bell, once nothing more comes──┐        ┌──> all of them go on
    writer thread                                               └─commit─┘

An answer leaves only after the commit, so nothing acknowledged can be lost. What is paid once a
batch instead of once a message: the transaction, the bell, the wake-up (docs/decisions/0001).
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import structlog
from sqlalchemy import Connection, func, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.channels.base import Clock, Envelope
from models.database import Base, Database, UTCDateTime
from models.inbox import InboxRow, InboxState, ReplyHandle

log = structlog.get_logger()

_BATCH = 500
_PATIENCE = 0.02
"""Seconds a message may wait for others that arrive right now."""

_Key = tuple[str, str, str]
"""What one message is known by: channel, sender and message id."""
_Ids = Mapping[_Key, int]
"""Inbox ids of what was not known before."""
_Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _ReceivedMessage:
    channel: str
    envelope: Envelope

    @property
    def key(self) -> _Key:
        return self.channel, self.envelope.sender, self.envelope.message_id


@dataclass(frozen=True, slots=True)
class _PendingMessage(_ReceivedMessage):
    inbox_id: asyncio.Future[int | None]


_Batch = Sequence[_ReceivedMessage]
_Pending = Sequence[_PendingMessage]


class InboxWriter:
    """Stores messages in batches: `start` it, `put` into it from one event loop, `stop` it."""

    def __init__(self, database: Database, *, clock: Clock, on_stored: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_stored = on_stored
        """Called after each commit, to wake the workers."""
        self._pending: deque[_PendingMessage] = deque()
        self._wakeups: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """True ends the thread, once it has written what has gathered."""
        self._wakeup_scheduled = False
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Start the writer's thread."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is pending, then end."""
        self._wakeups.put(True)
        self._thread.join()

    async def put(self, channel: str, envelope: Envelope) -> int | None:
        """Store one message durably; returns its inbox id, or None where it was stored before.

        Raises SQLAlchemyError when the database refuses, ValueError for text that is no UTF-8: the platform
        must then not get an acknowledgement.
        """
        return await self.put_soon(channel, envelope)

    def put_soon(self, channel: str, envelope: Envelope) -> asyncio.Future[int | None]:
        """As `put`, for a caller that waits its own time; the message may be stored after it has given up."""
        loop = asyncio.get_running_loop()
        arrival = _PendingMessage(channel, envelope, loop.create_future())
        self._pending.append(arrival)
        if not self._wakeup_scheduled:
            self._wakeup_scheduled = True
            loop.call_soon(self._wake_writer, loop, len(self._pending), loop.time() + _PATIENCE)
        return arrival.inbox_id

    def _wake_writer(self, loop: asyncio.AbstractEventLoop, seen: int, latest: float) -> None:
        """Wake the writer once the loop brings no more messages: two threads share one interpreter."""
        gathered = len(self._pending)
        if gathered > seen and gathered < _BATCH and loop.time() < latest:
            loop.call_soon(self._wake_writer, loop, gathered, latest)
        else:
            self._wakeups.put(False)

    def _run(self) -> None:
        ended = False
        while not ended:
            ended = self._wakeups.get()
            self._wakeup_scheduled = False
            while self._pending:
                count = min(len(self._pending), _BATCH)
                self._write([self._pending.popleft() for _ in range(count)])

    def _write(self, batch: _Pending) -> None:
        try:
            with self._database.write(first=True) as session:
                ids = _store(session, batch, self._clock())
        except Exception as error:  # noqa: BLE001 - this thread must not end: requests wait for it
            if len(batch) > 1 and not isinstance(error, OperationalError):
                # One row the database cannot take must not refuse the others.
                for arrival in batch:
                    self._write([arrival])
                return
            log.error("inbox.not_stored", messages=len(batch), error=type(error).__name__)
            _call_on_loop(batch, _set_errors, batch, error)
            return
        _call_on_loop(batch, _set_results, batch, ids)
        self._on_stored()


def store_messages(
    session: Session, channel: str, envelopes: Sequence[Envelope], *, now: datetime
) -> Mapping[str, int]:
    """Store messages in a transaction of whoever calls; message id to inbox id, of those not known before."""
    batch = [_ReceivedMessage(channel, envelope) for envelope in envelopes]
    ids = _store(session, batch, now) if batch else {}
    return {message_id: inbox_id for (_, _, message_id), inbox_id in ids.items()}


def _store(session: Session, batch: _Batch, now: datetime) -> _Ids:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return (_store_on_sqlite if is_sqlite else _store_on_postgres)(session.connection(), batch, now)


def _call_on_loop(batch: _Pending, answer: Callable[..., None], *args: object) -> None:
    """Call `answer` on the event loop that waits for the batch, once for all: a wake-up is a system call."""
    batch[0].inbox_id.get_loop().call_soon_threadsafe(answer, *args)


def _set_results(batch: _Pending, ids: _Ids) -> None:
    left = dict(ids)
    for arrival in batch:
        # Of two copies in one batch, the first is the one that was stored.
        stored = left.pop(arrival.key, None)
        if not arrival.inbox_id.done():
            arrival.inbox_id.set_result(stored)


def _set_errors(batch: _Pending, error: Exception) -> None:
    for arrival in batch:
        if not arrival.inbox_id.done():
            arrival.inbox_id.set_exception(error)


# The rows -----------------------------------------------------------------------------------------


def _build_rows(batch: _Batch, now: Any) -> _Rows:
    return [
        {
            "channel": arrival.channel,
            "sender": arrival.envelope.sender,
            "message_id": arrival.envelope.message_id,
            "lane": f"{arrival.channel}:{arrival.envelope.chat_id}:{arrival.envelope.sender}",
            "raw": arrival.envelope.raw,
            "received_at": now,
            "state": InboxState.READY.value,
            "not_before": now,
            "attempts": 0,
            "orphaned": 0,
        }
        for arrival in batch
    ]


def _build_handle_rows(batch: _Batch, ids: _Ids, until: Callable[[timedelta], Any]) -> _Rows:
    """The rows of the reply handles; `until` gives the end of a lifetime as the driver takes it.

    A copy of a message in the same batch brings the same handles: they are stored once.
    """
    first = {arrival.key: arrival for arrival in reversed(batch)}
    return [
        {
            "channel": arrival.channel,
            "chat_id": arrival.envelope.chat_id,
            "message_id": arrival.envelope.message_id,
            "inbox_id": ids[arrival.key],
            "kind": kind,
            "value": value,
            "event": arrival.envelope.urgent_reply,
            "expires_at": until(arrival.envelope.handle_lifetimes[kind]),
        }
        for arrival in map(first.__getitem__, ids)
        for kind, value in arrival.envelope.handle.items()
    ]


def _store_on_postgres(connection: Connection, batch: _Batch, now: datetime) -> _Ids:
    new = postgresql.insert(InboxRow).on_conflict_do_nothing().returning(*_ID_COLUMNS)
    ids = _index_by_key(connection.execute(new, _build_rows(batch, now)))
    if handles := _build_handle_rows(batch, ids, lambda life: now + life):
        connection.execute(insert(ReplyHandle), handles)
    return ids


def _store_on_sqlite(connection: Connection, batch: _Batch, now: datetime) -> _Ids:
    """Straight to the driver, each table in one statement.

    Preparing a row cost SQLAlchemy twice what storing it costs SQLite; and the driver gives up the
    interpreter at every step, so a statement a row would queue behind the event loop for each of them.
    """
    rows = _build_rows(batch, _format_time(now))
    last = connection.scalar(_SELECT_LAST_ID) or 0
    inserted = _INSERT_MESSAGES.run(connection, rows)
    if inserted == len(rows):
        # While this transaction writes, nobody else does: SQLite numbered them one after the other.
        ids: _Ids = {arrival.key: last + 1 + nth for nth, arrival in enumerate(batch)}
    else:
        ids = _index_by_key(connection.execute(select(*_ID_COLUMNS).where(InboxRow.id > last)))
    # A batch has thousands of handles, of two or three lifetimes.
    until = cache(lambda life: _format_time(now + life))
    if handles := _build_handle_rows(batch, ids, until):
        _INSERT_HANDLES.run(connection, handles)
    return ids


def _index_by_key(found: Iterable[Any]) -> _Ids:
    return {(channel, sender, message_id): number for number, channel, sender, message_id in found}


class _BulkInsert:
    """The statement that stores rows of a table, as SQLite's driver takes it: so many rows at once."""

    def __init__(self, table: type[Base], *, without: Collection[str], tail: str = "") -> None:
        self._columns = [column.key for column in inspect(table).columns if column.key not in without]
        self._head = f"INSERT INTO {table.__tablename__} ({', '.join(self._columns)}) VALUES "  # noqa: S608 - our own names
        self._row = f"({', '.join('?' * len(self._columns))})"
        self._tail = tail

    def run(self, connection: Connection, rows: _Rows) -> int:
        """Insert the rows; returns how many of them were stored."""
        statement = self._head + ", ".join([self._row] * len(rows)) + self._tail
        values = tuple(row[column] for row in rows for column in self._columns)
        return connection.exec_driver_sql(statement, values).rowcount


_SELECT_LAST_ID = select(func.max(InboxRow.id))
_ID_COLUMNS = (InboxRow.id, InboxRow.channel, InboxRow.sender, InboxRow.message_id)
_SQLITE = sqlite.dialect(paramstyle="named")
# As every other statement writes times: they are compared as text.
_format_time = cast("Callable[[datetime], str]", UTCDateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE))
_INSERT_MESSAGES = _BulkInsert(
    InboxRow,
    without=("id", "leased_by", "handled_at", "result", "error"),
    tail=" ON CONFLICT DO NOTHING",
)
_INSERT_HANDLES = _BulkInsert(ReplyHandle, without=("id", "used_at", "case_id"))
