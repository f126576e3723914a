"""What other offices pass on (12345, letters, visits): taken in once by its number there, its clock running.

Whoever reported it there is known to nobody but by an audited look, as with any other report: their numbers
stand in the words, where they are masked, and their name in a row of their own.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.privacy.phones import are_phones, split_phones
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.errors import Archived, MissingNeed, NotAllowed
from handlers.intake.case_opening import BatchCase, SourceRecord, open_case
from handlers.intake.outside_reports import await_earlier, triage_report
from handlers.triage.types import Facts
from handlers.wording import sources as say
from handlers.wording.resident_page import with_phone
from models.case_archive import ArchivedCase
from models.cases import Case
from models.organisation import DESK, Person, Role, Unit
from models.written_times import parse_minute

_MOST_SOURCE, _MOST_NUMBER, _MOST_NAME, _MOST_URL = 20, 64, 40, 500
_URL = re.compile(r"https?://\S+")
_LONGEST_AGO = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class OutsideReport:
    """What a source says of one matter; "" where it does not."""

    record: SourceRecord
    text: str
    place: str = ""
    name: str = ""
    phone: str = ""
    """One number, or several with 、 between them."""


def find_faults(report: OutsideReport, *, now: datetime) -> Iterator[tuple[str, str]]:
    """What cannot be taken: the field, and why, in Chinese without a full stop."""
    record = report.record
    if record.name in {*say.NAMES, *say.NAMES.values()}:
        yield "source", say.OWN_SOURCE
    if len(record.name) > _MOST_SOURCE:
        yield "source", say.LONG_SOURCE
    if record.number is not None and len(record.number) > _MOST_NUMBER:
        yield "number", say.LONG_NUMBER
    if record.url and (len(record.url) > _MOST_URL or not _URL.fullmatch(record.url)):
        yield "url", say.WRONG_URL
    if len(report.name) > _MOST_NAME:
        yield "name", say.LONG_NAME
    if not are_phones(report.phone):
        yield "phone", say.WRONG_PHONE
    if record.received_at is not None and record.received_at > now:
        yield "received_at", say.FUTURE
    if record.received_at is not None and record.received_at < now - _LONGEST_AGO:
        yield "received_at", say.LONG_AGO


def check_report(report: OutsideReport, *, now: datetime) -> None:
    """Raises MissingNeed without source or words, and with the first fault."""
    if not report.record.name:
        raise MissingNeed(say.NO_SOURCE)
    if not report.text:
        raise MissingNeed(say.NO_TEXT)
    for _, fault in find_faults(report, now=now):
        raise MissingNeed(f"{fault}。")


def read_time(said: str, zone: ZoneInfo) -> datetime | None:
    """When the source received it, as a form or a command says; None for "". Raises MissingNeed."""
    if not said:
        return None
    moment = parse_minute(said, zone)
    if moment is None:
        raise MissingNeed(f"{say.WRONG_TIME}。")
    return moment


def find_by_number(session: Session, record: SourceRecord) -> Case | None:
    """The case of this number at this source; None where it has none yet. Raises Archived."""
    if record.number is None:
        return None
    known = Case.source == record.name, Case.external_number == record.number
    found = session.scalar(select(Case).where(*known, Case.external_number.is_not(None)))
    if found is None:
        _refuse_archived_number(session, record)
    return found


def _refuse_archived_number(session: Session, record: SourceRecord) -> None:
    """Raises Archived where the case of this number is in the archive: it is opened no second time."""
    known = ArchivedCase.source == record.name, ArchivedCase.external_number == record.number
    archived = select(ArchivedCase.number).where(*known, ArchivedCase.external_number.is_not(None))
    if session.scalar(archived.limit(1)) is not None:
        raise Archived(say.ARCHIVED)


def await_by_number(session: Session, record: SourceRecord) -> Case | None:
    """As `find_by_number`, in a transaction that writes: of two at once the second waits for the first."""
    if record.number is None:
        return None
    await_earlier(session, f"external:{record.name}:{record.number}")
    return find_by_number(session, record)


def may_register(person: Person) -> bool:
    """Whether this person enters what other offices pass on."""
    return person.role in DESK and not person.is_outside


def register(
    session: Session,
    asker: Asker,
    report: OutsideReport,
    env: Environment,
    *,
    origin: str,
    now: datetime,
    media: Sequence[int] = (),
) -> tuple[Case, bool]:
    """The case of a report that somebody at the desk enters, and whether it is new.

    Raises NotAllowed for others than the desk, and where the case of this number is none of theirs to read;
    MissingNeed for what cannot be taken. What is said repeats nothing of the report.
    """
    if asker.person is None or not may_register(asker.person):
        raise NotAllowed(say.DESK_ONLY)
    check_report(report, now=now)
    known = await_earlier(session, origin) or await_by_number(session, report.record)
    if known is not None:
        if asker.reading(session, known) is None:
            raise NotAllowed(say.NUMBER_TAKEN)
        return known, False
    opened = open_report(session, report, env, desk=asker.unit(session), origin=origin, now=now, media=media)
    return opened, True


def open_report(
    session: Session,
    report: OutsideReport,
    env: Environment,
    *,
    desk: Unit | None,
    origin: str | None,
    now: datetime,
    media: Sequence[int] = (),
    batch: list[BatchCase] | None = None,
    lead: Unit | None = None,
) -> Case:
    """Open the case of what a source passed on. The caller has made sure that its number is new.

    `desk`: the unit that took it in, where it lies as long as no place says otherwise; `media`: ids of files;
    `batch`, `lead`: as in `open_case`.
    """
    person = build_reporter(report.name, desk)
    session.add(person)
    session.flush()
    said = report.text if report.place in report.text else f"{report.place}，{report.text}"
    code = desk.code if desk is not None else None
    facts = Facts(
        chat_unit=code, sender_unit=code, sender_role=Role.RESIDENT, addressed=True, has_media=bool(media)
    )
    return open_case(
        session,
        text=write_words(said, report.phone),
        triage=triage_report(env, said, facts),
        person=person,
        chat=None,
        env=env,
        now=now,
        origin=origin,
        media=media,
        source=report.record,
        area_id=desk.id if desk is not None else None,
        batch=batch,
        lead=lead,
    )


def build_reporter(name: str, unit: Unit | None) -> Person:
    """Somebody new whom the source alone knows, not stored yet; `unit`: which took them in."""
    unit_id = unit.id if unit is not None else None
    return Person(code=f"outside:{secrets.token_hex(16)}", name=name, role=Role.RESIDENT, unit_id=unit_id)


def write_words(said: str, phone: str) -> str:
    """The words with the numbers to call, each said so that it is masked for all who may not see it."""
    for one in split_phones(phone):
        said = with_phone(said, one)
    return said
