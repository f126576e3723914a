"""Where a report is that does not say so, supposed from what a watermark camera wrote on its photo."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.triage.types import Facts, Triage
from models.reports import Media, Report

STAMPED = "stamped"
"""Level of a place that nobody said."""


def suppose_place(session: Session, report: Report, triage: Triage, env: Environment) -> Triage:
    """The same, with the place that a photo of the report names, where it is missing and one does."""
    if "place" not in triage.missing or not env.reads_photos or report.id is None:
        return triage
    stamped = select(Media.stamped_place).where(Media.report_id == report.id, Media.stamped_place != "")
    words = session.scalar(stamped.order_by(Media.id.desc()).limit(1))
    found = env.classifier.find_place(words, Facts()) if words else None
    if found is None or found.end <= found.start:
        return triage
    place = replace(found, start=0, end=0, level=STAMPED)
    return replace(triage, place=place, missing=tuple(need for need in triage.missing if need != "place"))


def is_supposed(triage: Triage) -> bool:
    """Whether nobody said the place: its reporter is asked to put it right."""
    return triage.place is not None and triage.place.level == STAMPED
