"""A message archive: how far it was read, what could not be, files on their way, consents."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


class ArchiveCursor(Base):
    """How far one archive channel was read: moved in the transaction that stores what was read."""

    __tablename__ = "archive_cursors"

    channel: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Id, default=0)
    """Number of the last message that was read."""
    moved_at: Mapped[datetime]
    gap_at: Mapped[datetime | None]
    """When it was last found that the platform has deleted messages that nobody had read."""


class UndecryptedMessage(Base):
    """A message of the archive that could not be read: kept until its key is there, never passed over."""

    __tablename__ = "archive_undecrypted"
    __table_args__ = (UniqueConstraint("channel", "seq"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    seq: Mapped[int] = mapped_column(Id)
    message_id: Mapped[str]
    key_version: Mapped[int]
    random_key: Mapped[str]
    """As it came: encrypted with the public key of that version."""
    ciphertext: Mapped[str]
    problem: Mapped[str]
    """A slug: `no_key`, `key_refused`, `refused_10008`, `malformed`, `library_died`, …"""
    at: Mapped[datetime]


class ArchiveFile(Base):
    """A file of a stored message, fetched slice by slice; its message waits for it, for a while."""

    __tablename__ = "archive_files"
    __table_args__ = (UniqueConstraint("inbox_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str]
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox.id"))
    position: Mapped[int]
    """Its place among the files of the message."""
    file_id: Mapped[str]
    """The platform's `sdkfileid`: a secret."""
    md5: Mapped[str] = mapped_column(default="")
    index_buf: Mapped[str] = mapped_column(default="")
    """Where the platform goes on; empty at the beginning."""
    received: Mapped[int] = mapped_column(Id, default=0)
    """Bytes on disk that count: what stands beyond them was written by a process that died."""
    tries: Mapped[int] = mapped_column(default=0)
    """Failures in a row."""
    next_at: Mapped[datetime]
    until: Mapped[datetime]
    """Then the message is handled without it."""
    ended_at: Mapped[datetime | None]
    """It is there, or was given up."""


IS_FETCHED_NOW = ArchiveFile.ended_at.is_(None)
"""Slices of it are still to come."""
add_partial_index("ix_archive_files_next", ArchiveFile.channel, ArchiveFile.id, where=IS_FETCHED_NOW)


class ArchiveConsent(Base):
    """What an outside contact last said to being archived in a room; no row of whoever said nothing."""

    __tablename__ = "archive_consents"

    channel: Mapped[str] = mapped_column(primary_key=True)
    room_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    agrees: Mapped[bool]
    at: Mapped[datetime]
