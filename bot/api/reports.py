"""Reports taken by another system: triaged and opened as cases like reports from a group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api import photos
from bot.api.bodies import ContactField, ReportRequest
from bot.api.context import Context
from bot.api.grants import Grant
from bot.api.people import find_person
from bot.api.problems import FieldError, InvalidRequest
from bot.media import StoredMedia, store_words
from handlers.environment.areas import Point, from_crs
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.intake.case_opening import SourceRecord, open_case
from handlers.intake.outside_reports import await_earlier, find_earlier, triage_report
from handlers.intake.sources.other_sources import (
    OutsideReport,
    await_by_number,
    build_reporter,
    find_by_number,
    find_faults,
    write_words,
)
from handlers.triage.types import Facts, Triage
from models.cases import Case
from models.messages import cut_words
from models.organisation import REPORTING, Chat, Person, Unit
from models.reports import Report


@dataclass(frozen=True, slots=True)
class _ReportOrigin:
    """Who reported and where, as the database knows it; `point` is latitude and longitude, WGS-84."""

    person: int | Person
    """Id, or a row that is stored together with the case."""
    chat_id: int | None
    facts: Facts
    point: Point | None = None


def receive_report(
    context: Context, request: ReportRequest, grant: Grant, *, origin: str, stranger: Person | None = None
) -> str:
    """Open a case for the report and commit it; the number of the case.

    `stranger`: who reports it, where nobody on file does. A second report with the same `origin` opens
    nothing and returns the first one's number. Raises InvalidRequest where the reporter or the chat is
    unknown, or a photo cannot be used.
    """
    env = context.env()
    record = SourceRecord(request.source, request.external_number, request.source_url, request.received_at)
    with context.database.read() as session:
        earlier = find_earlier(session, origin) or _find_numbered(session, record, grant)
        if earlier is not None:
            return earlier.number
        _check_record(request, record, now=context.clock())
        if request.contact is not None:
            stranger = _build_stranger(session, request.contact, grant)
        known = _find_report_origin(session, request, grant, stranger)
    files = photos.store_photos(request.photos, settings=context.settings.media, zone=env.zone)
    words, rest = cut_words(request.text)
    if rest:
        files.append(store_words(rest, folder=context.settings.media.folder))
        request = request.model_copy(update={"text": words})
    known = _add_point(known, _choose_point(request, files), env)
    triage = triage_report(env, request.text, known.facts, urgent=request.urgent)
    with context.database.write() as session:
        earlier = await_earlier(session, origin) or await_by_number(session, record)
        if earlier is not None:
            return earlier.number
        case = _open_case(
            session, request, known, triage, files, record=record, env=env, now=context.clock(), origin=origin
        )
    context.wake()
    return case.number


def _find_report_origin(
    session: Session, request: ReportRequest, grant: Grant, stranger: Person | None
) -> _ReportOrigin:
    person = stranger or _find_reporter(session, request)
    grant.require_person(session, person)
    chat = _find_chat(session, request.chat) if request.chat else None
    if chat is not None:
        grant.require_chat(session, chat)
    chat_unit_id = chat.unit_id if chat and chat.use in REPORTING else None
    facts = Facts(
        chat_unit=_find_unit_code(session, chat_unit_id),
        sender_unit=_find_unit_code(session, person.unit_id),
        sender_role=person.role,
        addressed=True,
        has_media=bool(request.photos),
    )
    return _ReportOrigin(stranger or person.id, chat.id if chat else None, facts)


def _find_numbered(session: Session, record: SourceRecord, grant: Grant) -> Case | None:
    """The case that has this number at its source. Raises NotFound where it is none of the token's."""
    found = find_by_number(session, record)
    if found is not None:
        grant.require_case(session, found)
    return found


def _phone_of(request: ReportRequest) -> str:
    return request.contact.phone or "" if request.contact is not None else ""


_PATHS = {
    "number": "external_number",
    "url": "source_url",
    "received_at": "received_at",
    "name": "contact.name",
    "phone": "contact.phone",
}
"""Where in the body each thing stands that a source says."""


def _check_record(request: ReportRequest, record: SourceRecord, *, now: datetime) -> None:
    """Raises InvalidRequest for what no source says so, such as a number that nobody could be called by."""
    name = request.contact.name or "" if request.contact is not None else ""
    report = OutsideReport(record, request.text, name=name, phone=_phone_of(request))
    faults = [
        FieldError(path=f"body.{_PATHS[field]}", problem=why)
        for field, why in find_faults(report, now=now)
        if field in _PATHS
    ]
    if faults:
        raise InvalidRequest(*faults)


def _build_stranger(session: Session, contact: ContactField, grant: Grant) -> Person:
    """Somebody whom no roster knows, living in the area of the token as far as that is said."""
    code = next(iter(grant.token.units), None)
    return build_reporter(contact.name or "", find_unit(session, code) if code is not None else None)


def _find_reporter(session: Session, request: ReportRequest) -> Person:
    if request.reporter is None:
        raise InvalidRequest(FieldError(path="body.reporter", problem="缺少这一项"))
    return find_person(session, request.reporter, path="body.reporter")


def _find_chat(session: Session, code: str) -> Chat:
    chat = session.scalar(select(Chat).where(Chat.code == code))
    if chat is None:
        raise InvalidRequest(FieldError(path="body.chat", problem=f"没有代码为 {code} 的群"))
    return chat


def _find_unit_code(session: Session, unit_id: int | None) -> str | None:
    return session.scalar(select(Unit.code).where(Unit.id == unit_id)) if unit_id is not None else None


def _choose_point(request: ReportRequest, files: Sequence[StoredMedia]) -> Point | None:
    """Latitude and longitude (WGS-84) from the request, else from the first photo that has a position."""
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
    record: SourceRecord,
    env: Environment,
    now: datetime,
    origin: str,
) -> Case:
    chat = session.get_one(Chat, known.chat_id) if known.chat_id is not None else None
    report = _add_report(session, request, known, triage, files, env=env, now=now) if chat else None
    return open_case(
        session,
        text=write_words(request.text, _phone_of(request)),
        triage=triage,
        person=_load_reporter(session, known),
        chat=chat,
        env=env,
        now=now,
        origin=origin,
        report=report,
        # Before the desk is notified, so that it sees the photos and the place is taken from their position.
        media=photos.add_media_rows(session, files, env=env, now=now) if report is None else (),
        source=record,
        point=known.point,
    )


def _load_reporter(session: Session, known: _ReportOrigin) -> Person:
    if not isinstance(known.person, Person):
        return session.get_one(Person, known.person)
    session.add(known.person)
    session.flush()
    return known.person


def _add_report(
    session: Session,
    request: ReportRequest,
    known: _ReportOrigin,
    triage: Triage,
    files: Sequence[StoredMedia],
    *,
    env: Environment,
    now: datetime,
) -> Report:
    """The report row behind the case. It is closed from the start and keeps the reasons of the triage."""
    report = Report(
        chat_id=known.chat_id,
        person_id=_load_reporter(session, known).id,
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
    photos.add_media_rows(session, files, env=env, now=now, report_id=report.id)
    return report
