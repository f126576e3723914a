"""A command that waits for its author: a dangerous one that was shown, to be confirmed; one that a
button began, to be finished in words.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class PendingCommand(Base):
    __tablename__ = "previews"
    __table_args__ = (Index("ix_previews_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    text: Mapped[str]
    """The command as typed, or as far as the button said it."""
    quoted: Mapped[str]
    """The mark of the case; of a begun one, the hint that says what to write."""
    at: Mapped[datetime]
    used_at: Mapped[datetime | None]
