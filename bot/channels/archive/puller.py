"""Pulls the archive: read, decrypt, store, and between two looks fetch what files there are.

    look ──seq──> entries ──keys──> in the clear ──storage──> inbox, cursor        one transaction
                                                              └─ files: one slice after the other

Killed at any moment it neither skips nor repeats a message: the cursor stands where the last commit left it.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.channels.archive import payload
from bot.channels.archive.files import ArchiveFiles
from bot.channels.archive.keys import KeyProblem, PrivateKeys
from bot.channels.archive.library_client import (
    BadCiphertext,
    LibraryClient,
    LibraryDied,
    LibraryRefused,
    is_library_missing,
)
from bot.channels.archive.storage import ArchiveStorage, Entry, SealedEntry
from bot.channels.base import ChannelHealth, RefusedInput
from bot.channels.settings import ChannelHost

log = structlog.get_logger()

BATCH = 1000
"""Entries of one call: the library takes no more (wecom-archive.md §2)."""
EXPIRED = 10010
"""The platform has deleted what comes next."""
_STATES = {
    10001: "offline", 10004: "key_refused", 10006: "key_refused", 10008: "key_refused",
    10009: "ip_refused", 10011: "certificate_refused", 301042: "ip_refused",
    40001: "credentials_refused", 40013: "credentials_refused", 41001: "credentials_refused",
}  # fmt: skip
_REFUSALS = frozenset({"ip_refused", "certificate_refused", "credentials_refused", "no_library"})
"""States that somebody has to mend."""
_LONGEST_PAUSE = 60.0
_TIDY_EVERY = 60.0
_LARGEST_SEQ = 2**62


class ArchivePuller:
    """The pull loop of one archive channel, on a thread of its own: `run` it, `stop` it."""

    def __init__(
        self,
        name: str,
        host: ChannelHost,
        *,
        library: LibraryClient,
        keys: PrivateKeys,
        storage: ArchiveStorage,
        files: ArchiveFiles,
        poll: float,
        on_rooms: Callable[[frozenset[str]], object],
    ) -> None:
        """`poll`: seconds between two looks; `on_rooms` is called with rooms where outside contacts spoke."""
        self._host = host
        self._lock = format_lock_name(name)
        self._library = library
        self._keys = keys
        self._storage = storage
        self._files = files
        self._poll = poll
        self._on_rooms = on_rooms
        self._stopping = threading.Event()
        self._state = "starting"
        self._failures = 0
        self._tidied_at: float | None = None
        self._last_heard: datetime | None = None

    def run(self) -> None:
        """Pull until `stop`."""
        next_look, has_retried = 0.0, False
        while not self._stopping.is_set():
            if not self._host.holds_lock(self._lock):
                self._state = "standby"
                self._stopping.wait(self._poll)
                continue
            try:
                if not has_retried:
                    # Keys are read at the start: what had none before may have one now.
                    self.retry_undecrypted()
                    has_retried = True
                elif time.monotonic() >= next_look:
                    next_look = time.monotonic() + (0.0 if self.pull() else self._poll)
                    self._tidy()
                elif not self._files.fetch_slice(self._library):
                    self._stopping.wait(max(next_look - time.monotonic(), 0.01))
            except Exception as error:  # noqa: BLE001 - the outermost loop of this thread: the state says it
                self._note_failure(error)
                next_look = time.monotonic()
                self._stopping.wait(min(self._poll * 2**self._failures, _LONGEST_PAUSE))
        self._library.close()

    def stop(self) -> None:
        """Have `run` return after what it has in hand; from any thread."""
        self._stopping.set()

    def pull(self) -> bool:
        """Read and store one batch; whether more may wait. Raises LibraryRefused, LibraryDied."""
        seq = self._storage.read_seq()
        try:
            sealed = self._read_entries(seq)
        except LibraryRefused as refused:
            if refused.code != EXPIRED:
                raise
            return self._pass_gap(seq)
        self._state, self._failures = "ready", 0
        if not sealed:
            return False
        stored = self._storage.store([self._open(entry) for entry in sealed], after=seq)
        if stored is None:
            log.info("archive.read_elsewhere", seq=seq)
            return True
        if stored.messages:
            self._last_heard = self._host.clock()
        if stored.rooms:
            self._on_rooms(stored.rooms)
        log.info("archive.read", entries=len(sealed), messages=stored.messages)
        return len(sealed) >= BATCH

    def retry_undecrypted(self) -> int:
        """Read what had no key when it came, where there is one now; how many entries."""
        waiting = self._storage.list_undecrypted(self._keys.versions)
        if waiting:
            self._storage.store_late([self._open(sealed) for sealed in waiting])
        return len(waiting)

    def read_health(self) -> ChannelHealth:
        """How the pulling stands."""
        return ChannelHealth(
            ready=self._state == "ready",
            state=self._state,
            last_heard=self._last_heard,
            standby=self._state == "standby",
            is_refused=self._state in _REFUSALS,
        )

    def _read_entries(self, seq: int) -> list[SealedEntry]:
        answer = json.loads(self._library.get_chat_data(seq, BATCH))
        code = answer.get("errcode", 0) if isinstance(answer, Mapping) else -1
        if code:
            raise LibraryRefused(code)
        rows: Sequence[Any] = answer.get("chatdata") or []
        return [_read_entry(row) for row in rows if isinstance(row, Mapping)]

    def _open(self, sealed: SealedEntry) -> Entry:
        try:
            key = self._keys.open_random_key(sealed.key_version, sealed.random_key)
            return Entry(sealed, payload.parse(self._decrypt(key, sealed)))
        except KeyProblem as problem:
            return Entry(sealed, problem=str(problem))
        except BadCiphertext:
            return Entry(sealed, problem="malformed")
        except RefusedInput:
            return Entry(sealed, problem="no_json")
        except LibraryRefused as refused:
            if is_library_missing(refused):
                raise
            return Entry(sealed, problem=f"refused_{refused.code}")
        except LibraryDied:
            log.error("archive.library_died", seq=sealed.seq)
            return Entry(sealed, problem="library_died")

    def _decrypt(self, key: str, sealed: SealedEntry) -> str:
        """Raises LibraryDied where the library dies of it twice: once, it may have been something else."""
        try:
            text = self._library.decrypt(key, sealed.ciphertext)
        except LibraryDied:
            log.warning("archive.library_died", seq=sealed.seq)
            text = self._library.decrypt(key, sealed.ciphertext)
        return text.decode("utf-8", "replace")

    def _pass_gap(self, seq: int) -> bool:
        """Go on with the oldest entry that the platform still has; those before it are lost: said loudly."""
        step, low, high = 1, seq, seq + 1
        while self._is_expired(high):
            low, step = high, step * 2
            high = min(high + step, _LARGEST_SEQ)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._is_expired(middle) else (low, middle)
        log.error("archive.gap", after=seq, upto=high)
        self._storage.skip_gap(high, after=seq)
        return True

    def _is_expired(self, seq: int) -> bool:
        try:
            self._library.get_chat_data(seq, 1)
        except LibraryRefused as refused:
            if refused.code != EXPIRED:
                raise
            return seq < _LARGEST_SEQ
        return False

    def _tidy(self) -> None:
        if self._tidied_at is None or time.monotonic() - self._tidied_at > _TIDY_EVERY:
            self._tidied_at = time.monotonic()
            self._files.delete_handled()

    def _note_failure(self, error: Exception) -> None:
        self._failures = min(self._failures + 1, 10)
        if isinstance(error, LibraryRefused):
            unknown = f"refused_{error.code}"
            self._state = "no_library" if is_library_missing(error) else _STATES.get(error.code, unknown)
        else:
            self._state = "library_died" if isinstance(error, LibraryDied) else "failed"
        detail = str(error) if isinstance(error, LibraryRefused | LibraryDied) else ""
        log.error("archive.failed", state=self._state, error=type(error).__name__, detail=detail)


def format_lock_name(name: str) -> str:
    """The lock under which a channel's archive is read by one process at a time."""
    return f"archive:{name}"


def _read_entry(row: Mapping[str, Any]) -> SealedEntry:
    """Raises ValueError for an entry without its number: nothing could be counted from it."""
    seq, version = row.get("seq"), row.get("publickey_ver")
    if not isinstance(seq, int):
        raise ValueError("an entry without seq")
    texts = (row.get(name) for name in ("msgid", "encrypt_random_key", "encrypt_chat_msg"))
    message_id, random_key, ciphertext = (text if isinstance(text, str) else "" for text in texts)
    return SealedEntry(seq, message_id, version if isinstance(version, int) else 0, random_key, ciphertext)
