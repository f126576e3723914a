"""Photos uploaded in a request: checked, cleaned and stored like photos from the groups."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.api.bodies import PhotoUpload
from bot.api.problems import FieldError, InvalidRequest
from bot.config.settings import MediaSettings
from bot.media import FetchedFile, MediaError, MediaTooDetailed, StoredMedia, kinds, store
from bot.media.fetching import INCOMING
from bot.ops.private_files import make_private_folder
from models.messages import PartKind
from models.reports import Media


def store_photos(
    photos: Sequence[PhotoUpload], *, settings: MediaSettings, zone: ZoneInfo
) -> list[StoredMedia]:
    """Store uploaded photos in the media folder, in their order.

    Slow (decoding, syncing): call it outside any transaction. Raises InvalidRequest with the path of
    the photo for what is no photo, is larger than `settings.max_photo` bytes, or does not decode. `zone`
    is the time zone of the cameras' local times.
    """
    return [
        _store_photo(photo.data, f"body.photos.{position}.data", settings, zone)
        for position, photo in enumerate(photos)
    ]


def _store_photo(data: bytes, path: str, settings: MediaSettings, zone: ZoneInfo) -> StoredMedia:
    kind = kinds.sniff(data[: kinds.HEAD])
    if kind.part is not PartKind.PHOTO:
        raise InvalidRequest(
            FieldError(path=path, problem="应当是 JPEG、PNG、GIF、WebP、AVIF、BMP 或 HEIC 照片")
        )
    if len(data) > settings.max_photo:
        raise InvalidRequest(
            FieldError(path=path, problem=f"照片最大 {settings.max_photo // 1024 // 1024} MB")
        )
    folder = settings.folder / INCOMING
    make_private_folder(folder)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
        out.write(data)
    fetched = FetchedFile(Path(out.name), kind, len(data), hashlib.sha256(data).hexdigest())
    try:
        return store(fetched, folder=settings.folder, zone=zone, strict=True)
    except MediaTooDetailed as error:
        raise InvalidRequest(FieldError(path=path, problem="照片像素太多，请缩小后再传")) from error
    except MediaError as error:
        raise InvalidRequest(FieldError(path=path, problem="照片打不开，可能已损坏")) from error


def add_media_rows(
    session: Session,
    files: Sequence[StoredMedia],
    *,
    report_id: int | None = None,
) -> tuple[int, ...]:
    """Add a media row for each stored file, in their order, and flush; the ids of the rows."""
    rows = [
        Media.from_attachment(file.to_attachment(at), report_id=report_id) for at, file in enumerate(files)
    ]
    session.add_all(rows)
    session.flush()
    return tuple(row.id for row in rows)
