"""Processes in the database: heartbeats, locks, and the release of what dead processes held."""

import os
import socket
from datetime import datetime

import structlog
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from models import inbox, pushes
from models.database import Database, insert_if_absent, session_name
from models.inbox import InboxRow, InboxState
from models.processes import BEAT_EVERY, DEAD_AFTER, Lock, Process
from models.pushes import Push, PushState

log = structlog.get_logger()

MAX_ORPHANED = 20
"""A message whose process died this often probably kills it, and is parked."""


def register(database: Database, name: str, *, now: datetime) -> None:
    """Announce this process by its name, and release what dead processes of this machine held."""
    with database.write() as session:
        session.merge(_build_process(name, now))
    with database.write() as session:
        _release_dead(
            session, [p for p in session.scalars(select(Process)) if p.name != name and _died_here(p)]
        )


def beat(database: Database, name: str, *, now: datetime, releases_silent: bool = True) -> None:
    """Record that this process lives; `releases_silent`: also release what processes held that are silent.

    Where the clock was just set, or the database was away, everybody seems silent.
    """
    with database.write() as session:
        known = update(Process).where(Process.name == name).values(beat_at=now).returning(Process.name)
        if session.execute(known).scalar() is None:
            # Others took this process for dead. Without a row, nobody would notice its real end.
            log.warning("process.back", name=name)
            session.add(_build_process(name, now))
        # Of a clock that was ahead: who lives beats again before long.
        session.execute(update(Process).where(Process.beat_at > now + BEAT_EVERY).values(beat_at=now))
        if releases_silent:
            # Of several that notice, one buries.
            silent = select(Process).where(Process.beat_at < now - DEAD_AFTER)
            _release_dead(session, list(session.scalars(silent.with_for_update(skip_locked=True))))


def _build_process(name: str, now: datetime) -> Process:
    return Process(name=name, host=socket.gethostname(), pid=os.getpid(), started_at=now, beat_at=now)


def unregister(database: Database, name: str) -> None:
    """Release everything this process holds, at an orderly end."""
    with database.write() as session:
        _release_dead(session, list(session.scalars(select(Process).where(Process.name == name))))


def acquire_lock(
    database: Database,
    lock: str,
    name: str,
    *,
    now: datetime,
    offers: bool = False,
    takes_offered: bool = True,
) -> bool:
    """Take a lock for this process, or keep it; False where a living process holds it.

    `offers`: keep it only until somebody else wants it; `takes_offered`: whether this process wants one that
    its holder cannot use.
    """
    with database.write() as session:
        found = session.get(Lock, lock, with_for_update=True) or _make_lock(session, lock, name, now=now)
        if found.holder != name and (
            (found.is_offered and takes_offered) or session.get(Process, found.holder) is None
        ):
            log.info("process.took_lock", name=name, lock=lock, before=found.holder)
            found.holder, found.since, found.is_offered = name, now, False
        if found.holder == name and found.is_offered is not offers:
            found.is_offered = offers
        return found.holder == name


def _make_lock(session: Session, lock: str, name: str, *, now: datetime) -> Lock:
    """Two processes that start at once must not both write the lock: one waits for the other here."""
    insert_if_absent(session, Lock, {"name": lock, "holder": name, "since": now, "is_offered": False})
    return session.get_one(Lock, lock, with_for_update=True)


def _died_here(process: Process) -> bool:
    """Whether this is a process of this machine that no longer runs.

    A process with our own number is our predecessor.
    """
    if process.host != socket.gethostname():
        return False
    if process.pid == os.getpid():
        return True
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _release_dead(session: Session, dead: list[Process]) -> None:
    names = [process.name for process in dead]
    if not names:
        return
    _end_sessions(session, names)
    held = inbox.IS_LEASED, InboxRow.leased_by.in_(names)
    session.execute(
        update(InboxRow).where(*held, InboxRow.orphaned >= MAX_ORPHANED).values(
            state=InboxState.DEAD, leased_by=None, error="its process died again and again"
        )
    )  # fmt: skip
    session.execute(
        update(InboxRow).where(*held).values(
            state=InboxState.READY, leased_by=None, orphaned=InboxRow.orphaned + 1
        )
    )  # fmt: skip
    # A push is leased only while it is being sent, so nobody knows whether it arrived.
    session.execute(
        update(Push).where(pushes.IS_LEASED, Push.leased_by.in_(names)).values(
            state=PushState.READY, leased_by=None, doubtful=True
        )
    )  # fmt: skip
    session.execute(delete(Lock).where(Lock.holder.in_(names)))
    session.execute(delete(Process).where(Process.name.in_(names)))
    log.info("process.buried", names=names)


def _end_sessions(session: Session, names: list[str]) -> None:
    """Have PostgreSQL end what the dead have under way: a host that is cut off keeps its rows locked else,
    until the server notices, which takes hours.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_END_SESSIONS, {"names": [session_name(name) for name in names]})


_END_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ANY(:names)"
    " AND datname = current_database() AND usename = current_user AND state <> 'idle'"
    " AND pid <> pg_backend_pid()"
)
