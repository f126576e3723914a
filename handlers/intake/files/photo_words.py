"""What an engine read on a photo: kept with it for the staff, and where it was taken for the report."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.intake.files import stamped_places
from handlers.intake.files.watermarks import read_watermark
from handlers.intake.reports import settlement
from models.messages import MAX_WORDS
from models.normalization import normalize_text
from models.photo_readings import PhotoReading
from models.reports import Media, Report


def receive_words(
    session: Session, media_id: int, lines: Sequence[str], env: Environment, *, now: datetime
) -> str:
    """Keep the lines (top to bottom) with the photo of this id; returns a slug.

    A report that waits for nothing but its place is opened at the one that a watermark names; a danger that
    was opened without any is supposed to be there.
    """
    reading = session.get(PhotoReading, media_id, with_for_update=True)
    if reading is None:
        return "photo.settled"
    session.delete(reading)
    media = session.get_one(Media, media_id)
    said = [normalize_text(line).strip() for line in lines]
    media.text = "\n".join(filter(None, said))[:MAX_WORDS]
    watermark = read_watermark(said, env.zone, now=now)
    if watermark is None:
        return "photo.words" if media.text else "photo.blank"
    media.stamped_at, media.stamped_place = watermark.taken_at, watermark.place
    session.flush()
    if watermark.place and media.report_id is not None:
        report = session.get(Report, media.report_id, with_for_update=True, populate_existing=True)
        if report is not None and settlement.open_where_supposed(session, report, env, now=now):
            return "photo.placed"
    if watermark.place and stamped_places.place_danger(session, media, env, now=now):
        return "photo.placed"
    return "photo.watermark"
