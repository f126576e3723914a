"""The database: one declarative base, aware UTC times, and the two ways in, `read` and `write`.

SQLite has one writer at a time. Waiting for it inside the process, on a lock, doubles throughput
and cuts the slowest waits sixteenfold against letting connections collide (docs/decisions), so
`write` takes the lock first and starts the transaction as IMMEDIATE. On PostgreSQL the lock is a
no-op and the row locks of the statements decide.

PostgreSQL may be reached through PgBouncer in transaction mode: a server's session lasts no longer
than a transaction then, so nothing is prepared, listened to, set or locked beyond one
(docs/decisions/0024).
"""

import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Engine,
    ExceptionContext,
    Index,
    Integer,
    String,
    TextClause,
    case,
    create_engine,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, SessionTransaction
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.selectable import ForUpdateArg
from sqlalchemy.types import TypeDecorator

from models import deferred_insert, session_info


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes, stored as UTC. Raises ValueError for a naive one; SQLite would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value as UTC; without a zone for SQLite, which cannot store one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The stored value as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""

Data = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Plain data; Python None is SQL NULL."""


def spell_out(*values: str) -> tuple[ColumnElement[str], ...]:
    """Values to stand in a statement as they are: SQLite looks into no partial index for a bound one."""
    return tuple(literal_column(f"'{value}'", String) for value in values)


def keep_from_indexes(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, as a value that no index is searched for.

    Beside a span of time, which is narrow: SQLite cannot tell, and read whole areas by their index instead.
    """
    return case((condition, 1), else_=0) == 1


def add_partial_index(
    name: str,
    *columns: InstrumentedAttribute[Any],
    where: ColumnElement[bool] | TextClause,
    unique: bool = False,
) -> None:
    """Give the table of these columns an index over the rows that fulfil a condition.

    A query finds the index only where it asks the same condition: ask it by the same name.
    """
    Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class Base(DeclarativeBase):
    """The declarative base of all tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime(),
        dict[str, Any]: Data,
        list[str]: Data,
    }
    of_roster: ClassVar[bool] = False
    """Whether a row is asked for again and again, and such rows are few."""


class _QuickSession(Session):
    """Finds what is loaded already without asking SQLAlchemy's ways, and keeps what belongs to the roster."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As `Session.get`, but what is loaded already is found in a quarter of the time."""
        if not options and isinstance(ident, int):
            found = self.identity_map.get((entity, (ident,), None))
            if found is not None and not instance_state(found).expired:
                return found
        return super().get(entity, ident, **options)


@event.listens_for(_QuickSession, "loaded_as_persistent")
def _keep_of_roster(session: Session, instance: object) -> None:
    if isinstance(instance, Base) and instance.of_roster:
        session.info.setdefault(session_info.LOADED, []).append(instance)


class _CachingSession(_QuickSession):
    """Keeps strong references to loaded objects, so that `get` by id within a transaction asks no database.

    A plain session drops an object that nobody refers to. `populate_existing` reads it again.
    """


event.listen(_CachingSession, "before_commit", deferred_insert.flush_deferred)


@event.listens_for(_CachingSession, "loaded_as_persistent")
def _cache_loaded(session: Session, instance: object) -> None:
    session.info.setdefault(session_info.LOADED, []).append(instance)


@event.listens_for(_CachingSession, "after_soft_rollback")
def _discard_cache(session: Session, _previous: SessionTransaction) -> None:
    """What was looked up since the savepoint may tell of what is undone with it."""
    session.info.pop(session_info.CACHE, None)
    session.info.pop(session_info.KEPT_CLOCKS, None)
    deferred_insert.forget_changes(session)


def insert_if_absent(session: Session, table: type[Base], values: dict[str, Any]) -> None:
    """Store a row unless one of its unique keys is taken; where another transaction is just taking it, wait.

    Whoever stores several keys that others store as well does so in one order, or two wait for each other.
    """
    postgres = session.get_bind().dialect.name == "postgresql"
    statement = postgresql.insert(table) if postgres else sqlite.insert(table)
    session.connection().execute(statement.values(**values).on_conflict_do_nothing())


