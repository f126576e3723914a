"""The figures of any period as they are kept by day, with what happened since.

    cases of a day ──folding──> kept_figures, kept_receipts (day, cut)     the ticker, every few seconds
    kept days without news + days with news, counted now + what is overdue now + what is in the archive
        = the figures of a period

A figure counts a case by its columns and by what its reporter said; neither changes without an event. So a
day is true as long as no case that was opened on it has an event behind the folded ones, and what is read is
equal to a recount at any time (`folding.recount`). What is in the archive is counted by the record alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from handlers.cases.lists.scope import is_only_top
from handlers.environment.units import find_subtree_ids
from handlers.insight.cohort import define_figures, lies_in_table
from handlers.insight.counts import cuts
from handlers.insight.counts.cuts import COLUMNS, FIGURES, FINISHED, Cut, Key, Numbers
from handlers.insight.counts.responsibility import count_receipts
from handlers.insight.periods import Period
from models.cases import IS_OPEN, Case, Counter, Event
from models.database import keep_from_indexes
from models.figures import Figures
from models.kept_figures import FOLDED, NOBODY, KeptDay, KeptFigures, KeptReceipts
from models.organisation import Unit

_DAY = timedelta(days=1)
STORED = {"nature": "word", "source": "word", "status": "word", "hour": "word"}
"""Columns of a case, or its hour, to those of `KeptFigures`; the others have the same name."""


@dataclass(frozen=True, slots=True)
class KeptPeriod:
    """Which days of a period the kept figures are true of, and which have to be counted."""

    period: Period
    trusted: frozenset[date]
    spans: Sequence[Period]
    """The others, joined."""

    @classmethod
    def look_up(cls, session: Session, zone: ZoneInfo, period: Period) -> Self:
        """How it stands now."""
        days = KeptDay.day.between(period.first, period.last)
        kept = set(session.scalars(select(KeptDay.day).where(days)))
        trusted = kept - find_changed(session, zone)
        return cls(period, frozenset(trusted), join_days(set(_list_days(period)) - trusted))

    def is_counted(self, table: type[KeptFigures] | type[KeptReceipts]) -> ColumnElement[bool]:
        """Condition for the rows that count: of trusted days, and of the archive on any day."""
        of_period = table.day.between(self.period.first, self.period.last)
        new = [day for span in self.spans for day in _list_days(span)]
        return and_(of_period, or_(table.archived, table.day.not_in(new))) if new else of_period

    def has_opened(self, zone: ZoneInfo) -> ColumnElement[bool]:
        """Condition for cases that were opened on trusted days."""
        bounds = [span.bounds(zone) for span in join_days(self.trusted)]
        return or_(*(and_(Case.opened_at >= begins, Case.opened_at < ends) for begins, ends in bounds))


def load_table(
    session: Session, zone: ZoneInfo, period: Period, unit: Unit | None, *, now: datetime
) -> dict[int | None, Figures]:
    """The figures of the public cases that were opened in the period, by unit; `unit`: those in its table."""
    table = find_table(session, unit)
    cut = Cut.UNIT if table is None else Cut.UNIT_AREA
    found = load(session, zone, cut, period, now=now, unit=table, by=("unit_id",))
    return {unit_id or None: to_figures(numbers) for (unit_id,), numbers in found.items()}


def find_table(session: Session, unit: Unit | None) -> Unit | None:
    """The same unit; None where its table is that of everything."""
    return None if unit is None or is_only_top(session, unit) else unit


def to_figures(numbers: Numbers, names: Sequence[str] = FIGURES) -> Figures:
    """Numbers by their names."""
    return Figures(**dict(zip(names, numbers, strict=True)))


def load(
    session: Session,
    zone: ZoneInfo,
    cut: Cut,
    period: Period,
    names: Sequence[str] = FIGURES,
    *,
    now: datetime,
    unit: Unit | None = None,
    by: Sequence[str] = (),
) -> Mapping[Key, Numbers]:
    """Of the public cases that were opened in the period the figures of these names, by the key of the cut.

    `unit`: those in its table, of the cut UNIT_AREA; `by`: by so much of the key only.
    """
    kept, columns = KeptPeriod.look_up(session, zone, period), tuple(by) or COLUMNS[cut]
    parts = [_sum_kept(session, kept, cut, columns, names, unit)]
    expressions = cuts.list_columns(columns, zone, now)
    scope = keep_from_indexes(lies_in_table(unit))
    for span in kept.spans:
        begins, ends = span.bounds(zone)
        opened = Case.opened_at >= begins, Case.opened_at < ends
        parts.append(cuts.count(session, expressions, names, scope, *opened, now=now))
    if "due" in names and kept.trusted:
        late = keep_from_indexes(and_(define_figures(now)["due"], FINISHED.is_(None), kept.has_opened(zone)))
        open_now = IS_OPEN, Case.due_at < now, late, scope
        due = cuts.count(session, expressions, ("due",), *open_now, now=now)
        parts.append({key: tuple(n if name == "due" else 0 for name in names) for key, (n,) in due.items()})
    return add_up(parts)


def add_up(parts: Iterable[Mapping[Key, Numbers]]) -> Mapping[Key, Numbers]:
    """The sums by key."""
    sums: defaultdict[Key, list[Numbers]] = defaultdict(list)
    for part in parts:
        for key, numbers in part.items():
            sums[key].append(numbers)
    return {key: tuple(map(sum, zip(*several, strict=True))) for key, several in sums.items()}


def _sum_kept(
    session: Session,
    kept: KeptPeriod,
    cut: Cut,
    names_of_key: Sequence[str],
    names: Sequence[str],
    unit: Unit | None,
) -> Mapping[Key, Numbers]:
    columns = [getattr(KeptFigures, STORED.get(name, name)) for name in names_of_key]
    sums = [func.sum(getattr(KeptFigures, name)) for name in names]
    query = select(*columns, *sums).where(KeptFigures.cut == cut, kept.is_counted(KeptFigures))
    if unit is not None:
        query = query.where(_is_in_table(find_subtree_ids(session, unit), unit))
    width = len(columns)
    rows = session.execute(query.group_by(*columns)).all()
    return {_read_key(names_of_key, row[:width]): tuple(row[width:]) for row in rows}


def _read_key(names: Sequence[str], key: Sequence[Any]) -> Key:
    return tuple(int(part) if name == "hour" else part for name, part in zip(names, key, strict=True))


def _is_in_table(ids: Sequence[int], unit: Unit) -> ColumnElement[bool]:
    """As `lies_in_table`."""
    inside = or_(KeptFigures.area_id.in_(ids), KeptFigures.unit_id.in_(ids))
    if unit.parent_id is not None:
        return inside
    return or_(inside, and_(KeptFigures.area_id == NOBODY, KeptFigures.unit_id == NOBODY))


def load_receipts(
    session: Session, zone: ZoneInfo, period: Period, unit: Unit | None
) -> Mapping[Key, Numbers]:
    """What was received first of the public cases in the table of the unit that were opened in the period, as
    `responsibility.count_receipts`; kept only where the table is that of everything.
    """
    table = find_table(session, unit)
    parts: list[Mapping[Key, Numbers]] = []
    spans: Sequence[Period] = [period]
    if table is None:
        kept = KeptPeriod.look_up(session, zone, period)
        sums = [
            func.sum(column) for column in (KeptReceipts.received, KeptReceipts.passed, KeptReceipts.finished)
        ]
        key = KeptReceipts.unit_id, KeptReceipts.person_id
        rows = session.execute(select(*key, *sums).where(kept.is_counted(KeptReceipts)).group_by(*key))
        parts.append({(unit_id, person_id): tuple(numbers) for unit_id, person_id, *numbers in rows})
        spans = kept.spans
    for span in spans:
        begins, ends = span.bounds(zone)
        opened = Case.opened_at >= begins, Case.opened_at < ends
        parts.append(count_receipts(session, *opened, keep_from_indexes(lies_in_table(table))))
    return add_up(parts)


# What happened since -------------------------------------------------------------------------


def find_changed(session: Session, zone: ZoneInfo) -> set[date]:
    """The days on which those cases were opened to which something happened that is not folded in."""
    folded = session.scalar(select(Counter.value).where(Counter.name == FOLDED))
    return list_opened(session, zone, folded or 0, None)


def list_opened(session: Session, zone: ZoneInfo, after: int, upto: int | None) -> set[date]:
    """The days on which those cases were opened that have an event (id) after that one, up to the other."""
    happened = [Event.id > after, *([Event.id <= upto] if upto is not None else [])]
    touched = select(Event.case_id).where(*happened)
    opened = session.scalars(select(Case.opened_at).where(Case.id.in_(touched)))
    return {moment.astimezone(zone).date() for moment in opened}


def _list_days(period: Period) -> Iterable[date]:
    return (period.first + _DAY * at for at in range((period.last - period.first).days + 1))


def join_days(days: Collection[date]) -> list[Period]:
    """The days as few spans, one after the other."""
    spans: list[Period] = []
    for day in sorted(days):
        if spans and spans[-1].last == day - _DAY:
            spans[-1] = Period(spans[-1].first, day)
        else:
            spans.append(Period(day, day))
    return spans
