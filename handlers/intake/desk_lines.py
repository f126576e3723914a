"""From a message to a line that the duty desk decides, and from such a line to a case.

Danger and what must be kept from most people are no lines: they are cases at once, with the protection of
cases. What quotes a push of a case, or was said with its number, names the case to the desk.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.chat import hints
from handlers.chat.inbound import InboundMessage
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.errors import WrongState
from handlers.intake import voices
from handlers.intake.case_opening import open_case
from handlers.intake.reports import messages, pieces
from handlers.notifications import desk_lines
from handlers.notifications.desk_lines import Said
from handlers.notifications.hand_over import hand_over
from handlers.triage.types import Triage
from handlers.wording import desk_lines as say
from handlers.wording import marks, reporter
from handlers.wording import voices as say_voices
from models.cases import Case
from models.desk_lines import DeskLine
from models.messages import MAX_WORDS, HandOverOrder
from models.organisation import Chat, Unit
from models.reports import Media, Report
from models.voices import Voice, VoiceState, settle_voice


def hand_to_desk(inbound: InboundMessage, *, case: Case | None = None, wants_person: bool = False) -> str:
    """Hand what was said to the bot and fits nothing to the desk of its area; returns a slug.

    `case`: the case it is about, where that is known, which whoever said it may read; of a restricted one
    the desk learns nothing. `wants_person`: they asked for a person, so that the desk is rung by name, and
    they are always answered; else the answer is said to a person once a day. Danger and confidences become
    a case at once, and the slug says so.
    """
    text, own = _own_words(inbound), _triage_own_words(inbound)
    if _needs_case(inbound, own):
        return messages.receive_message(_without_push(inbound), explicit=True)
    said = Said(
        text=text,
        person=inbound.person,
        chat=inbound.chat,
        area_id=_find_area(inbound, own, case),
        triage=_as_report(own, inbound.env),
        case=None if case is None or case.restricted else case,
        wants_person=wants_person,
    )
    line = desk_lines.add_to_line(inbound.session, said, inbound.env, now=inbound.now)
    if line.pieces > 1:
        _renew_triage(inbound, line)
    files = inbound.store(report_id=line.report_id)
    desk_lines.show_line(inbound.session, line, inbound.env, now=inbound.now, ring=wants_person, files=files)
    unnamed = reporter.UNNAMED if own.anonymous else ""
    if wants_person:
        names = desk_lines.name_officers(inbound.session, line.area_id)
        _hand_over(inbound, HandOverOrder.FIRST)
        inbound.reply(f"{say.person_called(names)}{unnamed}")
        _hand_over(inbound, HandOverOrder.LAST)
    else:
        hints.reply_once_a_day(inbound, "desk", f"{say.to_desk()}{unnamed}")
    return "desk.line"


def _hand_over(inbound: InboundMessage, order: HandOverOrder) -> None:
    hand_over(
        inbound.session, inbound.chat, inbound.env, order=order, key=f"inbox:{inbound.inbox_id}",
        now=inbound.now, answers=inbound.inbox_id,
    )  # fmt: skip


def is_grave(inbound: InboundMessage) -> bool:
    """Whether the words tell of danger, or of what only a few may read: a case, whatever else they are."""
    return _needs_case(inbound, _triage_own_words(inbound))


def _needs_case(inbound: InboundMessage, own: Triage) -> bool:
    if (own.urgent and own.report) or own.risk is not None:
        return True
    return own.secret and (own.report or inbound.env.classifier.accuses(_own_words(inbound)))


def _triage_own_words(inbound: InboundMessage) -> Triage:
    facts = replace(inbound.facts(), addressed=True)
    return inbound.env.classifier.triage(_own_words(inbound), facts=facts)


def _own_words(inbound: InboundMessage) -> str:
    """The words, with what they quote of other people; what they quote of the bot is none of theirs."""
    return inbound.incoming.text if _quotes_push(inbound) else inbound.full_text


def _quotes_push(inbound: InboundMessage) -> bool:
    return bool(marks.find_numbers(inbound.incoming.quoted_text))


def _without_push(inbound: InboundMessage) -> InboundMessage:
    if not _quotes_push(inbound):
        return inbound
    return replace(inbound, incoming=replace(inbound.incoming, quote=()))


def _find_area(inbound: InboundMessage, own: Triage, case: Case | None) -> int | None:
    """The area of the case, else of the place that is named, else of the group, or of who speaks alone."""
    if case is not None and case.area_id is not None:
        return case.area_id
    if own.place is not None and own.place.unit:
        return inbound.session.scalar(select(Unit.id).where(Unit.code == own.place.unit))
    return inbound.chat.unit_id or inbound.person.unit_id


def _as_report(own: Triage, env: Environment) -> Triage:
    """What the rules make of it if somebody says that it is a report.

    Hints alone restrict nothing that the desk has read: of what class it is, the desk decides.
    """
    if own.secret:
        own = replace(own, secret=False, class_id=env.fallback_class.id, unit=None)
    return pieces.mark_as_report(own)


def _renew_triage(inbound: InboundMessage, line: DeskLine) -> None:
    report = inbound.session.get_one(Report, line.report_id)
    facts = replace(inbound.facts(), addressed=True)
    own = inbound.env.classifier.triage(report.text, facts=facts)
    report.triage = _as_report(own, inbound.env).to_json()


def add_heard_words(inbound: InboundMessage, line: DeskLine, words: str) -> bool:
    """The desk typed the words of a voice of this line; returns whether they tell of danger.

    Raises WrongState where the line has no voice without words.
    """
    session, report = inbound.session, inbound.session.get_one(Report, line.report_id)
    waiting = Media.report_id == report.id, Voice.state != VoiceState.KNOWN
    voice = session.scalar(select(Voice).join(Media).where(*waiting).order_by(Voice.media_id).limit(1))
    if voice is None:
        raise WrongState(say_voices.no_voice(line.number))
    settle_voice(session, voice, words)
    report.text = "\n".join(part for part in (report.text, words) if part)[-MAX_WORDS:]
    own = voices.triage_report(session, report, report.text, inbound.env)
    report.triage = _as_report(own, inbound.env).to_json()
    return (own.urgent and own.report) or own.risk is not None


def open_from_line(session: Session, line: DeskLine, env: Environment, *, now: datetime) -> Case | None:
    """Open a case from a line, as if it had been reported as such; None where it says and shows nothing."""
    report = session.get_one(Report, line.report_id)
    if report.triage is None or not (report.text or _has_files(session, report)):
        return None
    return open_case(
        session,
        text=report.text,
        triage=Triage.from_json(report.triage),
        person=doors.get_speaker(session, line.chat_id, line.person_id),
        chat=session.get_one(Chat, line.chat_id),
        env=env,
        now=now,
        origin=f"line:{line.id}",
        report=report,
    )


def _has_files(session: Session, report: Report) -> bool:
    return session.scalar(select(Media.id).where(Media.report_id == report.id).limit(1)) is not None
