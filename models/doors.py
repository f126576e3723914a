"""How the accounts of one person are joined: codes that wait, tries that failed, and what was done."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class DoorAct(StrEnum):
    """What was done with the accounts of two rows of people."""

    JOIN = "join"
    PART = "part"


class DoorCode(Base):
    """A code that joins the account which asked for it with the one that says it; used once."""

    __tablename__ = "door_codes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    """Who asked for it; whoever asks again has the new one only."""
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    """Where they asked, and hear what became of it."""
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Of salt and code: nobody who reads the database knows a code."""
    expires_at: Mapped[datetime]


class DoorTry(Base):
    """A code that an account said and that was none."""

    __tablename__ = "door_tries"
    __table_args__ = (Index("ix_door_tries_person", "person_id", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


class DoorEvent(Base):
    """Two rows of people became one person's, or one of them left the others."""

    __tablename__ = "door_events"
    __table_args__ = (CheckConstraint("person_id <> other_id", name="doors_of_two_rows"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    act: Mapped[str]
    """A `DoorAct`."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    """Who did it."""
    other_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
