"""Published reports: stored as they were, and what has changed since."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.environment.units import covers
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.insight import cohort, monthly_report
from handlers.insight.monthly_report import LEAST_RANKED
from handlers.insight.periods import Period
from handlers.wording import standing as say
from models.figures import MonthlyReport
from models.organisation import OVERSEERS, Unit
from models.published_reports import PublishedReport

COMPARED = ("received", "answered", "rated", "solved", "judged", "satisfied", "due", "on_time")
"""Figures of which it is said what has changed."""
_MOST_NOTE = 100
_MOST_LISTED = 60
Difference = tuple[str, int, int]
"""Key of the figure, as published, and now."""


def may_publish(asker: Asker) -> bool:
    """Whether they publish the figures of the area they look after; who only observes it does not."""
    return cohort.may_read_table(asker) and cohort.as_table_reader(asker).actor.is_one_of(OVERSEERS)


def publish_report(
    session: Session, env: Environment, asker: Asker, period: Period, note: str, *, now: datetime
) -> tuple[PublishedReport, Sequence[Difference]]:
    """Store the report of the asker's table as it is now, and how it differs from the edition before.

    `note`: the place somebody outside gave it. Raises NotAllowed, WrongState before the period is over,
    MissingNeed for a note that is too long.
    """
    if asker.person is None or not may_publish(asker):
        raise NotAllowed(say.MAY_NOT_PUBLISH)
    if period.last >= env.local(now).date():
        raise WrongState(say.NOT_OVER)
    if len(note) > _MOST_NOTE:
        raise MissingNeed(say.LONG_NOTE)
    # Two at once must not be the same edition: the second waits for the first.
    unit = session.get_one(Unit, cohort.find_table_unit(session, asker).id, with_for_update=True)
    report = load_live(session, env, unit, period, now=now)
    before = find_newest(session, unit, period)
    published = PublishedReport(
        unit_id=unit.id,
        first=period.first,
        last=period.last,
        edition=before.edition + 1 if before is not None else 1,
        note=note,
        body=report.to_json(),
        published_by=asker.person.id,
        published_at=now,
    )
    session.add(published)
    session.flush()
    return published, compare_totals(before, report) if before is not None else ()


def load_live(
    session: Session, env: Environment, unit: Unit, period: Period, *, now: datetime
) -> MonthlyReport:
    """The same report with the figures of now."""
    return monthly_report.compare_periods(session, env, period, unit, now=now, least=LEAST_RANKED)


def find_newest(session: Session, unit: Unit, period: Period) -> PublishedReport | None:
    """The last edition of this unit's report for exactly this period."""
    editions = select(PublishedReport).where(
        PublishedReport.unit_id == unit.id,
        PublishedReport.first == period.first,
        PublishedReport.last == period.last,
    )
    return session.scalar(editions.order_by(PublishedReport.edition.desc()).limit(1))


def find_published(session: Session, asker: Asker, report_id: int) -> tuple[PublishedReport, Unit]:
    """One edition of the asker's own table or of one beneath. Raises NotAllowed, NotFound."""
    own = cohort.find_table_unit(session, asker)
    published = session.get(PublishedReport, report_id)
    unit = session.get_one(Unit, published.unit_id) if published is not None else None
    if published is None or unit is None or not covers(own, unit):
        raise NotFound(say.NO_SUCH_EDITION)
    return published, unit


def list_published(session: Session, asker: Asker) -> Sequence[PublishedReport]:
    """Those of the asker's own table, the newest period first. Raises NotAllowed."""
    unit = cohort.find_table_unit(session, asker)
    own = select(PublishedReport).where(PublishedReport.unit_id == unit.id)
    newest = own.order_by(PublishedReport.last.desc(), PublishedReport.id.desc())
    return session.scalars(newest.limit(_MOST_LISTED)).all()


def compare_totals(published: PublishedReport, live: MonthlyReport) -> Sequence[Difference]:
    """Of each compared figure of the whole, as published and now."""
    return _compare(published.body["total"], live.to_json()["total"])


def compare_units(
    published: PublishedReport, live: MonthlyReport
) -> Sequence[tuple[str, str, Sequence[Difference]]]:
    """Code and name of each unit that is in either, with its figures as published and now."""
    then = {line["code"]: line for line in published.body["units"]}
    now = {line["code"]: line for line in live.to_json()["units"]}
    return [
        (code, (now.get(code) or then[code])["name"], _compare(then.get(code, {}), now.get(code, {})))
        for code in dict.fromkeys([*then, *now])
    ]


def _compare(then: Mapping[str, Any], now: Mapping[str, Any]) -> Sequence[Difference]:
    return [(key, then.get(key, 0), now.get(key, 0)) for key in COMPARED]
