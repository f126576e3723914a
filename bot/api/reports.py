"""A report that another system took: understood and opened like one from a group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.api import photos
from bot.api.bodies import ReportSent
from bot.api.context import Context
from bot.api.people import person_of
from bot.api.problems import Invalid, Mistake
from bot.media import StoredMedia
from handlers.environment.areas import Point, from_crs
from handlers.environment.snapshot import Environment
from handlers.intake.case_opening import open_case
from handlers.triage.engine import UNKNOWN
from handlers.triage.types import Facts, Triage
from models.cases import Case, Event
from models.organisation import Chat, ChatUse, Person, Unit
from models.reports import Report


@dataclass(frozen=True, slots=True)
class _Known:
    """Who and where, as the database knows them."""

    person_id: int
    chat_id: int | None
    facts: Facts
    point: Point | None = None


def receive(context: Context, sent: ReportSent, *, origin: str) -> str:
    """Open a case and commit it; its number. A repeated origin answers the first case's."""
    env = context.env()
    with context.database.read() as session:
        number = _opened_before(session, origin)
        if number is not None:
            return number
        known = _known(session, sent)
    files = photos.keep(sent.photos, settings=context.settings.media, zone=env.zone)
    known = _pinned(known, _point(sent, files), env)
    triage = understand(env, sent, known.facts)
    with context.database.write() as session:
        if not context.database.sqlite:
            # Two requests with one key at the same moment: the second waits here for the first.
            session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(origin, 0))))
        number = _opened_before(session, origin)
        if number is not None:
            return number
        case = _open(session, sent, known, triage, files, env=env, now=context.clock(), origin=origin)
    context.wake()
    return case.number


def understand(env: Environment, sent: ReportSent, facts: Facts) -> Triage:
    """What the rules make of it. Words they call no report are one all the same: somebody took it as such."""
    triage = env.classifier.triage(sent.text, facts=facts)
    if not triage.report:
        other = env.class_info(UNKNOWN)
        triage = replace(
            triage,
            report=True,
            kind="report",
            class_id=other.id,
            nature=other.nature,
            unit=None,
            urgent=False,
        )
    return replace(triage, urgent=triage.urgent or sent.urgent)


def _opened_before(session: Session, origin: str) -> str | None:
    return session.scalar(
        select(Case.number).join(Event).where(Event.act == "report", Event.origin == origin)
    )


def _known(session: Session, sent: ReportSent) -> _Known:
    person = person_of(session, sent.reporter, path="body.reporter")
    chat = _chat(session, sent.chat) if sent.chat else None
    heard = chat.unit_id if chat and chat.use in (ChatUse.INTAKE, ChatUse.RESIDENTS) else None
    facts = Facts(
        chat_unit=_code(session, heard),
        sender_unit=_code(session, person.unit_id),
        sender_role=person.role,
        addressed=True,
        has_media=bool(sent.photos),
    )
    return _Known(person.id, chat.id if chat else None, facts)


def _chat(session: Session, code: str) -> Chat:
    chat = session.scalar(select(Chat).where(Chat.code == code))
    if chat is None:
        raise Invalid(Mistake(path="body.chat", problem=f"没有代码为 {code} 的群"))
    return chat


def _code(session: Session, unit_id: int | None) -> str | None:
    return session.scalar(select(Unit.code).where(Unit.id == unit_id)) if unit_id is not None else None


def _point(sent: ReportSent, files: Sequence[StoredMedia]) -> Point | None:
    """The point that was sent, else where a photo was taken."""
    if sent.point is not None:
        return from_crs(sent.point.lat, sent.point.lon, crs=sent.point.crs)
    return next((file.gps for file in files if file.gps is not None), None)


def _pinned(known: _Known, point: Point | None, env: Environment) -> _Known:
    if point is None:
        return known
    return replace(known, point=point, facts=replace(known.facts, point_unit=env.areas.locate(*point)))


def _open(
    session: Session,
    sent: ReportSent,
    known: _Known,
    triage: Triage,
    files: Sequence[StoredMedia],
    *,
    env: Environment,
    now: datetime,
    origin: str,
) -> Case:
    chat = session.get_one(Chat, known.chat_id) if known.chat_id is not None else None
    report = _report(session, sent, known, triage, files, now=now) if chat else None
    return open_case(
        session,
        text=sent.text,
        triage=triage,
        person=session.get_one(Person, known.person_id),
        chat=chat,
        env=env,
        now=now,
        origin=origin,
        report=report,
        # Before the case is told, so that the desk sees them and the place is taken from them.
        media=photos.attach(session, files) if report is None else (),
        source=sent.source,
        point=known.point,
    )


def _report(
    session: Session,
    sent: ReportSent,
    known: _Known,
    triage: Triage,
    files: Sequence[StoredMedia],
    *,
    now: datetime,
) -> Report:
    """The report behind the case, complete from the start: it keeps why the rules decided so."""
    report = Report(
        chat_id=known.chat_id,
        person_id=known.person_id,
        text=sent.text,
        opened_at=now,
        closes_at=now,
        due_at=now,
        closed_at=now,
        triage=triage.to_json(),
    )
    if known.point is not None:
        report.lat, report.lon = known.point
    session.add(report)
    session.flush()
    photos.attach(session, files, report_id=report.id)
    return report
