"""Photos uploaded in a request: checked, cleaned and stored like photos from the groups."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.api.bodies import PhotoUpload
from bot.api.problems import FieldError, InvalidRequest
from bot.config.settings import MediaSettings
from bot.media import (
    MediaError,
    MediaNoPhoto,
    MediaTooDetailed,
    MediaTooLarge,
    StoredMedia,
    store_upload,
)
from handlers.environment.snapshot import Environment
from models.photo_readings import expect_readings
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
    try:
        return store_upload(data, folder=settings.folder, most=settings.max_photo, zone=zone)
    except MediaNoPhoto as error:
        problem = "应当是 JPEG、PNG、GIF、WebP、AVIF、BMP 或 HEIC 照片"
        raise InvalidRequest(FieldError(path=path, problem=problem)) from error
    except MediaTooLarge as error:
        problem = f"照片最大 {settings.max_photo // 1024 // 1024} MB"
        raise InvalidRequest(FieldError(path=path, problem=problem)) from error
    except MediaTooDetailed as error:
        raise InvalidRequest(FieldError(path=path, problem="照片像素太多，请缩小后再传")) from error
    except MediaError as error:
        raise InvalidRequest(FieldError(path=path, problem="照片打不开，可能已损坏")) from error


def add_media_rows(
    session: Session,
    files: Sequence[StoredMedia],
    *,
    env: Environment,
    now: datetime,
    report_id: int | None = None,
) -> tuple[int, ...]:
    """Add a media row for each stored file, in their order, and flush; the ids of the rows.

    What stands on the photos is read where photos are.
    """
    rows = [
        Media.from_attachment(file.to_attachment(at), report_id=report_id) for at, file in enumerate(files)
    ]
    session.add_all(rows)
    session.flush()
    if env.reads_photos:
        expect_readings(session, rows, now=now)
    return tuple(row.id for row in rows)
