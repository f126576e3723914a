"""A report that another system took: understood and opened like one from a group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.api import photos
from bot.api.bodies import ReportRequest
from bot.api.context import Context
from bot.api.people import find_person
from bot.api.problems import FieldError, InvalidRequest
from bot.media import StoredMedia
from handlers.environment.areas import Point, from_crs
from handlers.environment.snapshot import Environment
from handlers.intake.case_opening import open_case
from handlers.triage.types import Facts, Triage
from models.cases import Case, Event
from models.organisation import Chat, ChatUse, Person, Unit
from models.reports import Report


@dataclass(frozen=True, slots=True)
class _ReportOrigin:
    """Who and where, as the database knows them."""

    person_id: int
    chat_id: int | None
    facts: Facts
    point: Point | None = None


def receive_report(context: Context, request: ReportRequest, *, origin: str) -> str:
    """Open a case and commit it; its number. A repeated origin answers the first case's."""
    env = context.env()
    with context.database.read() as session:
        number = _find_earlier_number(session, origin)
        if number is not None:
            return number
        known = _find_report_origin(session, request)
    files = photos.store_photos(request.photos, settings=context.settings.media, zone=env.zone)
    known = _add_point(known, _choose_point(request, files), env)
    triage = triage_report(env, request, known.facts)
    with context.database.write() as session:
        if not context.database.sqlite:
            # Two requests with one key at the same moment: the second waits here for the first.
            session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(origin, 0))))
        number = _find_earlier_number(session, origin)
        if number is not None:
            return number
        case = _open_case(session, request, known, triage, files, env=env, now=context.clock(), origin=origin)
    context.wake()
    return case.number


def triage_report(env: Environment, request: ReportRequest, facts: Facts) -> Triage:
    """What the rules make of it. Words they call no report are one all the same: somebody took it as such."""
    triage = env.classifier.triage(request.text, facts=facts)
    if not triage.report:
        other = env.fallback_class
        triage = replace(
            triage,
            report=True,
            kind="report",
            class_id=other.id,
            nature=other.nature,
            unit=None,
            urgent=False,
        )
    return replace(triage, urgent=triage.urgent or request.urgent)


def _find_earlier_number(session: Session, origin: str) -> str | None:
    return session.scalar(
        select(Case.number).join(Event).where(Event.act == "report", Event.origin == origin)
    )


def _find_report_origin(session: Session, request: ReportRequest) -> _ReportOrigin:
    person = find_person(session, request.reporter, path="body.reporter")
    chat = _find_chat(session, request.chat) if request.chat else None
    heard = chat.unit_id if chat and chat.use in (ChatUse.INTAKE, ChatUse.RESIDENTS) else None
    facts = Facts(
        chat_unit=_find_unit_code(session, heard),
        sender_unit=_find_unit_code(session, person.unit_id),
        sender_role=person.role,
        addressed=True,
        has_media=bool(request.photos),
    )
    return _ReportOrigin(person.id, chat.id if chat else None, facts)


def _find_chat(session: Session, code: str) -> Chat:
    chat = session.scalar(select(Chat).where(Chat.code == code))
    if chat is None:
        raise InvalidRequest(FieldError(path="body.chat", problem=f"没有代码为 {code} 的群"))
    return chat


def _find_unit_code(session: Session, unit_id: int | None) -> str | None:
    return session.scalar(select(Unit.code).where(Unit.id == unit_id)) if unit_id is not None else None


def _choose_point(request: ReportRequest, files: Sequence[StoredMedia]) -> Point | None:
    """The point that was sent, else where a photo was taken."""
    if request.point is not None:
        return from_crs(request.point.lat, request.point.lon, crs=request.point.crs)
    return next((file.gps for file in files if file.gps is not None), None)


def _add_point(known: _ReportOrigin, point: Point | None, env: Environment) -> _ReportOrigin:
    if point is None:
        return known
    return replace(known, point=point, facts=replace(known.facts, point_unit=env.areas.locate(*point)))


def _open_case(
    session: Session,
    request: ReportRequest,
    known: _ReportOrigin,
    triage: Triage,
    files: Sequence[StoredMedia],
    *,
    env: Environment,
    now: datetime,
    origin: str,
) -> Case:
    chat = session.get_one(Chat, known.chat_id) if known.chat_id is not None else None
    report = _add_report(session, request, known, triage, files, now=now) if chat else None
    return open_case(
        session,
        text=request.text,
        triage=triage,
        person=session.get_one(Person, known.person_id),
        chat=chat,
        env=env,
        now=now,
        origin=origin,
        report=report,
        # Before the case is told, so that the desk sees them and the place is taken from them.
        media=photos.add_media_rows(session, files) if report is None else (),
        source=request.source,
        point=known.point,
    )


def _add_report(
    session: Session,
    request: ReportRequest,
    known: _ReportOrigin,
    triage: Triage,
    files: Sequence[StoredMedia],
    *,
    now: datetime,
) -> Report:
    """The report behind the case, complete from the start: it keeps why the rules decided so."""
    report = Report(
        chat_id=known.chat_id,
        person_id=known.person_id,
        text=request.text,
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
    photos.add_media_rows(session, files, report_id=report.id)
    return report
