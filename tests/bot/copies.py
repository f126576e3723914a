"""A database of its own for each example of a law."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from models.database import Database


@contextmanager
def fresh(template: Path) -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "law.db"
        path.write_bytes(template.read_bytes())
        database = Database(f"sqlite:///{path}")
        yield database
        database.dispose()
