"""Photos whose words are still to be read, one by one, by an engine that may be slow or dead."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, Id
from models.messages import PartKind
from models.reports import Media


class PhotoReading(Base):
    """A photo that waits for the engine; gone once it was read, or given up."""

    __tablename__ = "photo_readings"

    media_id: Mapped[int] = mapped_column(Id, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    """How often the engine was asked."""
    not_before: Mapped[datetime] = mapped_column(index=True)
    """When the engine is asked next; while it is being asked, when somebody else may."""


def expect_readings(session: Session, files: Iterable[Media], *, now: datetime) -> None:
    """Have the photos among these stored files read, all of which somebody can open."""
    photos = (file for file in files if file.kind == PartKind.PHOTO)
    session.add_all(PhotoReading(media_id=photo.id, not_before=now) for photo in photos)
