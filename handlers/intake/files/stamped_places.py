"""Where a report is that does not say so, supposed from what a watermark camera wrote on its photo.

A danger waits for no photo. Where its place is only supposed, whoever is sent there hears so.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import links
from handlers.cases.actors import PROGRAM
from handlers.cases.context import ActInput
from handlers.environment.snapshot import Environment
from handlers.triage.types import Facts, Place, Triage
from models.cases import Case, Event
from models.organisation import Unit
from models.reports import Media, Report
from models.workflow import OPEN

STAMPED = "stamped"
"""Level of a place that nobody said."""
_RECENT = timedelta(days=1)
"""A photo that is older does not show where a danger is now."""


def suppose_place(session: Session, report: Report, triage: Triage, env: Environment) -> Triage:
    """The same, with the place that a photo of the report names, where it is missing and one does."""
    if "place" not in triage.missing or not env.reads_photos or report.id is None:
        return triage
    stamped = select(Media.stamped_place).where(Media.report_id == report.id, Media.stamped_place != "")
    if triage.urgent:
        stamped = stamped.where(Media.stamped_at >= report.opened_at - _RECENT)
    place = _find_place(session.scalar(stamped.order_by(Media.id.desc()).limit(1)), env)
    if place is None:
        return triage
    return replace(triage, place=place, missing=tuple(need for need in triage.missing if need != "place"))


def _find_place(words: str | None, env: Environment) -> Place | None:
    found = env.classifier.find_place(words, Facts()) if words else None
    if found is None or found.end <= found.start:
        return None
    return replace(found, start=0, end=0, level=STAMPED)


def is_supposed(triage: Triage) -> bool:
    """Whether nobody said the place: its reporter is asked to put it right."""
    return triage.place is not None and triage.place.level == STAMPED


def place_danger(session: Session, photo: Media, env: Environment, *, now: datetime) -> bool:
    """Suppose the danger of this photo where the watermark says, if nobody told; whether it was done."""
    case = session.get(Case, photo.case_id) if photo.case_id is not None else None
    place = _find_place(photo.stamped_place, env)
    if case is None or place is None or photo.stamped_at is None or photo.stamped_at < now - _RECENT:
        return False
    danger = links.root_case(session, case)
    if not danger.urgent or danger.status not in OPEN or not _lacks_place(session, danger):
        return False
    announce_supposed(session, danger, place.name, env, now=now, origin=f"photo:{photo.id}")
    return True


def announce_supposed(
    session: Session, danger: Case, place: str, env: Environment, *, now: datetime, origin: str
) -> None:
    """Put the danger at a place that nobody told; desk, called units and reporter hear what it comes from."""
    given = ActInput(place=place, supposes_place=True)
    acts.perform(session, "place", danger, PROGRAM, given, env=env, now=now, origin=origin)


def names_place(session: Session, case: Case) -> bool:
    """Whether the case has a place, beyond the area that its chat or its reporter belongs to."""
    area = session.get(Unit, case.area_id) if case.area_id is not None else None
    return bool(case.place) and (area is None or case.place not in (area.name, area.display_name))


def is_place_supposed(session: Session, case: Case) -> bool:
    """Whether the place of the case is what a photo says, and nobody put it right since."""
    last = _find_last_placing(session, case)
    if last is not None:
        return last.actor_id is None
    told = select(Report.triage).where(Report.case_id == case.id, Report.triage.is_not(None))
    first = session.scalar(told.order_by(Report.id).limit(1))
    return first is not None and is_supposed(Triage.from_json(first))


def _lacks_place(session: Session, danger: Case) -> bool:
    """Whether nobody said where it is, neither at first nor since."""
    if danger.lat is not None or _find_last_placing(session, danger) is not None:
        return False
    return not names_place(session, danger)


def _find_last_placing(session: Session, case: Case) -> Event | None:
    placings = select(Event).where(Event.case_id == case.id, Event.act == "place")
    return session.scalar(placings.order_by(Event.number.desc()).limit(1))
