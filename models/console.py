"""The console: who is signed in on which browser, passwords, failed tries, kept views and answers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id

RESIDENT_DOOR = "resident"
"""The door of whoever was known on a resident's page: it opens no other."""


class ConsoleSession(Base):
    """One browser in which somebody is signed in. It ends by time, by signing out, or when it is revoked."""

    __tablename__ = "console_sessions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of what the browser holds: whoever reads the database signs in as nobody."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    door: Mapped[str]
    """How they signed in: the provider of the account, `password`, `demo` or RESIDENT_DOOR."""
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ConsolePassword(Base):
    """The password of somebody who has no account to sign in with."""

    __tablename__ = "console_passwords"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    hash: Mapped[str]
    """`scrypt$n$r$p$salt$key`, salt and key as base64."""
    set_at: Mapped[datetime]


class FailedSignIn(Base):
    """One failed try, counted by whom it named and by where it came from."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (
        Index("ix_failed_sign_ins_subject", "subject", "at"),
        Index("ix_failed_sign_ins_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject: Mapped[str]
    """SHA-256 of what was typed as the name: it may be anything, even a password."""
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class SavedView(Base):
    """A list of cases that somebody wants to see again: a name for the filters in its address."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    query: Mapped[str]
    """What stands behind the `?`."""


class SavedAnswer(Base):
    """Words that people of a unit write again and again, with blanks that the case fills: `{编号}`."""

    __tablename__ = "saved_answers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    """Whose people use it, and those beneath them."""
    class_id: Mapped[str | None]
    """The class of cases it is for; None: of all."""
    name: Mapped[str]
    text: Mapped[str]
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
