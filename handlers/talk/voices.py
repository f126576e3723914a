"""Words that were heard: from the transcript of a voice to what the message does; doubts and their answers.

The voice was stored when it came, as a piece of a report. Its words are handled later, as if they had been
typed: alone as a message of their own, beside other pieces as one more piece, in a case as its transcript.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import views
from handlers.cases.actors import PROGRAM
from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.errors import Refused
from handlers.intake import desk_lines, reports, voices
from handlers.intake.open_reports import find_open_report
from handlers.notifications import pushes, recipients
from handlers.talk import conversation
from handlers.wording import voices as say
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from models.cases import Case
from models.desk_lines import IS_UNDECIDED_LINE, DeskLine
from models.messages import Incoming, Part, PartKind, TextPush
from models.organisation import Chat, Person
from models.reports import Media, Message, Report
from models.voices import Voice, VoiceState, settle_voice

_CONFIRM = timedelta(minutes=5)
"""How long a report waits for the word of whoever was not understood well."""
_END = r"[。.!！~，,]{0,3}\s{0,4}\Z"
_YES = re.compile(rf"\A\s{{0,4}}(?:对|是|嗯|好|行|没错|正确|就是)(?:的|了|啊|呀|这样|对|是){{0,3}}{_END}")
_NO = re.compile(rf"\A\s{{0,4}}(?:不对|不是|听?错了|没听对)(?:的|啊|呀){{0,2}}{_END}")


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """What an engine understood of a voice."""

    text: str
    """Empty: nobody speaks in it."""
    is_doubted: bool = False


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
    inbound = _with_words(inbound, spoken.text, media)
    if report is not None and report.closed_at is None and report.case_id is None:
        if spoken.is_doubted and not desk_lines.is_grave(inbound):
            return _ask_speaker(inbound, voice, report, spoken.text)
        return _take_words(inbound, voice, report)
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


def answer_doubt(inbound: InboundMessage) -> str | None:
    """Take the words as the answer to whether a voice was understood.

    Returns a slug; None: nobody was asked, or the words say more than yes or no and are handled as usual.
    """
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    text = inbound.incoming.text
    if report is None or not report.unheard or report.case_id is not None or not text:
        return None
    doubted = voices.find_doubted(inbound.session, report)
    if not doubted:
        return None
    if _YES.match(text):
        voice = doubted[0]
        media = inbound.session.get_one(Media, voice.media_id)
        return _take_words(_with_words(inbound, voice.text, media), voice, report)
    if _NO.match(text):
        for voice in doubted:
            voice.text, voice.state = "", VoiceState.UNHEARD
        report.due_at = report.closes_at = inbound.now + _CONFIRM
        inbound.reply(say.WRITE_IT, part="voice")
        return "voice.refused"
    _resolve_doubts(inbound, report, doubted)
    return None


def _resolve_doubts(inbound: InboundMessage, report: Report, doubted: Sequence[Voice]) -> None:
    """Words that say the matter by themselves correct what was misheard; others are a piece beside it."""
    own = inbound.env.classifier.triage(inbound.full_text, facts=inbound.facts())
    corrects = own.report and "what" not in own.missing
    for voice in doubted:
        words = "" if corrects else voice.text
        settle_voice(inbound.session, voice, words)
        report.text = "\n".join(part for part in (report.text, words) if part)
    report.triage = voices.triage_report(inbound.session, report, report.text, inbound.env).to_json()


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
        chat=session.get_one(Chat, message.chat_id), person=session.get_one(Person, message.person_id),
        part=f"voice{media.position}:",
    )  # fmt: skip
    return voice, inbound, media


def _with_words(inbound: InboundMessage, words: str, media: Media) -> InboundMessage:
    """The message as if it had been these words."""
    said = replace(inbound.incoming, parts=(Part(PartKind.VOICE, words),), quote=(), rest="")
    return replace(inbound, incoming=said, attachments=(), rest=None, lost=(), part=f"voice{media.position}:")


def _lock_report(session: Session, media: Media) -> Report | None:
    if media.report_id is None:
        return None
    return session.get(Report, media.report_id, with_for_update=True, populate_existing=True)


def _take_words(inbound: InboundMessage, voice: Voice, report: Report) -> str:
    """Handle the words of a voice that belongs to an open report without a case."""
    session = inbound.session
    media = settle_voice(session, voice, inbound.incoming.text)
    if _is_alone(session, report):
        # Nothing else was said: the words may be anything, an answer or a thank-you as well as a report.
        report.closed_at = inbound.now
        session.flush()
        return conversation.receive_words(replace(inbound, spoken_file=media.id))
    if doubted := voices.find_doubted(session, report):
        _resolve_doubts(inbound, report, doubted)
    report.closes_at = max(report.closes_at, inbound.now)
    session.flush()
    return reports.receive_message(replace(inbound, is_stored=True), joins=True)


def _is_alone(session: Session, report: Report) -> bool:
    """Whether the report is one voice and nothing else."""
    pieces = session.scalar(select(func.count()).where(Message.report_id == report.id))
    files = session.scalar(select(func.count()).where(Media.report_id == report.id))
    return not report.text and not report.held and (pieces, files) == (1, 1)


def _answer_silence(inbound: InboundMessage, voice: Voice, report: Report | None) -> str:
    session = inbound.session
    settle_voice(session, voice, "")
    if (
        report is not None
        and report.case_id is None
        and report.closed_at is None
        and _is_alone(session, report)
    ):
        report.closed_at = inbound.now
    inbound.reply(say.SILENT, part="silent")
    return "voice.silent"


def _ask_speaker(inbound: InboundMessage, voice: Voice, report: Report, words: str) -> str:
    voice.state, voice.text = VoiceState.DOUBTED, words
    report.due_at = report.closes_at = inbound.now + _CONFIRM
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
