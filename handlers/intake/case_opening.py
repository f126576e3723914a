"""Opening a case: its number, what the rules made of the report, and the first notifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import event_log
from handlers.cases.actors import PROGRAM, Actor
from handlers.cases.assignments import live_shares
from handlers.cases.context import ActContext, ActInput
from handlers.cases.secrecy import accused
from handlers.clocks import case_clocks
from handlers.environment import first_units
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_units
from handlers.intake import duplicates, group_cases, incidents, spots
from handlers.intake.duplicates import DuplicateLink
from handlers.triage.types import Place, Triage
from handlers.triage.unit_directory import FINE_KINDS
from handlers.wording import topics
from models import case_numbers, deferred_insert
from models.cases import ASSIST, IN_CHAT, Case, Event
from models.organisation import Chat, Person, Unit
from models.reports import Media, Message, Report
from models.workflow import ACTS, Audience, Status


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where a report came from, and what it is there."""

    name: str
    number: str | None = None
    url: str | None = None
    received_at: datetime | None = None
    """When it was received there, aware; None: it is received now."""


FROM_CHAT = SourceRecord(IN_CHAT)


@dataclass(frozen=True, slots=True)
class BatchCase:
    """One of many cases that are opened at once."""

    case: Case
    maybe: Case | None
    """The earlier case that may be the same matter."""
    is_listed: bool
    """Told of in a list with the others; else, a danger or restricted, it was announced as any case."""


def open_case(
    session: Session,
    *,
    text: str,
    triage: Triage,
    person: Person,
    chat: Chat | None,
    env: Environment,
    now: datetime,
    origin: str | None,
    report: Report | None = None,
    media: Sequence[int] = (),
    source: SourceRecord = FROM_CHAT,
    inbox_id: int | None = None,
    point: tuple[float, float] | None = None,
    asks_place: bool = False,
    supposes_place: bool = False,
    area_id: int | None = None,
    same: Case | None = None,
    batch: list[BatchCase] | None = None,
    lead: Unit | None = None,
) -> Case:
    """Open a case for one person's one problem, with its clocks and notifications; returns it.

    `text` and `triage`: the words and what the rules made of them; `origin`: the cause, under which one case
    is opened; `point`: latitude and longitude in WGS-84; `asks_place`: the receipt asks where;
    `supposes_place`: it says that nobody told; `area_id`: of the unit it lies in where neither words nor
    chat say so; `same`: the case that this is a report of, where that is known; `batch`: one of many that are
    told of together: it is added there, and who would hear of it hears of them by a list; `lead`: the unit
    that its source gives it to, unless the rules of a danger say another. The case's files are those of the
    report; `media` (ids) are files of a case without a report, which came from no chat. A report that is
    not stored yet came with nothing but words; it is stored with the case.
    """
    case = _draft_case(session, text, triage, chat, env, now=now)
    case.reporter_id = person.id
    _write_source(case, source)
    case.area_id = case.area_id or area_id
    files = _load_files(session, report, media)
    if found := _find_point(report, files) or point:
        case.lat, case.lon = found
    link = _find_link(session, case, files, env, same=same, now=now)
    first = _FirstUnits() if link.same else _find_first_units(session, case, triage, chat, lead, env)
    is_listed = batch is not None and not (case.urgent or case.restricted)
    quiet_to = (Audience.DUTY,) if first.lead or is_listed else link.skip_audiences
    opening = ActContext(
        session, ACTS["report"], case, Actor(person),
        ActInput(
            parent=link.maybe, anonymous=triage.anonymous, asks_place=asks_place,
            supposes_place=supposes_place,
            units=first.rescuers if env.auto_dispatch == "never" else (),
        ), env, now,
        event_number=1, origin=origin, inbox_id=inbox_id, skip_audiences=frozenset(quiet_to),
        words_only=not files,
    )  # fmt: skip
    acts.announce(opening, _store_case(opening, report, files))
    if chat is not None:
        group_cases.note_opened(session, chat, case)
    if link.same is not None:
        duplicates.join_duplicate(
            session, case, link, env=env, now=now, inbox_id=inbox_id, anonymous=triage.anonymous
        )
    _send_to_units(opening, first, is_listed=is_listed)
    case_clocks.store_opened(session, case)
    if batch is not None:
        batch.append(BatchCase(case, link.maybe, is_listed=is_listed))
    return case


@dataclass(frozen=True, slots=True)
class _FirstUnits:
    """Who gets a case as it is opened, without anybody's order."""

    lead: Unit | None = None
    rescuers: tuple[Unit, ...] = ()
    """Called besides, whoever has the case."""


def _find_first_units(
    session: Session, case: Case, triage: Triage, chat: Chat | None, lead: Unit | None, env: Environment
) -> _FirstUnits:
    """`lead`: whom its source gives it to, where the rules give it to nobody."""
    goes_to = first_units.find_lead(session, case, triage, env) or lead
    return _FirstUnits(goes_to, tuple(first_units.find_rescuers(session, case, chat, goes_to, env)))


