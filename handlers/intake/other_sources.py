"""What other offices pass on (12345, letters, visits): taken in once by its number there, its clock running.

Whoever reported it there is known to nobody but by an audited look, as with any other report: their numbers
stand in the words, where they are masked, and their name in a row of their own.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.errors import MissingNeed
from handlers.intake.case_opening import OpenedCase, SourceRecord, open_case
from handlers.intake.outside_reports import await_earlier, triage_report
from handlers.triage.types import Facts
from handlers.wording import sources as say
from handlers.wording.resident_page import with_phone
from models.cases import Case
from models.organisation import Person, Role, Unit

_MOST_SOURCE, _MOST_NUMBER, _MOST_NAME, _MOST_URL = 20, 64, 40, 500
_PHONE = re.compile(r"\+?[\d*][\d* ()（）-]{5,20}[\d*]")
"""Some sources hide digits themselves: 138****5678."""
_BETWEEN_PHONES = re.compile(r"[、,，;；/\s]\s{0,3}(?=[+\d*]{3})")
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
    if not all(map(_PHONE.fullmatch, split_phones(report.phone))):
        yield "phone", say.WRONG_PHONE
    if record.received_at is not None and record.received_at > now:
        yield "received_at", say.FUTURE
    if record.received_at is not None and record.received_at < now - _LONGEST_AGO:
        yield "received_at", say.LONG_AGO


def check_report(report: OutsideReport, *, now: datetime) -> None:
    """Raises MissingNeed with the first fault, which repeats nothing of what was given."""
    for _, fault in find_faults(report, now=now):
        raise MissingNeed(f"{fault}。")


def split_phones(phone: str) -> Sequence[str]:
    """The numbers in a cell: `13800000000、0513-82345678`."""
    return [part for part in _BETWEEN_PHONES.split(phone) if part]


def find_by_number(session: Session, record: SourceRecord) -> Case | None:
    """The case of this number at this source; None where it has none yet."""
    if record.number is None:
        return None
    known = Case.source == record.name, Case.external_number == record.number
    return session.scalar(select(Case).where(*known, Case.external_number.is_not(None)))


def await_by_number(session: Session, record: SourceRecord) -> Case | None:
    """As `find_by_number`, in a transaction that writes: of two at once the second waits for the first."""
    if record.number is None:
        return None
    await_earlier(session, f"external:{record.name}:{record.number}")
    return find_by_number(session, record)


def open_report(
    session: Session,
    report: OutsideReport,
    env: Environment,
    *,
    desk: Unit | None,
    origin: str | None,
    now: datetime,
    media: Sequence[int] = (),
    batch: list[OpenedCase] | None = None,
) -> Case:
    """Open the case of what a source passed on. The caller has made sure that its number is new.

    `desk`: the unit that took it in, where it lies as long as no place says otherwise; `media`: ids of files;
    `batch`: as in `open_case`.
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
