"""Normalised messages, their files, and the report that joins them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, UniqueConstraint, and_, false, or_
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Data, Id, add_partial_index
from models.messages import Attachment, PartKind


class Report(Base):
    """One person's one problem, joined from messages sent shortly after one another."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    """Pieces that come later start a new report."""
    due_at: Mapped[datetime]
    """When the ticker acts next: asks for what is missing, opens the case as it stands, or closes."""
    asked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    triage: Mapped[dict[str, Any] | None] = mapped_column(Data)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    """WGS-84: the location that was sent, else where a photo was taken."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    held: Mapped[bool] = mapped_column(default=False)
    """Gathers what one person sends beyond what an hour takes; opens as one case."""
    unheard: Mapped[int] = mapped_column(default=0, server_default="0")
    """Voices whose words are not known yet: nobody is asked for what they may say."""
    overheard: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Begun by what was said to others, and so far no report: closed without a word if it becomes none."""


IS_WAITING = Report.closed_at.is_(None)
"""For its next piece, or for somebody to open it as a case."""
# Pieces by a person in a chat belong to the report of theirs that waits there.
add_partial_index("uq_reports_one_open", Report.chat_id, Report.person_id, where=IS_WAITING, unique=True)
add_partial_index("ix_reports_due", Report.due_at, where=IS_WAITING)


class Message(Base):
    """A message that became part of a report or of a case. Chatter stays in the inbox only."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # A message is handled once: handling an inbox row a second time fails here.
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox.id"), unique=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]


CONFIDED = "confided"
"""Role of a file that came with a word on those who handle the case: no list of its photos has it."""


RECALLED = "recalled"
"""Role of a file that its sender took back: no list of photos has it, and it is sent to nobody."""


class Media(Base):
    """One file of one message; several rows may share one stored file (same hash)."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("inbox_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id"))
    position: Mapped[int]
    """Its place among the files of the message."""
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    role: Mapped[str] = mapped_column(default="before")
    """before: shows the problem; after: shows the result; process: anything between."""
    kind: Mapped[str]
    mime: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    path: Mapped[str]
    """The original, relative to the media folder."""
    clean_path: Mapped[str | None]
    """The copy that may leave: no EXIF, no sound, about 2048 px."""
    thumb_path: Mapped[str | None]
    poster_path: Mapped[str | None]
    """Of a video: the still picture that stands for it, with the sign of a video."""
    play_path: Mapped[str | None]
    """Of a voice: the copy that the duty desk plays. It goes nowhere else: people know a voice."""
    duration: Mapped[float | None]
    """Seconds, of voice and video."""
    phash: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    taken_at: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(default="")
    """The transcript of a voice message, or the words that stand on a photo, where there are any."""
    stamped_at: Mapped[datetime | None]
    stamped_place: Mapped[str] = mapped_column(default="", server_default="")
    """When and where a photo was taken, as its watermark camera wrote on it: evidence, and no more."""

    @classmethod
    def from_attachment(
        cls,
        file: Attachment,
        *,
        inbox_id: int | None = None,
        report_id: int | None = None,
        case_id: int | None = None,
    ) -> Self:
        """The row for a stored file."""
        return cls(**asdict(file), inbox_id=inbox_id, report_id=report_id, case_id=case_id)


IS_SHOWN = Media.role.not_in((CONFIDED, RECALLED))
"""Whoever may read the case may see it."""
IS_PICTURE = or_(
    Media.kind == PartKind.PHOTO, and_(Media.kind == PartKind.VIDEO, Media.poster_path.is_not(None))
)
"""It can be shown as a photo: it is one, or a video with a still picture."""
IS_PLAYABLE = and_(Media.kind == PartKind.VOICE, Media.play_path.is_not(None))
