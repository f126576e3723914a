"""A value read from files and reloaded when they change; unusable content never replaces usable content.

reload_if_changed ── sizes and times as before ──────────> keep
                  └─ changed ── same content as before ──> keep
                             └─ other ── usable ───> the new value, whole
                                      └─ unusable ─> the old value; logged once, `refusal` says why
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from handlers.triage.rules.pack_files import stamp_files

log = structlog.get_logger()

T = TypeVar("T")


class UnusableRules(Exception):
    """The content of the files cannot be used; the message says why and where."""


class ReloadedFile(Generic[T]):
    """A value with the files it was read from; `value` is the newest usable one. Not thread-safe."""

    def __init__(
        self,
        name: str,
        *,
        initial: tuple[T, Sequence[Path]],
        load: Callable[[], T],
        list_files: Callable[[], Sequence[Path]],
    ) -> None:
        """`initial` is the first value and the files it was read from.

        `load` reads and checks the files and raises UnusableRules; `list_files` names the files to watch.
        """
        self.name = name
        self.value = initial[0]
        self.refusal: str | None = None
        self._load = load
        self._list_files = list_files
        self._watched_files = tuple(initial[1])
        self._stamp = stamp_files(self._watched_files)
        self._used_digest = self._reported_digest = _digest(self._watched_files)

    def reload_if_changed(self) -> bool:
        """Reload where the files changed; True where `value` was replaced.

        Unusable content is logged once and leaves `value` as it is; `refusal` then says why.
        """
        seen = stamp_files(self._watched_files)
        if seen == self._stamp:
            return False
        self._watched_files = tuple(self._list_files())
        # Taken before reading: what is written meanwhile is seen by the next call.
        self._stamp, digest = stamp_files(self._watched_files), _digest(self._watched_files)
        if digest == self._used_digest:
            self.refusal, self._reported_digest = None, digest
            return False
        if digest == self._reported_digest:
            return False
        self._reported_digest = digest
        try:
            self.value = self._load()
        except UnusableRules as error:
            self.refusal = str(error)
            log.error("rules.refused", what=self.name, reason=self.refusal, kept=self._used_digest[:8])
            return False
        self.refusal, self._used_digest = None, digest
        log.info("rules.reloaded", what=self.name, content=digest[:8])
        return True


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0".encode())
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            digest.update(type(error).__name__.encode())
    return digest.hexdigest()
