"""Photos that come within a request: checked, cleaned and kept as those from the groups are."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.api.bodies import PhotoSent
from bot.api.problems import Invalid, Mistake
from bot.config.settings import Media as MediaSettings
from bot.media import Fetched, MediaError, StoredMedia, kinds, store
from bot.media.fetching import INCOMING
from models.messages import PartKind
from models.reports import Media


def keep(photos: Sequence[PhotoSent], *, settings: MediaSettings, zone: ZoneInfo) -> list[StoredMedia]:
    """Store the files; outside any transaction, for it is slow. Invalid for what is no photo."""
    return [
        _keep(photo.data, f"body.photos.{position}.data", settings, zone)
        for position, photo in enumerate(photos)
    ]


def _keep(data: bytes, path: str, settings: MediaSettings, zone: ZoneInfo) -> StoredMedia:
    kind = kinds.sniff(data[: kinds.HEAD])
    if kind.part is not PartKind.PHOTO:
        raise Invalid(Mistake(path=path, problem="应当是 JPEG、PNG、GIF、WebP、AVIF 或 HEIC 照片"))
    if len(data) > settings.max_photo:
        raise Invalid(Mistake(path=path, problem=f"照片最大 {settings.max_photo // 1024 // 1024} MB"))
    folder = settings.folder / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
        out.write(data)
    fetched = Fetched(Path(out.name), kind, len(data), hashlib.sha256(data).hexdigest())
    try:
        return store(fetched, folder=settings.folder, zone=zone, strict=True)
    except MediaError as error:
        raise Invalid(Mistake(path=path, problem="照片打不开，可能已损坏")) from error


def attach(
    session: Session,
    files: Sequence[StoredMedia],
    *,
    report_id: int | None = None,
) -> tuple[int, ...]:
    """Rows for stored files; their ids."""
    rows = [Media.from_attachment(file.attachment(at), report_id=report_id) for at, file in enumerate(files)]
    session.add_all(rows)
    session.flush()
    return tuple(row.id for row in rows)
