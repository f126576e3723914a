"""One person's flood is bounded before it reaches the desk: what is too much in an hour comes as one case.

The first reports of an hour open their cases. What follows is kept in one report, which opens as one case
when an hour is over, with the words of all; the person is told once, the desk once. Danger and what is
told in confidence never wait. Staff are not bounded: they are known and answer for what they send.
"""

from datetime import timedelta

import structlog
from sqlalchemy import Integer, bindparam, func, select

from handlers.chat.inbound import InboundMessage
from handlers.environment import unit_chats
from handlers.environment.people import doors, newcomers
from handlers.intake.open_reports import remember_report
from handlers.notifications import pushes, relays
from handlers.triage.types import Triage
from handlers.wording import floods as say
from models.cases import Case
from models.messages import MAX_WORDS, TextPush
from models.organisation import OUTSIDERS
from models.reports import Message, Report

log = structlog.get_logger()

_HOUR = timedelta(hours=1)
_NTH_NEWEST = (
    select(Case.opened_at)
    .where(Case.reporter_id.in_(bindparam("own_ids", expanding=True)))
    .order_by(Case.id.desc())
    .offset(bindparam("newer", type_=Integer))
    .limit(1)
)


def may_be_held(inbound: InboundMessage, own: Triage) -> bool:
    """Whether the message is of somebody who is bounded, and neither of danger nor told in confidence."""
    return inbound.person.role in OUTSIDERS and not (own.urgent or own.risk or own.secret)


def has_opened_many(inbound: InboundMessage) -> bool:
    """Whether the sender opened as many cases within the last hour as one person may."""
    if inbound.person.joined_to is None and newcomers.has_no_case(inbound.session, inbound.person.id):
        return False
    asked = {
        "own_ids": doors.list_own_ids(inbound.session, inbound.person),
        "newer": inbound.env.most_per_hour - 1,
    }
    opened_at = inbound.session.scalar(_NTH_NEWEST, asked)
    return opened_at is not None and opened_at > inbound.now - _HOUR


def hold_message(inbound: InboundMessage, report: Report | None, own: Triage) -> str:
    """Keep a message in the report that opens later, a new one where `report` is None. Returns a slug."""
    if report is None:
        until = inbound.now + _HOUR
        report = Report(
            chat_id=inbound.chat.id, person_id=inbound.person.id, text="", opened_at=inbound.now,
            closes_at=until, due_at=until, asked_at=inbound.now, triage=own.to_json(), held=True,
        )  # fmt: skip
        inbound.session.add(report)
        inbound.session.flush()
        remember_report(inbound.session, report)
        _tell_once(inbound, report)
    joined = "\n".join(part for part in (report.text, inbound.full_text) if part)
    # The messages themselves stay whole.
    report.text = joined if len(joined) <= MAX_WORDS else report.text
    inbound.store(report_id=report.id)
    return "flood.held"


def has_added_many(inbound: InboundMessage, case_id: int) -> bool:
    """Whether the sender added as many pieces to this case within the last hour as one person may."""
    count = select(func.count()).where(
        Message.case_id == case_id,
        doors.is_one_of(inbound.person, Message.person_id),
        Message.at > inbound.now - _HOUR,
    )
    return (inbound.session.scalar(count) or 0) > inbound.env.most_per_hour


def keep_piece(inbound: InboundMessage, report: Report, case: Case) -> str:
    """Keep a piece with its case without announcing it; said once an hour. Returns a slug."""
    inbound.store(report_id=report.id, case_id=case.id)
    report.closes_at = report.due_at = max(report.closes_at, inbound.now + inbound.env.join_within)
    key = f"flood:case:{case.id}:{inbound.person.id}:{inbound.env.local(inbound.now):%Y%m%d%H}"
    if not pushes.find_queued(inbound.session, [key]):
        words = TextPush(say.pieces_kept(case.number))
        rows = relays.build_rows(
            inbound.session,
            inbound.chat,
            words,
            person_id=inbound.person.id,
            key=key,
            env=inbound.env,
            now=inbound.now,
            case=case,
            answers=inbound.inbox_id,
        )
        pushes.enqueue(inbound.session, *rows)
    return "flood.kept"


def _tell_once(inbound: InboundMessage, report: Report) -> None:
    at = f"{inbound.env.local(report.due_at):%H:%M}"
    most = inbound.env.most_per_hour
    inbound.reply(say.reports_held(most, at), part="flood")
    newest = (
        select(Case.number)
        .where(doors.is_one_of(inbound.person, Case.reporter_id))
        .order_by(Case.id.desc())
        .limit(1)
    )
    words = TextPush(say.desk_digest(inbound.session.scalar(newest) or "", most, at))
    for desk in unit_chats.duty_chats(inbound.session, inbound.chat.unit_id or inbound.person.unit_id):
        key = f"flood:{report.id}:{desk.id}"
        row = pushes.push_row(desk, words, key=key, env=inbound.env, now=inbound.now)
        pushes.enqueue(inbound.session, row)
    log.warning("intake.flood", person=inbound.person.id, report=report.id)
