"""Files stored under the hash of their content, so that equal files are stored once.

<folder>/ab/abcd….jpg              the original, never shown to anybody outside
<folder>/ab/abcd….clean.jpg        about 2048 px, upright, no metadata: the copy that may leave
<folder>/ab/abcd….clean.mp4        the same for a video, in its own size and without sound
<folder>/ab/abcd….thumb.webp       at most 480 px
<folder>/ab/abcd….poster.jpg       of a video: a still picture with the sign of a video on it
<folder>/ab/abcd….play.mp3         of a voice: for the duty desk, and for nobody else

A file appears under its name whole or not at all: written aside, synced, renamed. What reads pictures and
videos is loaded for the first of them.
"""

import hashlib
import os
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.media import kinds, voices
from bot.media.errors import MediaBroken, MediaRefused, MediaSilk
from bot.media.fetching import INCOMING, FetchedFile
from bot.ops.private_files import make_private_folder
from models.messages import Attachment, PartKind


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A stored file and its facts. Paths are relative to the media folder, `size` is in bytes."""

    sha256: str
    kind: PartKind
    mime: str
    size: int
    path: str
    clean_path: str | None = None
    thumb_path: str | None = None
    poster_path: str | None = None
    play_path: str | None = None
    width: int | None = None
    height: int | None = None
    phash: str | None = None
    gps: tuple[float, float] | None = None
    """Latitude and longitude, WGS-84, as the camera wrote them."""
    taken_at: datetime | None = None
    duration: float | None = None
    """Seconds, of voice and video."""
    unopened: str | None = None
    """Why it could not be opened (slug of a MediaError): it is kept as a plain file that nobody is shown."""

    def to_attachment(self, position: int, *, text: str = "") -> Attachment:
        """The same as an `Attachment` for the handlers; `position` counts the files of the message from 0."""
        lat, lon = self.gps or (None, None)
        return Attachment(
            position=position,
            kind=self.kind,
            mime=self.mime,
            size=self.size,
            sha256=self.sha256,
            path=self.path,
            clean_path=self.clean_path,
            thumb_path=self.thumb_path,
            poster_path=self.poster_path,
            play_path=self.play_path,
            phash=self.phash,
            lat=lat,
            lon=lon,
            taken_at=self.taken_at,
            duration=self.duration,
            text=text,
        )


def store(fetched: FetchedFile, *, folder: Path, zone: ZoneInfo, strict: bool = False) -> StoredMedia:
    """Store a fetched file; the temporary file is gone afterwards, whatever happens.

    Slow (decoding, syncing): call it in a thread. What cannot be opened is stored as a plain file and says
    why in `unopened`; with `strict` it raises MediaBroken or MediaRefused instead, and nothing is stored.
    `zone` is the time zone of cameras' local times.
    """
    try:
        return _store_by_kind(fetched, folder, zone)
    except (MediaBroken, MediaRefused) as error:
        if strict:
            raise
        # Shown to nobody: its position could not be removed.
        return replace(_store_file(fetched, folder), kind=PartKind.FILE, unopened=error.slug)
    finally:
        fetched.path.unlink(missing_ok=True)


def _store_by_kind(fetched: FetchedFile, folder: Path, zone: ZoneInfo) -> StoredMedia:
    match fetched.kind.part:
        case PartKind.PHOTO:
            return _store_photo(fetched, folder, zone)
        case PartKind.VOICE if fetched.kind is kinds.SILK:
            raise MediaSilk("voice")
        case PartKind.VOICE | PartKind.VIDEO:
            return _store_clip(fetched, folder)
        case _:
            return _store_file(fetched, folder)


def store_words(words: str, *, folder: Path) -> StoredMedia:
    """Store words as a text file (UTF-8). Slow (syncing). Raises OSError."""
    data = words.encode()
    sha256 = hashlib.sha256(data).hexdigest()
    path = _write_copy(sha256, ".txt", data, folder)
    return StoredMedia(sha256, PartKind.TEXT, "text/plain", len(data), path)


def delete_temp_files(folder: Path, *, older_than: timedelta = timedelta(hours=1)) -> int:
    """Delete temporary files that a crash left behind and that are older than `older_than`; how many."""
    before = time.time() - older_than.total_seconds()
    stale = [path for path in (folder / INCOMING).glob("*") if path.stat().st_mtime < before]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def _store_photo(fetched: FetchedFile, folder: Path, zone: ZoneInfo) -> StoredMedia:
    from bot.media import images

    made = images.prepare_photo(fetched.path, zone, heic=fetched.kind.suffix == ".heic")
    return StoredMedia(
        sha256=fetched.sha256,
        kind=PartKind.PHOTO,
        mime=fetched.kind.mime,
        size=fetched.size,
        path=_move_original(fetched, folder),
        clean_path=_write_copy(fetched.sha256, ".clean.jpg", made.clean, folder),
        thumb_path=_write_copy(fetched.sha256, ".thumb.webp", made.thumb, folder),
        width=made.width,
        height=made.height,
        phash=made.phash,
        gps=made.gps,
        taken_at=made.taken_at,
    )


def _store_voice(fetched: FetchedFile, folder: Path) -> StoredMedia:
    made = voices.prepare_voice(fetched.path)
    return StoredMedia(
        sha256=fetched.sha256,
        kind=PartKind.VOICE,
        mime=fetched.kind.mime,
        size=fetched.size,
        path=_move_original(fetched, folder),
        play_path=_write_copy(fetched.sha256, ".play.mp3", made.playable, folder),
        duration=made.seconds,
    )


def _store_clip(fetched: FetchedFile, folder: Path) -> StoredMedia:
    """A video; or a voice, where a file that may hold pictures holds none."""
    from bot.media import clips

    if not clips.has_picture(fetched.path):
        return _store_voice(fetched, folder)
    found = clips.probe(fetched.path)
    clean = _clean_video(fetched, folder)
    return StoredMedia(
        sha256=fetched.sha256,
        kind=PartKind.VIDEO,
        mime=fetched.kind.mime,
        size=fetched.size,
        path=_move_original(fetched, folder),
        clean_path=clean,
        thumb_path=_write_copy(fetched.sha256, ".thumb.webp", found.thumb, folder),
        poster_path=_write_copy(fetched.sha256, ".poster.jpg", found.poster, folder),
        width=found.width,
        height=found.height,
        duration=found.duration,
    )


def _clean_video(fetched: FetchedFile, folder: Path) -> str | None:
    from bot.media import clips

    aside = fetched.path.with_suffix(".mp4")
    try:
        return (
            _move(aside, fetched.sha256, ".clean.mp4", folder)
            if clips.clean_video(fetched.path, aside)
            else None
        )
    finally:
        aside.unlink(missing_ok=True)


def _store_file(fetched: FetchedFile, folder: Path) -> StoredMedia:
    path = _move_original(fetched, folder)
    return StoredMedia(fetched.sha256, fetched.kind.part, fetched.kind.mime, fetched.size, path)


def _move_original(fetched: FetchedFile, folder: Path) -> str:
    return _move(fetched.path, fetched.sha256, fetched.kind.suffix, folder)


def _move(source: Path, sha256: str, suffix: str, folder: Path) -> str:
    name = f"{sha256[:2]}/{sha256}{suffix}"
    with source.open("rb") as file:
        os.fsync(file.fileno())
    _rename(source, folder / name)
    return name


def _write_copy(sha256: str, suffix: str, data: bytes, folder: Path) -> str:
    aside = folder / INCOMING
    make_private_folder(aside)
    with tempfile.NamedTemporaryFile(dir=aside, delete=False) as out:
        out.write(data)
    return _move(Path(out.name), sha256, suffix, folder)


def _rename(source: Path, target: Path) -> None:
    """Also makes the name itself durable, which only syncing the directory does."""
    make_private_folder(target.parent)
    source.chmod(0o600)
    source.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
