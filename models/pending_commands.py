"""Commands that wait for their author: a dangerous one that was previewed, until it is confirmed; one that
a button began, until its missing words are written.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Data, Id
from models.messages import Attachment, PartKind


class PendingCommand(Base):
    """A command that its author has to confirm or complete within ten minutes."""

    __tablename__ = "previews"
    __table_args__ = (Index("ix_previews_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    text: Mapped[str]
    """The command as typed, or the part of it that the button stands for."""
    quoted: Mapped[str]
    """The mark of the case, or the hint that asks for the missing words."""
    at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    files: Mapped[list[dict[str, Any]]] = mapped_column(Data, default=list)
    """What came along with the command, already on disk: fields of `Attachment`, without a row of its own."""

    def keep_files(self, files: Sequence[Attachment]) -> None:
        """Keep these files for whoever goes on with the command."""
        self.files = [asdict(file) | {"taken_at": _to_text(file.taken_at)} for file in files]

    def restore_files(self) -> tuple[Attachment, ...]:
        """The files that came along with the command, in the order of the message."""
        return tuple(_to_attachment(fields) for fields in self.files)


def _to_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _to_attachment(fields: dict[str, Any]) -> Attachment:
    at = fields["taken_at"]
    known = {"kind": PartKind(fields["kind"]), "taken_at": datetime.fromisoformat(at) if at else None}
    return Attachment(**(fields | known))
