"""The figures of the whole table by unit: kept by day, and counted where something happened since.

    cases of a day ──count_changed, store──> kept_figures (day, unit)      the ticker, every few seconds
    kept days without news + days with news, counted now + what is overdue now = the figures of a period

A figure counts a case by its columns and by what its reporter said; neither changes without an event. So a
day is true as long as no case that was opened on it has an event behind the folded ones, and what is read is
equal to a recount at any time (`recount`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.insight.cohort import define_figures, lies_in_table
from handlers.insight.periods import Period
from models.cases import IS_OPEN, Case, Counter, Event
from models.database import insert_if_absent, keep_from_indexes
from models.figures import Figures
from models.kept_figures import FOLDED, NOBODY, KeptDay, KeptFigures

COUNTED = (
    "received", "excluded", "withdrawn", "answered", "rated", "solved", "judged", "satisfied", "unrated",
    "due", "on_time", "in_grid", "redone", "reopened",
)  # fmt: skip
"""Figures that count cases of the cohort."""
_KEPT = (*COUNTED, "reworked")
_DAY = timedelta(days=1)
_SETTLED = timedelta(minutes=1)
"""On PostgreSQL an event may be seen after one with a greater id; never so much later."""
_MOST_EVENTS = 5_000
_MOST_DAYS = 10
"""Days that are counted in one look of the ticker."""

_FINISHED = func.coalesce(Case.submitted_at, Case.closed_at)


def count_cohort(
    session: Session,
    scope: ColumnElement[bool],
    begins: datetime,
    ends: datetime,
    *,
    now: datetime,
    only_finished: bool = False,
) -> dict[int | None, Figures]:
    """The figures of the cases in `scope` that were opened from `begins` until before `ends`, by unit.

    `only_finished`: what is due and not finished is left out.
    """
    counts_for = dict(define_figures(now))
    if only_finished:
        counts_for["due"] = and_(counts_for["due"], _FINISHED.is_not(None))
    counts = [func.sum(case((counts_for[name], 1), else_=0)) for name in COUNTED]
    reworked = func.sum(case((counts_for["received"], Case.reworks), else_=0))
    opened = and_(keep_from_indexes(scope), Case.opened_at >= begins, Case.opened_at < ends)
    rows = session.execute(select(Case.unit_id, *counts, reworked).where(opened).group_by(Case.unit_id))
    return {unit_id: Figures(**dict(zip(_KEPT, numbers, strict=True))) for unit_id, *numbers in rows}


def load_table(
    session: Session, env: Environment, period: Period, *, now: datetime
) -> dict[int | None, Figures]:
    """The figures of all public cases that were opened in the period, by unit."""
    kept = _find_kept(session, period)
    changed = _find_changed(session, env.zone) & kept
    found: dict[int | None, Figures] = defaultdict(Figures)
    trusted = kept - changed
    for unit_id, figures in _sum_kept(session, trusted).items():
        found[unit_id] += figures
    for span in _join_days(set(_list_days(period)) - trusted):
        begins, ends = span.bounds(env.zone)
        for unit_id, figures in count_cohort(session, lies_in_table(None), begins, ends, now=now).items():
            found[unit_id] += figures
    for unit_id, late in _count_late(session, env.zone, trusted, now=now).items():
        found[unit_id] += Figures(due=late)
    return dict(found)


@dataclass(frozen=True, slots=True)
class DaysCounted:
    """What a look at the cases found that is to be kept."""

    folded: int | None
    """Up to which event the kept days were true; None: no days were kept yet."""
    upto: int
    """Up to which they are true with these."""
    days: Mapping[date, Mapping[int | None, Figures]]


def count_changed(session: Session, env: Environment, *, now: datetime) -> DaysCounted | None:
    """Count anew the days of which something happened, and some that are not kept yet, the newest first.

    None: there are none. What is opened today is counted when it is asked for.
    """
    folded = session.scalar(select(Counter.value).where(Counter.name == FOLDED))
    upto = _find_settled(session, folded, now)
    kept = set(session.scalars(select(KeptDay.day)))
    changed = _list_opened(session, env.zone, folded, upto) & kept if folded is not None else set()
    days = {*changed, *_list_missing(session, env.zone, kept, env.local(now).date())}
    if upto == folded and not days:
        return None
    return DaysCounted(folded, upto, {day: _count_day(session, env.zone, day, now=now) for day in days})


def store(session: Session, counted: DaysCounted) -> int:
    """Keep what was counted, unless somebody else did meanwhile; how many days."""
    counter = session.get(Counter, FOLDED, with_for_update=True)
    if (counter.value if counter is not None else None) != counted.folded:
        return 0
    if counter is None:
        insert_if_absent(session, Counter, {"name": FOLDED, "value": counted.upto})
    else:
        counter.value = counted.upto
    for day, by_unit in counted.days.items():
        _keep(session, day, by_unit)
    return len(counted.days)


def recount(
    session: Session, env: Environment, *, now: datetime, days: int | None = None
) -> Mapping[date, Sequence[str]]:
    """Which kept days do not say what their cases say, and in which figures; empty where all is right.

    `days`: look at the newest so many only; None: at all.
    """
    kept = session.scalars(select(KeptDay.day).order_by(KeptDay.day.desc()).limit(days)).all()
    wrong = {}
    for day in set(kept) - _find_changed(session, env.zone):
        stored, counted = _sum_kept(session, [day]), _count_day(session, env.zone, day, now=now)
        differing = [
            name
            for name in _KEPT
            if any(
                getattr(stored.get(unit_id, Figures()), name)
                != getattr(counted.get(unit_id, Figures()), name)
                for unit_id in {*stored, *counted}
            )
        ]
        if differing:
            wrong[day] = differing
    return wrong


# What is kept --------------------------------------------------------------------------------


def _find_kept(session: Session, period: Period) -> set[date]:
    return set(session.scalars(select(KeptDay.day).where(KeptDay.day.between(period.first, period.last))))


def _sum_kept(session: Session, days: Collection[date]) -> dict[int | None, Figures]:
    sums = [func.sum(getattr(KeptFigures, name)) for name in _KEPT]
    query = select(KeptFigures.unit_id, *sums).where(KeptFigures.day.in_(days))
    return {
        unit_id or None: Figures(**dict(zip(_KEPT, numbers, strict=True)))
        for unit_id, *numbers in session.execute(query.group_by(KeptFigures.unit_id))
    }


def _keep(session: Session, day: date, by_unit: Mapping[int | None, Figures]) -> None:
    session.execute(delete(KeptFigures).where(KeptFigures.day == day))
    rows = [
        {"day": day, "unit_id": unit_id or NOBODY, **{name: getattr(figures, name) for name in _KEPT}}
        for unit_id, figures in by_unit.items()
    ]
    if rows:
        session.execute(insert(KeptFigures), rows)
    insert_if_absent(session, KeptDay, {"day": day})


def _count_day(session: Session, zone: ZoneInfo, day: date, *, now: datetime) -> dict[int | None, Figures]:
    begins, ends = Period(day, day).bounds(zone)
    return count_cohort(session, lies_in_table(None), begins, ends, now=now, only_finished=True)


# What happened since -------------------------------------------------------------------------


def _find_changed(session: Session, zone: ZoneInfo) -> set[date]:
    """The days on which those cases were opened to which something happened that is not folded in."""
    folded = session.scalar(select(Counter.value).where(Counter.name == FOLDED))
    return _list_opened(session, zone, folded or 0, None)


def _list_opened(session: Session, zone: ZoneInfo, after: int, upto: int | None) -> set[date]:
    happened = [Event.id > after, *([Event.id <= upto] if upto is not None else [])]
    touched = select(Event.case_id).where(*happened)
    opened = session.scalars(select(Case.opened_at).where(Case.id.in_(touched)))
    return {moment.astimezone(zone).date() for moment in opened}


def _find_settled(session: Session, folded: int | None, now: datetime) -> int:
    """The last event that nothing earlier can come behind any more; of very many, of the next ones."""
    settled = select(func.max(Event.id))
    if session.get_bind().dialect.name == "postgresql":
        settled = settled.where(Event.at <= now - _SETTLED)
    newest = session.scalar(settled) or 0
    return newest if folded is None else max(min(newest, folded + _MOST_EVENTS), folded)


def _list_missing(session: Session, zone: ZoneInfo, kept: Collection[date], today: date) -> list[date]:
    """The newest days before today that are not kept, some at a time."""
    oldest = session.scalar(select(func.min(Case.opened_at)))
    if oldest is None:
        return []
    days = (today - _DAY * back for back in range(1, (today - oldest.astimezone(zone).date()).days + 1))
    return [*islice((day for day in days if day not in kept), _MOST_DAYS)]


def _count_late(
    session: Session, zone: ZoneInfo, days: Collection[date], *, now: datetime
) -> dict[int | None, int]:
    """What is due and not finished, of the cases that were opened on these days, by unit."""
    spans = _join_days(days)
    if not spans:
        return {}
    bounds = [span.bounds(zone) for span in spans]
    opened = or_(*(and_(Case.opened_at >= begins, Case.opened_at < ends) for begins, ends in bounds))
    late = and_(define_figures(now)["due"], _FINISHED.is_(None), lies_in_table(None), opened)
    query = select(Case.unit_id, func.count().label("late")).where(
        IS_OPEN, Case.due_at < now, keep_from_indexes(late)
    )
    return {row.unit_id: row.late for row in session.execute(query.group_by(Case.unit_id))}


def _list_days(period: Period) -> Iterable[date]:
    return (period.first + _DAY * at for at in range((period.last - period.first).days + 1))


def _join_days(days: Collection[date]) -> list[Period]:
    """The days as few spans, one after the other."""
    spans: list[Period] = []
    for day in sorted(days):
        if spans and spans[-1].last == day - _DAY:
            spans[-1] = Period(spans[-1].first, day)
        else:
            spans.append(Period(day, day))
    return spans
