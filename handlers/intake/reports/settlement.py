"""The end of a report: what it lacks is asked for once, it becomes a case, it takes no more pieces."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.intake import voices
from handlers.intake.case_opening import open_case
from handlers.intake.files import stamped_places
from handlers.intake.open_reports import forget_report
from handlers.notifications import pushes, relays
from handlers.triage.types import Triage
from handlers.wording import talk
from models.cases import Case
from models.messages import TextPush
from models.organisation import Chat, ChatUse
from models.pushes import PushPurpose
from models.reports import IS_WAITING, Media, Report
from models.workflow import OPEN

DANGER_GOES_ON = timedelta(minutes=10)
"""Whoever is in danger goes on telling of it: what they say so long after belongs to it."""
_SWEEP = 200
"""Reports that one tick looks at; the next tick takes the rest."""


def settle_due_reports(session: Session, env: Environment, *, now: datetime) -> int:
    """Settle the open reports that are due: ask once, open as it stands, close. Returns how many were due."""
    found = session.scalars(
        select(Report)
        .where(IS_WAITING, Report.due_at <= now)
        .order_by(Report.due_at)
        .limit(_SWEEP)
        .with_for_update(skip_locked=True)
    )
    reports = list(found)
    for report in reports:
        if report.overheard and report.case_id is None:
            forget_report(session, report, now=now)
        # Whoever said it aloud is not asked for what they may have said.
        elif report.case_id is None and report.asked_at is None and not report.unheard:
            _ask_for_missing(session, report, env, now=now)
        else:
            _settle_report(session, report, env, now=now)
    return len(reports)


def settle_earlier(inbound: InboundMessage, report: Report) -> None:
    """Settle the report before this message, which is no piece of it.

    Who only named a place, and then reports something elsewhere, reported nothing there. Written at once: a
    person has one open report in a chat, and the message may start another.
    """
    if _names_only_place(inbound, report):
        forget_report(inbound.session, report, now=inbound.now)
    else:
        _settle_report(inbound.session, report, inbound.env, now=inbound.now)
    inbound.session.flush()


def _names_only_place(inbound: InboundMessage, report: Report) -> bool:
    """Whether all that the report says is where, and nobody waits for more of it."""
    if report.case_id is not None or report.triage is None or not report.text or report.asked_at is not None:
        return False
    triage = stored_triage(report)
    is_unknown = triage.class_id == inbound.env.classifier.pack.special.fallback_class
    has_files = exists().where(Media.report_id == report.id)
    return is_unknown and "what" in triage.missing and not inbound.session.scalar(select(has_files))


def open_where_supposed(session: Session, report: Report, env: Environment, *, now: datetime) -> bool:
    """Open a report that waits for nothing but its place, where a photo of it tells that; whether it did."""
    if report.closed_at is not None or report.case_id is not None or report.held or report.unheard:
        return False
    triage = stamped_places.suppose_place(session, report, stored_triage(report), env)
    if triage.missing or not triage.report or not stamped_places.is_supposed(triage):
        return False
    report.triage = triage.to_json()
    open_as_case(session, report, triage, env, now=now, origin=f"report:{report.id}")
    return True


def open_as_case(
    session: Session,
    report: Report,
    triage: Triage,
    env: Environment,
    *,
    now: datetime,
    origin: str | None,
    inbox_id: int | None = None,
    same: Case | None = None,
) -> Case:
    """Open the case of a report that has none, as `triage` takes it; later pieces still join for a while.

    `origin`: what opens it, which does so once; `inbox_id`: the message that does; `same`: the case that it
    is a report of, where that is known.
    """
    report.closes_at = report.due_at = now + (DANGER_GOES_ON if triage.urgent else env.join_within)
    case = open_case(
        session, text=report.text, triage=triage,
        person=doors.get_speaker(session, report.chat_id, report.person_id),
        chat=session.get_one(Chat, report.chat_id),
        env=env, now=now, origin=origin, report=report, inbox_id=inbox_id,
        supposes_place=stamped_places.is_supposed(triage) and not triage.urgent,
        asks_place=triage.urgent and bool(triage.missing) and report.asked_at is None,
        same=same,
    )  # fmt: skip
    if triage.urgent and stamped_places.is_supposed(triage) and case.status in OPEN:
        stamped_places.announce_supposed(session, case, case.place, env, now=now, origin=f"place:{report.id}")
    return case


def stored_triage(report: Report) -> Triage:
    """What the rules made of the pieces so far. Raises ValueError where nobody asked them yet."""
    if report.triage is None:
        raise ValueError("a report is understood before it becomes a case")
    return Triage.from_json(report.triage)


def _ask_for_missing(session: Session, report: Report, env: Environment, *, now: datetime) -> None:
    missing = Triage.from_json(report.triage).missing if report.triage else ()
    report.asked_at = now
    report.due_at = report.closes_at = now + env.settle_after
    chat = session.get_one(Chat, report.chat_id)
    question = TextPush(talk.ask_for(missing, in_private=chat.use == ChatUse.DIRECT))
    key = f"report:{report.id}:ask"
    rows = relays.build_rows(
        session, chat, question, person_id=report.person_id, key=key, env=env, now=now,
        purpose=PushPurpose.RECEIPT,
    )  # fmt: skip
    pushes.enqueue(session, *rows)


def _settle_report(session: Session, report: Report, env: Environment, *, now: datetime) -> None:
    """No more pieces will come: close the report, opening a case as it stands where there is none."""
    if report.overheard and report.case_id is None:
        forget_report(session, report, now=now)
    elif report.case_id is None:
        if report.unheard:
            voices.take_doubted_words(session, report, env)
        open_as_case(session, report, stored_triage(report), env, now=now, origin=f"report:{report.id}")
    report.closed_at = now
