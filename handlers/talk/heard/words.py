"""Words that were heard, taken as if they had been typed: alone as a message, else as a piece."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from handlers.intake import open_reports, voices
from handlers.intake.reports import messages
from handlers.talk import conversation
from models.messages import Part, PartKind
from models.reports import Media, Message, Report
from models.voices import Voice, settle_voice

CONFIRM = timedelta(minutes=5)
"""How long a report waits for the word of whoever was not understood well."""


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """What an engine understood of a voice."""

    text: str
    """Empty: nobody speaks in it."""
    is_doubted: bool = False


def with_words(inbound: InboundMessage, words: str, media: Media) -> InboundMessage:
    """The message as if it had been these words."""
    said = replace(inbound.incoming, parts=(Part(PartKind.VOICE, words),), quote=(), rest="")
    return replace(inbound, incoming=said, attachments=(), rest=None, lost=(), part=f"voice{media.position}:")


def take_words(inbound: InboundMessage, voice: Voice, report: Report) -> str:
    """Handle the words of a voice that belongs to an open report without a case."""
    session = inbound.session
    media = settle_voice(session, voice, inbound.incoming.text)
    if is_alone(session, report):
        # Nothing else was said: the words may be anything, an answer or a thank-you as well as a report.
        report.closed_at = inbound.now
        session.flush()
        result = conversation.receive_words(replace(inbound, spoken_file=media.id))
        if report.overheard and result.startswith("talk."):
            open_reports.forget_report(session, report, now=inbound.now)
        return result
    if doubted := voices.find_doubted(session, report):
        resolve_doubts(inbound, report, doubted)
    report.closes_at = max(report.closes_at, inbound.now)
    session.flush()
    return messages.receive_message(replace(inbound, is_stored=True), joins=True)


def is_alone(session: Session, report: Report) -> bool:
    """Whether the report is one voice and nothing else."""
    pieces = session.scalar(select(func.count()).where(Message.report_id == report.id))
    files = session.scalar(select(func.count()).where(Media.report_id == report.id))
    return not report.text and not report.held and (pieces, files) == (1, 1)


def resolve_doubts(inbound: InboundMessage, report: Report, doubted: Sequence[Voice]) -> None:
    """Words that say the matter by themselves correct what was misheard; others are a piece beside it."""
    own = inbound.env.classifier.triage(inbound.full_text, facts=inbound.facts())
    corrects = own.report and "what" not in own.missing
    for voice in doubted:
        words = "" if corrects else voice.text
        settle_voice(inbound.session, voice, words)
        report.text = "\n".join(part for part in (report.text, words) if part)
    report.triage = voices.triage_report(inbound.session, report, report.text, inbound.env).to_json()
