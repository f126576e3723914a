"""Files in the media folder."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

HASH = 64
"""Digits of a hash in a name."""


class FolderStore:
    """The media folder as a `MediaStore`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def open_file(self, name: str) -> Iterator[Path]:
        """The file itself. Raises FileNotFoundError for a name that leads out of the folder."""
        yield self.locate(name)

    def list_copies(self, sha256: str) -> list[str]:
        """See `MediaStore`."""
        return [self._name(path) for path in self.folder.glob(f"{sha256[:2]}/{sha256}.*")]

    def iter_old(self, before: datetime) -> Iterator[str]:
        """See `MediaStore`."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if len(path.name.partition(".")[0]) == HASH and path.stat().st_mtime < before.timestamp():
                yield self._name(path)

    def delete(self, names: Iterable[str]) -> None:
        """See `MediaStore`."""
        for name in names:
            self.locate(name).unlink(missing_ok=True)

    def check(self) -> None:
        """Nothing beyond what `gridbot check` finds out about the folder."""

    def locate(self, name: str) -> Path:
        """Where a file of this name lies. Raises FileNotFoundError for one that is no file of it."""
        root = self.folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root) or path.is_dir():
            raise FileNotFoundError(name)
        return path

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.folder))
