"""What the talk room made of a message: why the bot did what it did, for whoever looks afterwards.

Kept for as long as the payload of the message (`keep.raw`), and gone with it.
"""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Data, Id


class Understanding(Base):
    """One message, or one part of a message that says several things, as it was understood."""

    __tablename__ = "understandings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox.id"), index=True)
    act: Mapped[str | None]
    """The dialogue act; None: no act had points enough."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    """The case that was meant; None: none, or it was not clear which."""
    reasons: Mapped[dict[str, Any]] = mapped_column(Data)
    """Points, signs with their words, cases that came into question, steps (`handlers.talk.explanation`)."""
