"""One SQLite file and several processes: what one closes stays open for the others."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import text

from models.database import Database

LOOK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM t').fetchall(); c.close()"


def test_another_process_that_closes_the_file_leaves_the_log_to_us(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        session.execute(text("CREATE TABLE t (x)"))
    with ExitStack() as open_connections:
        # The second connection once took the locks of the first away.
        for _ in range(2):
            open_connections.enter_context(database.engine.connect()).execute(text("SELECT 1"))
        subprocess.run([sys.executable, "-c", LOOK, str(path)], check=True)
        assert path.with_name("shared.db-wal").exists()
    database.dispose()
