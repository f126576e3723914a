"""Open reports, which wait for their next piece: looked up by chat and person, once a batch."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from handlers.environment.session_cache import get_cache
from models.organisation import Chat, Person
from models.reports import IS_WAITING, Media, Message, Report
from models.voices import Voice

# The queries of every message: building one takes longer than running it.
_OPEN_REPORT = select(Report).where(
    Report.chat_id == bindparam("chat_id"),
    Report.person_id == bindparam("person_id"),
    IS_WAITING,
)

_OPEN_REPORTS = (
    select(Report)
    .where(Report.person_id.in_(bindparam("people", expanding=True)), IS_WAITING)
    # In one order, so that two workers with the same people do not deadlock.
    .order_by(Report.id)
    .with_for_update()
)


def load_open_reports(session: Session, pairs: Iterable[tuple[Chat, Person]]) -> None:
    """Look up the open reports of these people in these chats with one query instead of one a message.

    The rows stay locked until the transaction ends; the ticker, which settles reports, skips locked ones.
    """
    known = get_cache(session).open_reports
    known.update(dict.fromkeys((chat.id, person.id) for chat, person in pairs))
    people = sorted({person_id for _, person_id in known})
    for report in session.scalars(_OPEN_REPORTS, {"people": people}):
        known[report.chat_id, report.person_id] = report


def find_open_report(session: Session, chat: Chat, person: Person) -> Report | None:
    """The open report that a piece by this person in this chat belongs to; None where there is none."""
    known = get_cache(session).open_reports
    if (chat.id, person.id) in known:
        report = known[chat.id, person.id]
        return report if report is not None and report.closed_at is None else None
    return session.scalar(_OPEN_REPORT, {"chat_id": chat.id, "person_id": person.id})


def remember_report(session: Session, report: Report) -> None:
    """Note a report begun in this transaction, for later messages of the batch."""
    known = get_cache(session).open_reports
    if (report.chat_id, report.person_id) in known:
        known[report.chat_id, report.person_id] = report


def forget_report(session: Session, report: Report, *, now: datetime) -> None:
    """What was shown or said to others became no report: nothing of it is kept but the inbox's own rows."""
    report.closed_at, report.text, report.triage = now, "", None
    of_report = select(Media.id).where(Media.report_id == report.id)
    session.execute(delete(Voice).where(Voice.media_id.in_(of_report)))
    session.execute(delete(Media).where(Media.report_id == report.id))
    session.execute(delete(Message).where(Message.report_id == report.id))


def mark_as_before(session: Session, media: tuple[int, ...]) -> None:
    """Mark files (ids) that the reporter sends right after the report as photos of the problem."""
    for row in session.scalars(select(Media).where(Media.id.in_(media))):
        row.role = "before"
