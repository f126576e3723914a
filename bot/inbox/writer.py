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
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import Connection, func, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from bot.channels.base import Clock, Envelope
from models.database import Base, Database, UTCDateTime
from models.inbox import InboxRow, InboxState, ReplyHandle

log = structlog.get_logger()

_BATCH = 500
_PATIENCE = 0.02
"""Seconds a message may wait for others that arrive right now."""
_HANDLE_LIFE = {"req_id": timedelta(hours=24), "response_url": timedelta(hours=1)}
"""wecom-aibot.md §4, §5: how long a message may be answered each way."""

_Ids = Mapping[tuple[str, str], int]
"""Inbox ids by channel and message id, of what was not known before."""
_Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Arrival:
    channel: str
    envelope: Envelope
    stored: asyncio.Future[int | None]

    @property
    def key(self) -> tuple[str, str]:
        return self.channel, self.envelope.message_id


_Batch = list[_Arrival]


class Receiver:
    """`start` it, `put` into it from one event loop, `stop` it."""

    def __init__(self, database: Database, *, clock: Clock, stored: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._stored = stored
        """Called after each commit, to wake the workers."""
        self._gathered: deque[_Arrival] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """True ends the thread, once it has written what has gathered."""
        self._rung = False
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what has gathered, then end."""
        self._bell.put(True)
        self._thread.join()

    async def put(self, channel: str, envelope: Envelope) -> int | None:
        """Store one message for good. Its inbox id, or None where it was stored before.

        Raises SQLAlchemyError when the database refuses, ValueError for text that is no UTF-8: the
        platform must then not be told that it was stored.
        """
        loop = asyncio.get_running_loop()
        arrival = _Arrival(channel, envelope, loop.create_future())
        self._gathered.append(arrival)
        if not self._rung:
            self._rung = True
            loop.call_soon(self._ring, loop, len(self._gathered), loop.time() + _PATIENCE)
        return await arrival.stored

    def _ring(self, loop: asyncio.AbstractEventLoop, seen: int, latest: float) -> None:
        """Wake the writer once the loop has nothing more to bring it: two threads share one interpreter."""
        gathered = len(self._gathered)
        if gathered > seen and gathered < _BATCH and loop.time() < latest:
            loop.call_soon(self._ring, loop, gathered, latest)
        else:
            self._bell.put(False)

    def _run(self) -> None:
        ended = False
        while not ended:
            ended = self._bell.get()
            self._rung = False
            while self._gathered:
                count = min(len(self._gathered), _BATCH)
                self._write([self._gathered.popleft() for _ in range(count)])

    def _write(self, batch: _Batch) -> None:
        try:
            with self._database.write() as session:
                store = _store_on_sqlite if self._database.sqlite else _store_on_postgres
                ids = store(session.connection(), batch, self._clock())
        except Exception as error:  # noqa: BLE001 - this thread must not end: requests wait for it
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


def _call(batch: _Batch, answer: Callable[..., None], *args: object) -> None:
    """On the event loop that waits for these, once for all of them: each wake-up is a system call."""
    batch[0].stored.get_loop().call_soon_threadsafe(answer, *args)


def _answer(batch: _Batch, ids: _Ids) -> None:
    left = dict(ids)
    for arrival in batch:
        # Of two copies in one batch, the first is the one that was stored.
        stored = left.pop(arrival.key, None)
        if not arrival.stored.done():
            arrival.stored.set_result(stored)


def _refuse(batch: _Batch, error: Exception) -> None:
    for arrival in batch:
        if not arrival.stored.done():
            arrival.stored.set_exception(error)


# The rows -----------------------------------------------------------------------------------------


def _rows(batch: _Batch, now: Any) -> _Rows:
    return [
        {
            "channel": arrival.channel,
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


def _handles(batch: _Batch, ids: _Ids, until: Callable[[str], Any]) -> _Rows:
    """The ways to answer. A copy in the same batch brings the same ones: they are kept once."""
    first = {arrival.key: arrival for arrival in reversed(batch)}
    return [
        {
            "channel": arrival.channel,
            "chat_id": arrival.envelope.chat_id,
            "message_id": arrival.envelope.message_id,
            "kind": kind,
            "value": value,
            "event": arrival.envelope.urgent_reply,
            "expires_at": until(kind),
        }
        for arrival in map(first.__getitem__, ids)
        for kind, value in arrival.envelope.handle.items()
    ]


def _store_on_postgres(connection: Connection, batch: _Batch, now: datetime) -> _Ids:
    new = postgresql.insert(InboxRow).on_conflict_do_nothing().returning(*_FOUND)
    ids = _by_key(connection.execute(new, _rows(batch, now)))
    if handles := _handles(batch, ids, lambda kind: now + _HANDLE_LIFE[kind]):
        connection.execute(insert(ReplyHandle), handles)
    return ids


def _store_on_sqlite(connection: Connection, batch: _Batch, now: datetime) -> _Ids:
    """Straight to the driver, each table in one statement.

    Preparing a row cost SQLAlchemy twice what storing it costs SQLite; and the driver gives up the
    interpreter at every step, so a statement a row would queue behind the event loop for each of them.
    """
    rows = _rows(batch, _plain(now))
    last = connection.scalar(_LAST) or 0
    inserted = _MESSAGE.run(connection, rows)
    if inserted == len(rows):
        # While this transaction writes, nobody else does: SQLite numbered them one after the other.
        ids: _Ids = {arrival.key: last + 1 + nth for nth, arrival in enumerate(batch)}
    else:
        ids = _by_key(connection.execute(select(*_FOUND).where(InboxRow.id > last)))
    until = {kind: _plain(now + life) for kind, life in _HANDLE_LIFE.items()}
    if handles := _handles(batch, ids, until.__getitem__):
        _HANDLE.run(connection, handles)
    return ids


def _by_key(found: Iterable[Any]) -> _Ids:
    return {(channel, message_id): number for number, channel, message_id in found}


class _Insert:
    """The statement that stores rows of a table, as SQLite's driver takes it: so many rows at once."""

    def __init__(self, table: type[Base], *, without: Collection[str], tail: str = "") -> None:
        self._columns = [column.key for column in inspect(table).columns if column.key not in without]
        self._head = f"INSERT INTO {table.__tablename__} ({', '.join(self._columns)}) VALUES "  # noqa: S608 - our own names
        self._row = f"({', '.join('?' * len(self._columns))})"
        self._tail = tail

    def run(self, connection: Connection, rows: _Rows) -> int:
        """How many of them were stored."""
        statement = self._head + ", ".join([self._row] * len(rows)) + self._tail
        values = tuple(row[column] for row in rows for column in self._columns)
        return connection.exec_driver_sql(statement, values).rowcount


_LAST = select(func.max(InboxRow.id))
_FOUND = (InboxRow.id, InboxRow.channel, InboxRow.message_id)
_SQLITE = sqlite.dialect(paramstyle="named")
# As every other statement writes times: they are compared as text.
_plain = cast("Callable[[datetime], str]", UTCDateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE))
_MESSAGE = _Insert(
    InboxRow,
    without=("id", "leased_by", "handled_at", "result", "error"),
    tail=" ON CONFLICT DO NOTHING",
)
_HANDLE = _Insert(ReplyHandle, without=("id", "used_at"))
