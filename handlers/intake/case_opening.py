"""Opening a case: its number, what the rules made of it, and the first thing everybody hears."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers import acts
from handlers.acts.effects import ActInput, ActContext
from handlers.cases import event_log
from handlers.cases.actors import PROGRAM, Actor
from handlers.clocks import case_clocks
from handlers.environment.session_cache import remembered
from handlers.environment.snapshot import Environment
from handlers.intake import duplicates
from handlers.notifications import audience_rules
from handlers.triage.types import Triage
from models import deferred_insert
from models.cases import Case, Event, count
from models.clocks import ClockRow
from models.organisation import Chat, Person, Unit
from models.reports import Media, Message, Report
from models.workflow import ACTS, Audience, Status

_CONFIDENT = 0.8
"""Share of the score that the class must have before `auto_dispatch: confident` trusts it."""


def open_case(
    session: Session,
    *,
    text: str,
    triage: Triage,
    person: Person,
    chat: Chat | None,
    office: Environment,
    now: datetime,
    origin: str | None,
    report: Report | None = None,
    media: Sequence[int] = (),
    source: str = "chat",
    inbox_id: int | None = None,
    point: tuple[float, float] | None = None,
) -> Case:
    """Open a tracked case for one person's one problem, and say so.

    Its files are those of the report; `media` are files of one that has no report, having no chat. A
    report that is not stored yet came with nothing but words; it is stored with the case.
    """
    case = _drafted(session, text, triage, chat, office, now=now)
    case.reporter_id, case.source = person.id, source
    files = _files(session, report, media)
    if found := _point(report, files) or point:
        case.lat, case.lon = found
    link = duplicates.find(session, case, files, office=office, now=now)
    goes_to = _goes_by_itself(session, case, triage, office) if link.same is None else None
    quiet_to = (Audience.DUTY,) if goes_to else link.quiet_to
    opening = ActContext(
        session, ACTS["report"], case, Actor(person), ActInput(parent=link.maybe), office, now,
        origin=origin, inbox_id=inbox_id, quiet_to=frozenset(quiet_to), words_only=not files,
    )  # fmt: skip
    audience_rules.tell(opening, _stored(opening, report, files))
    if link.same is not None:
        duplicates.join(session, case, link, office=office, now=now, inbox_id=inbox_id)
    elif goes_to is not None:
        given = ActInput(unit=goes_to, parent=link.maybe)
        acts.perform(session, "assign", case, PROGRAM, given, office=office, now=now, opening=opening)
    return case


def _stored(opening: ActContext, report: Report | None, files: Sequence[Media]) -> Event:
    """The case with its first event, its clocks, and what it was told by."""
    session, case = opening.session, opening.case
    clocks = case_clocks.opening(opening)
    event = event_log.opened(
        session, case, opening.actor, text=case.text, now=opening.now, origin=opening.origin
    )
    for clock in clocks:
        clock.case_id = case.id
    deferred_insert.later(session, ClockRow, *map(deferred_insert.row, clocks))
    if report is not None:
        _adopt(session, case, report)
    for file in files:
        file.case_id, file.role = case.id, "before"
    return event


def _drafted(
    session: Session, text: str, triage: Triage, chat: Chat | None, office: Environment, *, now: datetime
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
        risk=triage.risk,
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


def _number(session: Session, office: Environment, now: datetime) -> str:
    """`WG261121-0031`: prefix, local date, serial of the day; never used twice."""
    day = f"{office.case_prefix}{office.local(now):%y%m%d}"
    return f"{day}-{count(session, f'case:{day}'):04d}"


def _unit_id(session: Session, code: str | None) -> int | None:
    if not code:
        return None
    return remembered(
        session, ("unit", code), lambda: session.scalar(select(Unit.id).where(Unit.code == code))
    )


def _files(session: Session, report: Report | None, media: Sequence[int]) -> list[Media]:
    stored = report is not None and report in session
    if not stored and not media:
        return []
    mine = Media.report_id == report.id if report is not None else Media.id.in_(media)
    return list(session.scalars(select(Media).where(mine).order_by(Media.id)))


def _point(report: Report | None, files: Sequence[Media]) -> tuple[float, float] | None:
    """Where it is: the point that was sent, else where a photo was taken."""
    for each in (report, *files):
        if each is not None and each.lat is not None and each.lon is not None:
            return each.lat, each.lon
    return None


def _adopt(session: Session, case: Case, report: Report) -> None:
    """The report is the case's from now on, with the messages it has."""
    report.case_id = case.id
    if report not in session:
        deferred_insert.store(session, report)
        return
    # Nobody holds these rows, so none in memory need be changed along with them.
    session.execute(
        update(Message).where(Message.report_id == report.id).values(case_id=case.id),
        execution_options={"synchronize_session": False},
    )


def _goes_by_itself(session: Session, case: Case, triage: Triage, office: Environment) -> Unit | None:
    """The unit that gets it without the desk, where the settings let it go.

    The desk's card then waits until it can say to whom the case went.
    """
    match office.auto_dispatch:
        case "urgent":
            goes = triage.urgent
        case "confident":
            goes = triage.urgent or triage.confidence >= _CONFIDENT
        case _:
            goes = False
    return session.get(Unit, case.suggested_unit_id) if goes and case.suggested_unit_id else None
