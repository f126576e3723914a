"""Reports by the form on the page of a unit, for who has no chat. Nobody knows who sends them.

Counted by network address and by unit; never dispatched by the program but for danger (`first_units`).
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.errors import NotFound, TooMany
from handlers.intake.case_opening import SourceRecord, open_case
from handlers.intake.outside_reports import triage_report
from handlers.triage.types import Facts
from handlers.wording import resident_page as say
from models.case_links import COUNTED_WITHIN, PageReport
from models.cases import BY_PAGE, Case
from models.organisation import TERRITORIAL, Person, Role, Unit
from models.reports import Media

_WITHIN = timedelta(hours=1)
_MOST_OF_ADDRESS, _MOST_OF_ADDRESS_A_DAY, _MOST_OF_UNIT = 10, 30, 60
"""Forms that are taken: of an address in an hour and in a day, and for a unit in an hour."""
_NETWORK = 64
"""Bits by which an address of IPv6 is known: a household has all that begin with them."""


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What somebody wrote; `phone` is "" or digits."""

    text: str
    place: str = ""
    phone: str = ""
    media: Sequence[int] = ()
    """Ids of the photos' rows."""


def find_unit(session: Session, code: str) -> Unit:
    """The area whose code stands on the poster. Raises NotFound: offices have no such page."""
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None or unit.kind not in TERRITORIAL:
        raise NotFound(say.NO_SUCH_PAGE)
    return unit


def check_limits(session: Session, unit: Unit, address: str, *, now: datetime) -> None:
    """Raises TooMany where too much has come from this network address, or for this unit."""
    of_address, of_unit = PageReport.address == hash_address(address, now), PageReport.unit_id == unit.id
    counts = (
        (_count(session, of_address, now - _WITHIN), _MOST_OF_ADDRESS),
        (_count(session, of_address, now - COUNTED_WITHIN), _MOST_OF_ADDRESS_A_DAY),
        (_count(session, of_unit, now - _WITHIN), _MOST_OF_UNIT),
    )
    if any(count >= most for count, most in counts):
        raise TooMany(say.TOO_MANY_REPORTS)


def _count(session: Session, which: ColumnElement[bool], since: datetime) -> int:
    return session.scalar(select(func.count()).where(which, PageReport.at > since)) or 0


def hash_address(address: str, now: datetime) -> str:
    """By what an address is counted: it cannot be read back easily, and is another tomorrow."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return hashlib.sha256(f"{now:%Y%m%d} {address}".encode()).hexdigest()
    if known.version == 6:
        known = ipaddress.ip_network((known, _NETWORK), strict=False).network_address
    return hashlib.sha256(f"{now:%Y%m%d} {known}".encode()).hexdigest()


def open_page_report(
    session: Session,
    unit: Unit,
    form: FilledForm,
    env: Environment,
    *,
    address: str,
    origin: str,
    now: datetime,
) -> Case:
    """Open a case for what was sent in, reported by somebody whom only its link knows.

    Raises TooMany beyond the limits, before anything is written.
    """
    check_limits(session, unit, address, now=now)
    session.add(PageReport(address=hash_address(address, now), unit_id=unit.id, at=now))
    person = Person(code=f"page:{secrets.token_hex(16)}", name="", role=Role.RESIDENT, unit_id=unit.id)
    session.add(person)
    session.flush()
    said = form.text if form.place in form.text else f"{form.place}，{form.text}"
    facts = Facts(
        chat_unit=unit.code,
        sender_unit=unit.code,
        sender_role=Role.RESIDENT,
        addressed=True,
        has_media=bool(form.media),
        point_unit=_locate(session, form.media, env),
    )
    return open_case(
        session,
        # The number to call is read where the reporter is revealed, and masked everywhere else.
        text=say.with_phone(said, form.phone),
        triage=triage_report(env, said, facts),
        person=person,
        chat=None,
        env=env,
        now=now,
        origin=origin,
        media=form.media,
        source=SourceRecord(BY_PAGE),
        area_id=unit.id,
    )


def get_reporter_id(case: Case) -> int:
    """Whose link opens the page of a case that came by the form. Raises ValueError: it has a reporter."""
    if case.reporter_id is None:
        raise ValueError(case.number)
    return case.reporter_id


def _locate(session: Session, media: Sequence[int], env: Environment) -> str | None:
    """Code of the unit in which a photo was taken; None where none says so."""
    taken = select(Media.lat, Media.lon).where(Media.id.in_(media), Media.lat.is_not(None))
    for lat, lon in session.execute(taken.order_by(Media.id)):
        if lat is not None and lon is not None:
            return env.areas.locate(lat, lon)
    return None