ROW_LOCK = ForUpdateArg(key_share=True)
"""For `with_for_update` of `Session.get`: nobody else changes the row until the transaction ends; what only
refers to it, a push to a chat, an event of a case, does not wait."""


def holds_shared_lock(session: Session) -> bool:
    """Whether this transaction holds what others may wait for since `forget_shared_locks` (PostgreSQL)."""
    return bool(session.connection().info.get(session_info.SHARED_LOCK))


def forget_shared_locks(session: Session) -> None:
    """What is locked by now is nobody else's business."""
    session.connection().info.pop(session_info.SHARED_LOCK, None)


def _begin_without_lock(connection: Connection) -> None:
    """What is noted of a connection outlives its transaction, and locks do not."""
    connection.info.pop(session_info.SHARED_LOCK, None)


def _note_shared_lock(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
    locks = "FOR NO KEY UPDATE" in statement or "FOR UPDATE" in statement
    if locks and cursor.rowcount > 0 and "SKIP LOCKED" not in statement:
        connection.info[session_info.SHARED_LOCK] = True


class _Ticket:
    """Somebody's place in the queue for the write lock."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.granted = threading.Event()


class _WriteLock:
    """The one writer of a SQLite database within this process; may be taken again by whoever has it.

    Whoever takes it `first` goes before all others that wait: what is acknowledged after a commit does not
    queue behind what is handled in the background. After each of those one of the others has a turn, or a
    flood of messages would keep any from being handled; of these whoever came first, or many that look for
    an answer would keep the one that makes answers waiting. It is handed over, never raced for.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._owner: int | None = None
        self._depth = 0
        self._waiting: dict[bool, deque[_Ticket]] = {True: deque(), False: deque()}
        """Who waits, by whether they go first."""
        self._others_turn = False

    @property
    def is_first_waiting(self) -> bool:
        return bool(self._waiting[True])

    @contextmanager
    def hold(self, *, first: bool) -> Iterator[None]:
        """Wait for the lock, and have it for as long as the block lasts."""
        self._acquire(first=first)
        try:
            yield
        finally:
            with self._guard:
                self._depth -= 1
                if not self._depth:
                    self._hand_over()

    def _acquire(self, *, first: bool) -> None:
        ticket = _Ticket()
        with self._guard:
            if self._owner == ticket.thread:
                self._depth += 1
                return
            self._waiting[first].append(ticket)
            if self._owner is None:
                self._hand_over()
        try:
            ticket.granted.wait()
        except BaseException:
            self._give_back(ticket, first=first)
            raise

    def _give_back(self, ticket: _Ticket, *, first: bool) -> None:
        """Whoever waited is interrupted: their place goes, or the lock that they just got."""
        with self._guard:
            if ticket.granted.is_set():
                self._hand_over()
            else:
                self._waiting[first].remove(ticket)

    def _hand_over(self) -> None:
        first = bool(self._waiting[True]) and not (self._others_turn and self._waiting[False])
        queue = self._waiting[first]
        if not queue:
            self._owner, self._depth = None, 0
            return
        ticket = queue.popleft()
        self._owner, self._depth, self._others_turn = ticket.thread, 1, first
        ticket.granted.set()


class _Damage:
    """Of a database, apart from it: the mappers remember dialects, and with them whoever listens."""

    def __init__(self) -> None:
        self.is_found = False

    def notice(self, context: ExceptionContext) -> None:
        if find_error_code(context.original_exception).startswith(_DAMAGE):
            self.is_found = True


class Database:
    """An engine and its write lock. Close it with `dispose`."""

    def __init__(self, url: str, *, read_url: str | None = None, name: str = "gridbot") -> None:
        """`read_url`: a copy of a PostgreSQL that lags behind it; `name`: of the process, by which the server
        knows its sessions."""
        self.url = url
        self.name = session_name(name)
        self.engine = _build_engine(url, self.name)
        self._copy = _build_engine(read_url, self.name) if read_url is not None else self.engine
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._damage = _Damage()
        event.listen(self.engine, "handle_error", self._damage.notice)
        self._immediate = self.engine.execution_options(gridbot_immediate=True)
        self._write_lock = _WriteLock() if self.sqlite else None

    @property
    def is_damaged(self) -> bool:
        """Whether it was ever found damaged since the process started: that does not heal by itself."""
        return self._damage.is_found

    @property
    def is_first_waiting(self) -> bool:
        """Whether somebody waits to write `first`: a long transaction had better end soon."""
        return self._write_lock is not None and self._write_lock.is_first_waiting

    @contextmanager
    def write(self, *, first: bool = False) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        `first`: before all others of this process that wait to write. On PostgreSQL nobody waits.
        """
        with (
            self._write_lock.hold(first=first) if self._write_lock is not None else nullcontext(),
            _CachingSession(self._immediate, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent snapshot; nothing may be changed in it."""
        with _QuickSession(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def read_copy(self) -> Iterator[Session]:
        """As `read`, of the copy where there is one: for figures and files, which may be some seconds old.

        What leads to an act reads the database itself.
        """
        with Session(self._copy, expire_on_commit=False) as session:
            yield session

    def read_clock(self) -> datetime:
        """The time of the database's machine, one for all processes that use it; of SQLite's, this one."""
        if self.sqlite:
            return datetime.now(UTC)
        with self.engine.connect() as connection:
            found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self._copy.dispose()


_LONGEST_NAME = 63
"""Bytes that PostgreSQL keeps of a session's name."""


def session_name(process: str) -> str:
    """The name of this process's sessions as PostgreSQL keeps it."""
    return process.encode("ascii", "replace").decode()[-_LONGEST_NAME:]


CONNECT_ARGUMENTS: Mapping[str, Any] = {
    # A prepared statement belongs to a server's session, which PgBouncer gives to another client next.
    "prepare_threshold": None,
    # A network that is cut says nothing: without these a thread would wait for an answer for hours.
    "connect_timeout": 4,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 4000,
}
"""Of every connection to PostgreSQL, as libpq and psycopg take them; none is a setting of the session."""


def plain_url(url: str) -> str:
    """The URL as libpq takes it, which knows of no drivers."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")


def find_error_code(error: BaseException) -> str:
    """SQLite's name of the result code or PostgreSQL's SQLSTATE of an error; empty where it has none."""
    cause = getattr(error, "orig", None) or error
    return str(getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or "")


def _build_engine(url: str, name: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        arguments = {**CONNECT_ARGUMENTS, "application_name": name}
        engine = create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=10, max_overflow=20)
        deferred_insert.install_listeners(engine)
        event.listen(engine, "begin", _begin_without_lock)
        event.listen(engine, "after_cursor_execute", _note_shared_lock)
        return engine
    in_file = bool(parsed.database) and parsed.database != ":memory:"
    # The connection that was given back last is taken first: each keeps pages of its own.
    pool: dict[str, Any] = {"pool_use_lifo": True} if in_file else {}
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, **pool)
    if parsed.database and in_file:
        event.listen(engine, "do_connect", partial(_make_private, Path(parsed.database)))
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    deferred_insert.install_listeners(engine)
    return engine


def _make_private(path: Path, *_: Any) -> None:
    """The file for its owner alone, whatever the umask; SQLite gives its companions the same rights.

    A file that is there is not opened: closing it again would drop the locks that this process has on it,
    and another process that closes the database would then delete its log under us.
    """
    for place in reversed([place for place in path.parents if not place.exists()]):
        place.mkdir(mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for each in (path, *(path.with_name(f"{path.name}-{kind}") for kind in ("wal", "shm", "journal"))):
        # A file of another user who shares it is left as that user wants it.
        with suppress(FileNotFoundError, PermissionError):
            if each.stat().st_mode & 0o077:
                each.chmod(0o600)


_PAGES = 4 * 1024
"""KiB of pages that each connection keeps beside those of the system, which are as near: with 64 MB each a
process grew by that several times over, with 16 MB a ticker by 50."""


def _configure_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by `_begin_sqlite`, not by the driver's guess at the first write.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"cache_size=-{_PAGES}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("gridbot_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
