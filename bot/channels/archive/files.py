"""Files of archived messages, fetched slice by slice; a process that dies leaves nothing to begin anew.

    slice ──> appended behind `received` ──commit──> `received`, `index_buf` moved

What stands beyond `received` was written by a process that died before its commit, and is cut off. A whole
file waits under its name until its message is handled.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.channels.archive.library_client import FileSlice, LibraryClient, LibraryRefused
from bot.channels.base import FileGone
from bot.channels.settings import ChannelHost
from models.archive import IS_FETCHED_NOW, ArchiveFile
from models.inbox import InboxRow, InboxState
from models.messages import MediaRef

log = structlog.get_logger()

FOLDER = "archive"
"""Below the media folder."""
_GONE = frozenset({10005, 10010})
"""The id is wrong, or the platform has deleted the file (wecom-archive.md §2, return codes)."""
_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=1)
_CHUNK = 256 * 1024
_MOST_BROKEN = 3
"""Times that a file whose sum is wrong is fetched from its beginning."""


class ArchiveFiles:
    """The files of one archive channel."""

    def __init__(self, channel: str, host: ChannelHost) -> None:
        self._channel = channel
        self._host = host
        self._folder = host.media_folder / FOLDER

    def fetch_slice(self, library: LibraryClient) -> bool:
        """Fetch one slice of the oldest file; False where none is due. Raises LibraryDied."""
        file = self._find_next()
        if file is None:
            return False
        if self._is_there(file):
            self._end(file)
            return True
        try:
            piece = library.get_media(file.index_buf, file.file_id)
        except LibraryRefused as refused:
            self._note_failure(file, refused.code)
            return True
        self._append(file, piece)
        return True

    async def stream(self, ref: MediaRef, _client: httpx.AsyncClient) -> AsyncIterator[bytes]:
        """The bytes of a file that has come. Raises FileGone."""
        try:
            file = self._path(ref.url).open("rb")
        except OSError as error:
            raise FileGone from error
        with file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def delete_handled(self) -> int:
        """Delete the files whose messages were handled; how many."""
        handled = (
            select(ArchiveFile)
            .join(InboxRow, InboxRow.id == ArchiveFile.inbox_id)
            .where(ArchiveFile.channel == self._channel, InboxRow.state == InboxState.DONE)
            .limit(200)
        )
        with self._host.database.write() as session:
            rows = list(session.scalars(handled))
            for row in rows:
                session.delete(row)
            session.flush()
            ids = {row.file_id for row in rows}
            needed = set(session.scalars(select(ArchiveFile.file_id).where(ArchiveFile.file_id.in_(ids))))
        for file_id in ids - needed:
            self._path(file_id).unlink(missing_ok=True)
            self._part(file_id).unlink(missing_ok=True)
        return len(rows)

    def _find_next(self) -> ArchiveFile | None:
        now = self._host.clock()
        due = (
            select(ArchiveFile)
            .where(IS_FETCHED_NOW, ArchiveFile.channel == self._channel, ArchiveFile.next_at <= now)
            .order_by(ArchiveFile.id)
            .limit(1)
        )
        with self._host.database.read() as session:
            file = session.scalar(due)
        if file is not None and file.until <= now:
            log.warning("archive.file_late", received=file.received)
            self._end(file)
            return self._find_next()
        return file

    def _is_there(self, file: ArchiveFile) -> bool:
        """Whether it was renamed before its commit, or another message brought the same file."""
        return self._path(file.file_id).exists()

    def _append(self, file: ArchiveFile, piece: FileSlice) -> None:
        part = self._part(file.file_id)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        received = file.received
        if received and (not part.exists() or part.stat().st_size < received):
            # Somebody tidied up: begin anew, this piece is of no use.
            return self._move(file, received=0, index_buf="")
        with part.open("r+b" if part.exists() else "w+b") as out:
            out.truncate(received)
            out.seek(received)
            out.write(piece.data)
            out.flush()
            os.fsync(out.fileno())
        received += len(piece.data)
        # What is larger than anybody keeps need not come whole: it is refused for what has come.
        if piece.is_last or received > self._host.max_file:
            return self._finish(file, received, is_whole=piece.is_last)
        return self._move(file, received=received, index_buf=piece.next_index)

    def _finish(self, file: ArchiveFile, received: int, *, is_whole: bool) -> None:
        part = self._part(file.file_id)
        if is_whole and file.md5 and _sum(part) != file.md5.lower():
            log.warning("archive.file_broken", received=received, tries=file.tries)
            part.unlink()
            if file.tries + 1 < _MOST_BROKEN:
                return self._move(file, received=0, index_buf="", tries=file.tries + 1)
        else:
            part.replace(self._path(file.file_id))
        return self._end(file)

    def _note_failure(self, file: ArchiveFile, code: int) -> None:
        log.warning("archive.file_refused", code=code, received=file.received)
        if code in _GONE:
            return self._end(file)
        # The same slice is asked for again.
        pause = min(_PAUSE * 2**file.tries, _LONGEST_PAUSE)
        now = self._host.clock()
        return self._move(file, tries=file.tries + 1, next_at=now + pause)

    def _move(self, file: ArchiveFile, **values: object) -> None:
        fresh = {"tries": 0} if "received" in values else {}
        with self._host.database.write() as session:
            session.execute(update(ArchiveFile).where(ArchiveFile.id == file.id).values({**fresh, **values}))

    def _end(self, file: ArchiveFile) -> None:
        """It is there, or will not come: its message waits for the others only."""
        now = self._host.clock()
        with self._host.database.write() as session:
            session.execute(update(ArchiveFile).where(ArchiveFile.id == file.id).values(ended_at=now))
            self._release_message(session, file.inbox_id, now)
        self._host.wake()

    def _release_message(self, session: Session, inbox_id: int, now: datetime) -> None:
        missing = select(ArchiveFile.id).where(ArchiveFile.inbox_id == inbox_id, IS_FETCHED_NOW).limit(1)
        if session.scalar(missing) is None:
            waits = InboxRow.id == inbox_id, InboxRow.state == InboxState.READY, InboxRow.attempts == 0
            session.execute(update(InboxRow).where(*waits).values(not_before=now))

    def _path(self, file_id: str) -> Path:
        return self._folder / hashlib.sha256(file_id.encode()).hexdigest()

    def _part(self, file_id: str) -> Path:
        return self._path(file_id).with_suffix(".part")


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
