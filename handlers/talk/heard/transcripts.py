"""Words that were heard: from the transcript of a voice to what the message does; doubts and their answers.

The voice was stored when it came, as a piece of a report. Its words are handled later, as if they had been
typed: alone as a message of their own, beside other pieces as one more piece, in a case as its transcript.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import views
from handlers.cases.actors import PROGRAM
from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.environment import unit_chats
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.errors import Refused
from handlers.intake import desk_lines, open_reports
from handlers.notifications import pushes, recipients
from handlers.talk import conversation
from handlers.talk.heard.words import CONFIRM, SpokenWords, is_alone, take_words, with_words
from handlers.wording import voices as say
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from models.cases import Case
from models.desk_lines import IS_UNDECIDED_LINE, DeskLine
from models.messages import Incoming, TextPush
from models.organisation import Chat
from models.reports import Media, Message, Report
from models.voices import Voice, VoiceState, settle_voice


def receive_transcript(
    session: Session,
    incoming: Incoming,
    spoken: SpokenWords,
    *,
    media_id: int,
    env: Environment,
    now: datetime,
) -> str:
    """Handle the words of a voice; `incoming`: the message it came in. Returns a slug of what came of it."""
    found = _open_voice(session, incoming, media_id, env, now)
    if found is None:
        return "voice.settled"
    voice, inbound, media = found
    report = _lock_report(session, media)
    if not spoken.text:
        return _answer_silence(inbound, voice, report)
    inbound = with_words(inbound, spoken.text, media)
    if report is not None and report.closed_at is None and report.case_id is None:
        if spoken.is_doubted and inbound.is_spoken_to and not desk_lines.is_grave(inbound):
            return _ask_speaker(inbound, voice, report, spoken.text)
        return take_words(inbound, voice, report)
    if media.case_id is not None:
        return _add_to_case(inbound, voice, session.get_one(Case, media.case_id), spoken)
    settle_voice(session, voice, spoken.text)
    if report is not None and _is_of_line(session, report):
        return desk_lines.hand_to_desk(replace(inbound, is_stored=True))
    return conversation.receive_words(replace(inbound, spoken_file=media.id))


def give_up(session: Session, *, media_id: int, env: Environment, now: datetime) -> str:
    """No engine finds the words of a voice: the desk listens. Returns a slug."""
    voice = session.get(Voice, media_id, with_for_update=True)
    if voice is None or voice.state != VoiceState.WAITING:
        return "voice.settled"
    voice.state = VoiceState.UNHEARD
    media = session.get_one(Media, media_id)
    report = _lock_report(session, media)
    if report is not None and report.closed_at is None and report.case_id is None:
        # The ticker opens it as it stands, and the desk gets the voice with its card.
        report.due_at = min(report.due_at, now)
    elif media.case_id is not None:
        _ask_desk(session, media, env, now=now)
    return "voice.unheard"


def _open_voice(
    session: Session, incoming: Incoming, media_id: int, env: Environment, now: datetime
) -> tuple[Voice, InboundMessage, Media] | None:
    """The voice, locked, and its message without words yet; None where its words are known by now."""
    voice = session.get(Voice, media_id, with_for_update=True)
    if voice is None or voice.state != VoiceState.WAITING:
        return None
    media = session.get_one(Media, media_id)
    message = session.scalar(select(Message).where(Message.inbox_id == media.inbox_id))
    if message is None or media.inbox_id is None:
        return None
    inbound = InboundMessage(
        session=session, incoming=incoming, inbox_id=media.inbox_id, env=env, now=now,
        chat=session.get_one(Chat, message.chat_id),
        person=doors.get_speaker(session, message.chat_id, message.person_id),
        part=f"voice{media.position}:",
    )  # fmt: skip
    return voice, inbound, media


def _lock_report(session: Session, media: Media) -> Report | None:
    if media.report_id is None:
        return None
    return session.get(Report, media.report_id, with_for_update=True, populate_existing=True)


def _answer_silence(inbound: InboundMessage, voice: Voice, report: Report | None) -> str:
    session = inbound.session
    settle_voice(session, voice, "")
    if (
        report is not None
        and report.case_id is None
        and report.closed_at is None
        and is_alone(session, report)
    ):
        report.closed_at = inbound.now
        if report.overheard:
            open_reports.forget_report(session, report, now=inbound.now)
    if inbound.is_spoken_to:
        inbound.reply(say.SILENT, part="silent")
    return "voice.silent"


def _ask_speaker(inbound: InboundMessage, voice: Voice, report: Report, words: str) -> str:
    voice.state, voice.text = VoiceState.DOUBTED, words
    report.due_at = report.closes_at = inbound.now + CONFIRM
    inbound.reply(say.ask_if_right(words, in_private=inbound.in_private), part="ask")
    return "voice.doubted"


def _add_to_case(inbound: InboundMessage, voice: Voice, case: Case, spoken: SpokenWords) -> str:
    """The case was opened before its voice had words; where these are doubtful the desk listens."""
    session, media_id = inbound.session, voice.media_id
    try:
        if not spoken.is_doubted:
            with session.begin_nested():
                acts.perform(
                    session, "transcribe", case, PROGRAM, ActInput(text=spoken.text, media=(media_id,)),
                    env=inbound.env, now=inbound.now, origin=f"voice:{media_id}",
                )  # fmt: skip
            return "act.transcribe"
    except Refused as refused:
        settle_voice(session, voice, spoken.text)
        return f"refused.{refused.slug}"
    voice.state = VoiceState.UNHEARD
    _ask_desk(session, session.get_one(Media, media_id), inbound.env, now=inbound.now, words=spoken.text)
    return "voice.doubted"


def _is_of_line(session: Session, report: Report) -> bool:
    line = select(DeskLine.id).where(DeskLine.report_id == report.id, IS_UNDECIDED_LINE)
    return session.scalar(line) is not None


def _ask_desk(session: Session, media: Media, env: Environment, *, now: datetime, words: str = "") -> None:
    """Ask whoever has the desk of the case for the words; `words`: what was understood, in doubt."""
    case = session.get_one(Case, media.case_id)
    restricted, area = case.restricted, case.area_id
    chats = (
        recipients.reader_chats(session, case, env) if restricted else unit_chats.duty_chats(session, area)
    )
    view = views.build_view(session, case, env, now=now)
    masked = escape_words(views.mask_case_words(session, case, words, env)) if words else ""
    text = _to_desk(view, media, masked)
    rows = [
        pushes.push_row(chat, TextPush(text), key=f"voice:{media.id}:{chat.id}", env=env, now=now, case=case)
        for chat in chats
    ]
    pushes.enqueue(session, *rows)


def _to_desk(view: CaseView, media: Media, words: str) -> str:
    return say.check_words(view, words) if words else say.listen(view, media.duration)
