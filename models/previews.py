"""A dangerous command that was shown, and waits for its author to confirm it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class Preview(Base):
    __tablename__ = "previews"
    __table_args__ = (Index("ix_previews_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    text: Mapped[str]
    """The command as typed."""
    quoted: Mapped[str]
    """What it quoted: may name the case."""
    at: Mapped[datetime]
    used_at: Mapped[datetime | None]
