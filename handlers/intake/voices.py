"""Voices of a report: which of them nobody has words for, and what is done with words that are doubted."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.facts import build_facts
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.triage.types import Triage
from handlers.wording import voices as say
from models.organisation import Chat
from models.reports import Media, Report
from models.voices import Voice, VoiceState, settle_voice


def find_doubted(session: Session, report: Report) -> Sequence[Voice]:
    """The voices of this report whose speaker was asked whether the words are right, oldest first."""
    mine = Media.report_id == report.id, Voice.state == VoiceState.DOUBTED
    return session.scalars(select(Voice).join(Media).where(*mine).order_by(Voice.media_id)).all()


def triage_report(session: Session, report: Report, text: str, env: Environment) -> Triage:
    """What the rules make of this text of the report, a part of which was heard."""
    point = (report.lat, report.lon) if report.lat is not None and report.lon is not None else None
    facts = build_facts(
        session, env,
        chat=session.get_one(Chat, report.chat_id),
        person=doors.get_speaker(session, report.chat_id, report.person_id),
        addressed=not report.overheard, has_media=True, spoken=True, point=point,
    )  # fmt: skip
    return env.classifier.triage(text, facts=facts)


def take_doubted_words(session: Session, report: Report, env: Environment) -> None:
    """Nobody said whether they are right: the report has the doubted words, marked as what they are."""
    doubted = find_doubted(session, report)
    if not doubted:
        return
    words = [voice.text for voice in doubted]
    report.triage = triage_report(session, report, "\n".join([report.text, *words]).strip(), env).to_json()
    report.text = "\n".join(part for part in (report.text, *map(say.with_doubt, words)) if part)
    for voice in doubted:
        settle_voice(session, voice, voice.text)
