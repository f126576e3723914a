"""Cases that were moved out of the database into a file: what is still told of them, and what they keep.

An archived case has no row in `cases` any more. What stays is enough to say that it exists, whose it is to
read and where it went; its file holds the rest, and `gridbot db restore-archive` brings it back.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


class ArchivedCase(Base):
    """One case in a file of the archive. Restricted cases are never there."""

    __tablename__ = "archived_cases"
    __table_args__ = (
        Index("ix_archived_cases_tail", "tail", "case_id"),
        Index("ix_archived_cases_reporter", "reporter_id"),
    )

    case_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """Its id in `cases`, before and after."""
    number: Mapped[str] = mapped_column(unique=True)
    tail: Mapped[str]
    status: Mapped[str]
    class_id: Mapped[str]
    class_name: Mapped[str]
    """As the rules called it when it was archived."""
    nature: Mapped[str]
    place: Mapped[str]
    """Without room numbers."""
    area_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    unit_name: Mapped[str]
    """The name of the unit that handled it then; "" where none did."""
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    source: Mapped[str]
    external_number: Mapped[str | None]
    """As of a case: a number of a source is one case, archived or not."""
    opened_at: Mapped[datetime]
    opened_on: Mapped[date]
    ended_on: Mapped[date]
    """Local days."""
    archived_on: Mapped[date]
    file: Mapped[str]
    """Name of the file that it is in."""
    digest: Mapped[str]
    """SHA-256, as hex, of its rows as they stand in the file."""
    is_counted: Mapped[bool] = mapped_column(default=False, server_default=false())
    """What it counts for is in the kept figures (`models.kept_figures`); not so where an older version
    archived it.
    """


add_partial_index(
    "ix_archived_cases_external", ArchivedCase.source, ArchivedCase.external_number,
    where=ArchivedCase.external_number.is_not(None),
)  # fmt: skip


class ArchivedFile(Base):
    """A stored file that an archived case needs: without this row it would be deleted as nobody's."""

    __tablename__ = "archived_files"
    __table_args__ = (Index("ix_archived_files_sha256", "sha256"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("archived_cases.case_id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    """Relative to the media folder, or the name in the bucket: original or copy."""
    sha256: Mapped[str]
    """Of the original, as hex."""
