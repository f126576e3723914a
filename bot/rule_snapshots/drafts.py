"""A rule file written anew: first beside it, where included files are found, then in its place, whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def write_draft(path: Path, text: str) -> Iterator[Path]:
    """A file of this text in the folder of `path`, for as long as the block lasts unless it is put there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(suffix=f".{path.name}", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def put_draft(draft: Path, path: Path) -> None:
    """Put the draft in the place of `path`, with its rights; whoever reads it reads all or the old one."""
    draft.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    draft.replace(path)