def _send_to_units(opening: ActContext, first: _FirstUnits, *, is_listed: bool) -> None:
    """Dispatch the case that was just opened to its first unit and call those who save people."""
    session, case, env = opening.session, opening.case, opening.env
    if first.lead is not None:
        act_input = ActInput(unit=first.lead, parent=opening.input.parent)
        acts.perform(
            session, "assign", case, PROGRAM, act_input, env=env, now=opening.now, opening=opening,
            skip_audiences=(Audience.HANDLING,) if is_listed else (),
        )  # fmt: skip
    if env.auto_dispatch == "never":
        return
    # Whom the rules call together with the first unit came with it.
    here = {share.unit_id for share in live_shares(session, case, ASSIST)} if first.rescuers else set()
    called = tuple(unit for unit in first.rescuers if unit.id not in here)
    if called:
        act_input = ActInput(units=called)
        acts.perform(session, "whistle", case, PROGRAM, act_input, env=env, now=opening.now, opening=opening)


def _write_source(case: Case, source: SourceRecord) -> None:
    """Where the case came from; its time counts from when it was received there."""
    case.source, case.external_number, case.source_url = source.name, source.number, source.url
    case.opened_at = source.received_at or case.opened_at


def _find_link(
    session: Session,
    case: Case,
    files: Sequence[Media],
    env: Environment,
    *,
    same: Case | None,
    now: datetime,
) -> DuplicateLink:
    """The earlier case of the same incident, else the one that this case repeats or may repeat.

    `same`: the case that it is known to be a report of.
    """
    if same is None:
        same = incidents.find_incident(session, case, now=now)
    if same is not None:
        return DuplicateLink(same=same, why=topics.SAME_INCIDENT)
    return duplicates.find_duplicate(session, case, files, env=env, now=now)


def _store_case(opening: ActContext, report: Report | None, files: Sequence[Media]) -> Event:
    """Store the case with its first event, its clocks, its report and its files; returns the event."""
    session, case = opening.session, opening.case
    clocks = case_clocks.open_clocks(opening)
    event = event_log.write_opening(
        session, opening.act, case, opening.actor, text=case.text, now=opening.now, origin=opening.origin
    )
    case_clocks.keep_opened(opening, clocks)
    if case.restricted:
        accused.settle_readers(session, case, case.text, opening.env)
    if report is not None:
        _adopt_report(session, case, report)
    for file in files:
        file.case_id, file.role = case.id, "before"
    return event


def _name_place(session: Session, place: Place | None, chat: Chat | None) -> str:
    unit = session.get(Unit, chat.unit_id) if chat is not None and chat.unit_id is not None else None
    known = unit.places if unit is not None and unit.kind in FINE_KINDS else ()
    return spots.name_estate(place.name, known) if place is not None else ""


def _draft_case(
    session: Session, text: str, triage: Triage, chat: Chat | None, env: Environment, *, now: datetime
) -> Case:
    """The case's row as the rules classify it, not stored yet."""
    number = _next_number(session, env, now)
    place = triage.place
    return Case(
        number=number,
        tail=case_numbers.serial_of(number),
        status=Status.NEW,
        version=0,
        class_id=triage.class_id,
        nature=triage.nature,
        text=text,
        place=_name_place(session, place, chat),
        area_id=_find_unit_id(session, place.unit if place else None) or (chat.unit_id if chat else None),
        suggested_unit_id=_find_unit_id(session, triage.unit),
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


def _next_number(session: Session, env: Environment, now: datetime) -> str:
    """`WG261121-0031`: prefix, local date, serial of the year; never used twice."""
    day = env.local(now)
    serial = case_numbers.next_serial(session, day.year)
    return case_numbers.format_number(env.case_prefix, f"{day:%y%m%d}", serial)


def _find_unit_id(session: Session, code: str | None) -> int | None:
    # The unit, and not its id alone: its name is asked for before long.
    found = find_units(session, [code]) if code else ()
    return found[0].id if found else None


def _load_files(session: Session, report: Report | None, media: Sequence[int]) -> list[Media]:
    stored = report is not None and report in session
    if not stored and not media:
        return []
    mine = Media.report_id == report.id if report is not None else Media.id.in_(media)
    return list(session.scalars(select(Media).where(mine).order_by(Media.id)))


def _find_point(report: Report | None, files: Sequence[Media]) -> tuple[float, float] | None:
    """Where the problem is: the point that was sent, else where a photo was taken (WGS-84)."""
    for each in (report, *files):
        if each is not None and each.lat is not None and each.lon is not None:
            return each.lat, each.lon
    return None


def _adopt_report(session: Session, case: Case, report: Report) -> None:
    """Attach the report and its messages to the case."""
    report.case_id = case.id
    if report not in session:
        deferred_insert.insert_now(session, report)
        return
    # No object in memory stands for these rows, so the session need not be brought in step with them.
    session.execute(
        update(Message).where(Message.report_id == report.id).values(case_id=case.id),
        execution_options={"synchronize_session": False},
    )
