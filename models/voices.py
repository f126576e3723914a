"""Voices that came without words: what became of turning them into text."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, Id, add_partial_index
from models.reports import Media, Message, Report


class VoiceState(StrEnum):
    """How far the words of a voice are known."""

    WAITING = "waiting"
    """For the speech engine."""
    DOUBTED = "doubted"
    """The engine may have misheard: whoever spoke was asked."""
    UNHEARD = "unheard"
    """No engine made words of it: the duty desk listens and types them."""
    KNOWN = "known"
    """The words are the file's text; none, where it says nothing."""


class Voice(Base):
    """One voice of a message. Words that came with the voice from the platform need no row."""

    __tablename__ = "voices"

    media_id: Mapped[int] = mapped_column(Id, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str]
    """A `VoiceState`."""
    tries: Mapped[int] = mapped_column(default=0)
    """How often the engine was asked."""
    not_before: Mapped[datetime]
    """When the engine is asked next; while it is being asked, when somebody else may."""
    text: Mapped[str] = mapped_column(default="")
    """What the engine understood, as long as it is doubted."""


WAITS_FOR_ENGINE = Voice.state == VoiceState.WAITING
add_partial_index("ix_voices_waiting", Voice.not_before, where=WAITS_FOR_ENGINE)


def settle_voice(session: Session, voice: Voice, words: str) -> Media:
    """These are the words of the voice; empty: it says nothing. Returns its file.

    The message it came in says them from now on, where it said nothing else.
    """
    media = session.get_one(Media, voice.media_id)
    report = session.get(Report, media.report_id) if media.report_id is not None else None
    if report is not None and voice.state != VoiceState.KNOWN:
        report.unheard -= 1
    media.text, voice.text, voice.state = words, "", VoiceState.KNOWN
    silent = Message.inbox_id == media.inbox_id, Message.text == ""
    session.execute(update(Message).where(*silent).values(text=words))
    return media
