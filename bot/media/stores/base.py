"""What every place of stored files can do. Names are those of `bot.media.storing`, as `ab/abcd….jpg`."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol


class StoreUnreachable(OSError):
    """The place of the files does not answer, or not to us; a later try may succeed.

    `slug` says why: away, denied, no_bucket.
    """

    def __init__(self, slug: str, detail: str = "") -> None:
        super().__init__(f"{slug} {detail}".strip())
        self.slug = slug


class MediaStore(Protocol):
    """Files that were stored once under their hash and never change. Slow: call all of it in a thread."""

    @property
    def folder(self) -> Path:
        """The media folder, into which every file is stored first."""
        ...

    def open_file(self, name: str) -> AbstractContextManager[Path]:
        """A file on this machine with that content, to be read inside the block and not changed.

        Raises FileNotFoundError, here or as it is read, where there is none; StoreUnreachable.
        """
        ...

    def list_copies(self, sha256: str) -> list[str]:
        """The names of the original with this hash and of its copies. Raises StoreUnreachable."""
        ...

    def iter_old(self, before: datetime) -> Iterator[str]:
        """The names of what was stored before that time (aware). Raises StoreUnreachable."""
        ...

    def delete(self, names: Iterable[str]) -> None:
        """Delete these, wherever they are; one that is not there is none the less gone.

        Raises StoreUnreachable.
        """
        ...

    def check(self) -> None:
        """Store, find and delete a file. Raises StoreUnreachable where that cannot be done."""
        ...
