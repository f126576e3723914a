"""Commands that wait for their author: a dangerous one that was previewed, until it is confirmed; one that
a button began, until its missing words are written.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


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
