"""Opening a case: its number, what the rules made of it, and the first thing everybody hears."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers import acts, announce, ledger, linking, timing
from handlers.actors import PROGRAM, Actor
from handlers.effects import Given, Scene
from handlers.office import Office
from handlers.triage.result import Triage
from models.cases import Case, count
from models.organisation import Chat, Person, Unit
from models.reports import Media, Message, Report
from models.workflow import ACTS, Status

_CONFIDENT = 0.8
"""Share of the score that the class must have before `auto_dispatch: confident` trusts it."""


def open_case(
    session: Session,
    *,
    text: str,
    triage: Triage,
    person: Person,
    chat: Chat | None,
    office: Office,
    now: datetime,
    origin: str | None,
    report: Report | None = None,
    source: str = "chat",
    inbox_id: int | None = None,
) -> Case:
    """Open a tracked case for one person's one problem, and say so."""
    case = _drafted(session, text, triage, chat, office, now=now)
    case.reporter_id, case.source = person.id, source
    files = _files(session, report) if report is not None else []
    _locate(case, files)
    link = linking.find(session, case, files, office=office, now=now)
    event = ledger.opened(session, case, Actor(person), text=text, now=now, origin=origin)
    if report is not None:
        _adopt(session, case, report, files)
    opening = Scene(
        session, ACTS["report"], case, Actor(person), Given(parent=link.maybe), office, now,
        origin=origin, inbox_id=inbox_id, quiet_to=frozenset(link.quiet_to),
    )  # fmt: skip
    timing.settle(opening, event)
    announce.tell(opening, event)
    if link.same is not None:
        linking.join(session, case, link, office=office, now=now, inbox_id=inbox_id)
    elif _goes_by_itself(office, triage) and case.suggested_unit_id is not None:
        unit = session.get_one(Unit, case.suggested_unit_id)
        acts.perform(session, "assign", case, PROGRAM, Given(unit=unit), office=office, now=now)
    return case


def _drafted(
    session: Session, text: str, triage: Triage, chat: Chat | None, office: Office, *, now: datetime
) -> Case:
    """The row as the rules see it."""
    number = _number(session, office, now)
    place = triage.place
    return Case(
        number=number,
        tail=number[-4:],
        status=Status.NEW,
        version=0,
        class_id=triage.class_id,
        nature=triage.nature,
        text=text,
        place=place.text if place else "",
        area_id=_unit_id(session, place.unit if place else None) or (chat.unit_id if chat else None),
        suggested_unit_id=_unit_id(session, triage.unit),
        chat_id=chat.id if chat else None,
        urgent=triage.urgent,
        restricted=triage.secret,
        in_grid=False,
        returns=0,
        reworks=0,
        reopenings=0,
        nudges=0,
        opened_at=now,
        due_at=None,
        rules_version=triage.rules_version,
    )


def _number(session: Session, office: Office, now: datetime) -> str:
    """`WG261121-0031`: prefix, local date, serial of the day; never used twice."""
    day = f"{office.case_prefix}{office.local(now):%y%m%d}"
    return f"{day}-{count(session, f'case:{day}'):04d}"


def _unit_id(session: Session, code: str | None) -> int | None:
    return session.scalar(select(Unit.id).where(Unit.code == code)) if code else None


def _files(session: Session, report: Report) -> list[Media]:
    return list(session.scalars(select(Media).where(Media.report_id == report.id).order_by(Media.id)))


def _locate(case: Case, files: Sequence[Media]) -> None:
    """A photo that knows where it was taken tells where the case is."""
    point = next(((file.lat, file.lon) for file in files if file.lat is not None), None)
    if point is not None:
        case.lat, case.lon = point


def _adopt(session: Session, case: Case, report: Report, files: Sequence[Media]) -> None:
    """The report's messages and files are the case's from now on."""
    report.case_id = case.id
    # Nobody holds these rows, so none in memory need be changed along with them.
    session.execute(
        update(Message).where(Message.report_id == report.id).values(case_id=case.id),
        execution_options={"synchronize_session": False},
    )
    for file in files:
        file.case_id, file.role = case.id, "before"


def _goes_by_itself(office: Office, triage: Triage) -> bool:
    match office.auto_dispatch:
        case "urgent":
            return triage.urgent
        case "confident":
            return triage.urgent or triage.confidence >= _CONFIDENT
        case _:
            return False
