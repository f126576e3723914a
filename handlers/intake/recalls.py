"""A message that its sender took back: it is used and forwarded no further, and the desk is told.

    nothing came of it        its payload goes, and that is all
    a report, no case yet     the piece goes; a report without pieces is closed
    a case, not accepted      its words are taken out of case, events and unsent pushes
    a case, accepted          its words stay: others have acted on them
    any case                  its files go nowhere any more; marked as withdrawn, or by a piece that says so

Source: wecom-archive.md §5.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.environment.snapshot import Environment
from handlers.errors import Refused
from handlers.intake import voices
from handlers.wording import groups as say
from models.archive import UndecryptedMessage
from models.cases import Case, Event
from models.database import ROW_LOCK
from models.desk_lines import IS_UNDECIDED_LINE, DeskLine, LineDecision
from models.group_talk import IS_OPEN_QUESTION, RECALL, HeardMessage, OpenQuestion
from models.inbox import InboxRow, InboxState
from models.messages import Incoming
from models.organisation import Person
from models.pushes import Push, PushState
from models.reports import RECALLED, Media, Message, Report
from models.understandings import Understanding
from models.workflow import ACTS, OPEN, Condition, Reply, Status

log = structlog.get_logger()

_WITHDRAWS = next(act.key for act in ACTS.values() if act.requires is Condition.NOT_WITHDRAWN)
_ADDS = next(act.key for act in ACTS.values() if act.reply is Reply.OTHER)
_LEAST = 4
"""Characters that are searched for inside other words; fewer only where they are all there is."""


def is_recalled(inbound: InboundMessage) -> bool:
    """Whether its sender took this message back before it could be handled."""
    incoming = inbound.incoming
    waits = exists().where(
        InboxRow.channel == incoming.channel,
        InboxRow.sender == incoming.sender,
        InboxRow.message_id == f"{RECALL}{incoming.message_id}",
    )
    return bool(inbound.session.scalar(select(waits)))


def take_back(session: Session, incoming: Incoming, *, env: Environment, now: datetime) -> str:
    """Do what a recall asks for, in this transaction. Returns a slug of what came of it."""
    named = HeardMessage.channel == incoming.channel, HeardMessage.message_id == incoming.recalls
    heard = session.scalar(select(HeardMessage).where(*named).order_by(HeardMessage.id.desc()).limit(1))
    if heard is None:
        unread = UndecryptedMessage.message_id == incoming.recalls
        session.execute(
            delete(UndecryptedMessage).where(UndecryptedMessage.channel == incoming.channel, unread)
        )
        return "recall.unknown"
    ids = [one for one in (heard.inbox_id, heard.twin_inbox_id) if one is not None]
    _forget_payloads(session, ids, now)
    session.execute(update(Media).where(Media.inbox_id.in_(ids)).values(role=RECALLED))
    messages = list(session.scalars(select(Message).where(Message.inbox_id.in_(ids))))
    for message in messages:
        words, message.text = message.text, ""
        _take_from_report(session, message, env, now)
        if message.case_id is not None:
            _take_from_case(session, message, words, env, now)
    log.info("message.recalled", messages=len(messages))
    return "recall.done" if messages else "recall.nothing"


def _forget_payloads(session: Session, ids: Collection[int], now: datetime) -> None:
    done = InboxRow.id.in_(ids), InboxRow.state == InboxState.DONE
    session.execute(update(InboxRow).where(*done).values(raw=""))
    session.execute(delete(Understanding).where(Understanding.inbox_id.in_(ids)))
    asked = OpenQuestion.inbox_id.in_(ids), IS_OPEN_QUESTION
    session.execute(update(OpenQuestion).where(*asked).values(ended_at=now, text=""))


def _take_from_report(session: Session, message: Message, env: Environment, now: datetime) -> None:
    """Out of a report that is no case yet; the line of a desk that has nothing left is dropped."""
    report = session.get(Report, message.report_id or 0)
    if report is None or report.case_id is not None:
        return
    report.text = "\n".join(_list_words(session, Message.report_id == report.id))
    files = select(Media.id).where(Media.report_id == report.id, Media.role != RECALLED).limit(1)
    if report.text:
        report.triage = voices.triage_report(session, report, report.text, env).to_json()
    elif session.scalar(files) is None:
        report.closed_at = report.closed_at or now
        line = session.scalar(select(DeskLine).where(DeskLine.report_id == report.id, IS_UNDECIDED_LINE))
        if line is not None:
            line.decision, line.decided_at = LineDecision.DROPPED, now


def _take_from_case(session: Session, message: Message, words: str, env: Environment, now: datetime) -> None:
    case = session.get_one(Case, message.case_id, with_for_update=ROW_LOCK, populate_existing=True)
    if case.status not in OPEN:
        return
    if case.status == Status.NEW and words:
        _take_out_words(session, case, words)
    mine = Message.case_id == case.id, Message.person_id == message.person_id
    is_all = message.person_id == case.reporter_id and not _list_words(session, *mine)
    key, said = (_WITHDRAWS, say.TAKEN_BACK) if is_all else (_ADDS, say.PIECE_TAKEN_BACK)
    try:
        acts.perform(
            session, key, case, Actor(session.get_one(Person, message.person_id)), ActInput(text=said),
            env=env, now=now, origin=f"recall:{message.inbox_id}",
        )  # fmt: skip
    except Refused as refused:
        log.info("recall.not_marked", case=case.number, slug=refused.slug)


def _list_words(session: Session, *those: Any) -> list[str]:
    said = select(Message.text).where(*those, Message.text != "").order_by(Message.id)
    return list(session.scalars(said))


def _take_out_words(session: Session, case: Case, words: str) -> None:
    """Out of the case and its events, which still add up to it, and of what was not sent yet."""
    case.text = _replace_words(case.text, words)
    for event in session.scalars(select(Event).where(Event.case_id == case.id)):
        event.text = _replace_words(event.text, words)
        event.fields = {
            key: _replace_words(value, words) if key == "text" else value
            for key, value in event.fields.items()
        }
    unsent = select(Push).where(Push.case_id == case.id, Push.state == PushState.READY)
    for push in session.scalars(unsent):
        push.body = _replace_words(push.body, words)


def _replace_words(value: Any, words: str) -> Any:
    if isinstance(value, str):
        if value == words:
            return say.TAKEN_BACK
        return value.replace(words, say.TAKEN_BACK) if len(words) >= _LEAST else value
    if isinstance(value, dict):
        return {key: _replace_words(item, words) for key, item in value.items()}
    return [_replace_words(item, words) for item in value] if isinstance(value, list) else value
