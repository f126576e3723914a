"""The figures of any period as they are kept by day, with what happened since.

    cases ──folding──> kept_cases ──> kept_figures, kept_receipts (day, cut)     the ticker, every few seconds
    kept days - the cases with news, as they are kept + these cases, counted now + days not kept yet, counted
        = the figures of a period

A figure counts a case by its columns, by what its reporter said, and by its limit. Columns and words do not
change without an event, a limit runs out as time passes. So the cases with news are those with an event
behind the folded ones, and those whose limit ran out since: few, for they are folded in every few seconds.
Exactly that is taken off which was added, so that what is read is equal to a recount at any time
(`folding.recount`), whichever others are taken for such. One statement asks for all of it, and nothing is
folded in between.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from handlers.cases.lists.scope import is_only_top
from handlers.environment.units import find_subtree_ids
from handlers.insight.cohort import OVERDUE, lies_in_table
from handlers.insight.counts import cuts
from handlers.insight.counts.cuts import COLUMNS, FIGURES, OF_OPEN, Cut, Key, Numbers, clean_key
from handlers.insight.counts.responsibility import build_receipts, count_receipts
from handlers.insight.periods import Period
from models.cases import IS_OPEN, Case, Counter, Event
from models.database import keep_from_indexes
from models.figures import Figures
from models.kept_figures import (
    FOLDED,
    FOLDED_AT,
    HAS_OPEN,
    NOBODY,
    KeptCase,
    KeptDay,
    KeptFigures,
    KeptReceipts,
)
from models.organisation import Unit

_DAY = timedelta(days=1)
_NUMBERS = ("hour", "due_day")
"""Numbers that are stored as words."""
COLUMN_NAMES = {"nature": "word", "source": "word", "status": "word", "hour": "word", "due_day": "word"}
"""Columns of a case, or what is made of them, to those of `KeptFigures`; the others have the same name."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where the kept figures are true."""

    event: int | None
    """The last event that is folded in; None: nothing is."""
    at: int
    """Cases are late in them as of this moment, in seconds since 1970."""

    @classmethod
    def look_up(cls, session: Session) -> Self:
        """How it stands now."""
        return cls(read_counter(session, FOLDED), read_counter(session, FOLDED_AT) or 0)

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def find_news(self, now: datetime, upto: int | None = None) -> CompoundSelect[int] | Select[int]:
        """Ids of the cases of which something happened behind it, up to an event; some others may be among
        them.
        """
        if self.event is None:
            return select(literal(NOBODY))
        happened = [Event.id > self.event, *([Event.id <= upto] if upto is not None else [])]
        late = select(Case.id).where(IS_OPEN, Case.due_at >= self.moment, Case.due_at < now)
        return union(select(Event.case_id).where(*happened), late)


def read_counter(session: Session, name: str) -> int | None:
    """The value of this counter; None: there is none."""
    return session.scalar(select(Counter.value).where(Counter.name == name))


@dataclass(frozen=True, slots=True)
class _KeptPeriod:
    """Of which days of a period figures are kept, and which have to be counted."""

    period: Period
    spans: Sequence[Period]
    """Days that are not kept, joined."""
    news: CompoundSelect[int] | Select[int]
    """Ids of the cases that have to be counted anew."""

    @classmethod
    def look_up(cls, session: Session, period: Period, now: datetime) -> Self:
        """How it stands now."""
        days = KeptDay.day.between(period.first, period.last)
        kept = set(session.scalars(select(KeptDay.day).where(days)))
        news = Mark.look_up(session).find_news(now)
        return cls(period, join_days(set(_list_days(period)) - kept), news)

    def is_kept(self, table: type[KeptFigures] | type[KeptReceipts]) -> ColumnElement[bool]:
        """Condition for the rows that count: of kept days, and of the archive on any day."""
        of_period = table.day.between(self.period.first, self.period.last)
        missing = self._list_missing()
        return and_(of_period, or_(table.archived, table.day.not_in(missing))) if missing else of_period

    def has_changed(self) -> ColumnElement[bool]:
        """Condition for the rows of `KeptCase` that are to be taken off."""
        of_period = KeptCase.day.between(self.period.first, self.period.last)
        return and_(KeptCase.case_id.in_(self.news), of_period, KeptCase.day.not_in(self._list_missing()))

    def list_counted(self, zone: ZoneInfo) -> Iterable[Sequence[ColumnElement[bool]]]:
        """Conditions for the cases that are counted: those with news of kept days, those of each span."""
        spans = [_was_opened(span, zone) for span in self.spans]
        if len(self._list_missing()) <= (self.period.last - self.period.first).days:
            of_period = and_(*_was_opened(self.period, zone))
            kept = and_(of_period, ~or_(false(), *(and_(*span) for span in spans)))
            yield Case.id.in_(self.news), keep_from_indexes(kept)
        yield from spans

    def _list_missing(self) -> list[date]:
        return [day for span in self.spans for day in _list_days(span)]


def _was_opened(period: Period, zone: ZoneInfo) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    begins, ends = period.bounds(zone)
    return Case.opened_at >= begins, Case.opened_at < ends


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
    kept, columns = _KeptPeriod.look_up(session, period, now), tuple(by) or COLUMNS[cut]
    parts = [
        _sum_kept(session, kept, cut, columns, names, unit),
        _sum_changed(session, kept, columns, names, unit),
    ]
    expressions = _list_columns(columns, zone, now)
    scope = keep_from_indexes(lies_in_table(unit))
    parts += [cuts.build_count(expressions, names, *one, scope, now=now) for one in kept.list_counted(zone)]
    width = len(columns)
    rows = session.execute(union_all(*parts)).all()
    return add_up((_read_key(columns, row[:width]), tuple(row[width:])) for row in rows)


def load_overdue(
    session: Session, zone: ZoneInfo, unit: Unit | None, *, now: datetime
) -> Mapping[int | None, int]:
    """How many public cases are past their limit now, of whenever, by unit; `unit`: those in its table."""
    table = find_table(session, unit)
    cut = Cut.UNIT if table is None else Cut.UNIT_AREA
    found = load_open(session, zone, cut, (OVERDUE,), now=now, unit=table, by=("unit_id",))
    return {unit_id or None: number for (unit_id,), (number,) in found.items()}


def load_open(
    session: Session,
    zone: ZoneInfo,
    cut: Cut,
    names: Sequence[str],
    *,
    now: datetime,
    unit: Unit | None = None,
    by: Sequence[str] = (),
) -> Mapping[Key, Numbers]:
    """Likewise figures of OF_OPEN, whenever the cases were opened."""
    oldest = session.scalar(select(func.min(Case.opened_at)))
    if oldest is None:
        return {}
    first, last = (at.astimezone(zone).date() for at in (oldest, now))
    return load(session, zone, cut, Period(first, max(first, last)), names, now=now, unit=unit, by=by)


def add_up(counted: Iterable[tuple[Key, Numbers]]) -> Mapping[Key, Numbers]:
    """The sums by key, without those of nothing."""
    several: defaultdict[Key, list[Numbers]] = defaultdict(list)
    for key, numbers in counted:
        several[key].append(numbers)
    sums = {key: tuple(map(sum, zip(*one, strict=True))) for key, one in several.items()}
    return {key: numbers for key, numbers in sums.items() if any(numbers)}


def _sum_kept(
    session: Session,
    kept: _KeptPeriod,
    cut: Cut,
    names_of_key: Sequence[str],
    names: Sequence[str],
    unit: Unit | None,
) -> Select[Any]:
    columns = [getattr(KeptFigures, COLUMN_NAMES.get(name, name)) for name in names_of_key]
    sums = [func.sum(getattr(KeptFigures, name)) for name in names]
    which: list[ColumnElement[bool]] = [KeptFigures.cut == cut, kept.is_kept(KeptFigures)]
    if set(names) <= {*OF_OPEN}:
        # Of the rows of all years the few in the index of those that have any.
        which = [HAS_OPEN, *map(keep_from_indexes, which)]
    query = select(*columns, *sums).where(*which).group_by(*columns)
    return query if unit is None else query.where(_is_in_table(KeptFigures, session, unit))


def _sum_changed(
    session: Session, kept: _KeptPeriod, names_of_key: Sequence[str], names: Sequence[str], unit: Unit | None
) -> Select[Any]:
    """What the cases with news are kept as, to be taken off."""
    columns = [KeptCase.__table__.c[name] for name in names_of_key]
    shown = [cast(one, String) if one.name in _NUMBERS else one for one in columns]
    sums = [-func.sum(getattr(KeptCase, name)) for name in names]
    query = select(*shown, *sums).where(kept.has_changed()).group_by(*columns)
    return query if unit is None else query.where(_is_in_table(KeptCase, session, unit))


def _list_columns(names: Sequence[str], zone: ZoneInfo, now: datetime) -> list[ColumnElement[Any]]:
    """Those of `cuts`, the hour as it is stored: as a word."""
    columns = zip(names, cuts.list_columns(names, zone, now), strict=True)
    return [cast(column, String) if name in _NUMBERS else column for name, column in columns]


def _read_key(names: Sequence[str], key: Sequence[Any]) -> Key:
    parts = zip(names, key, strict=True)
    return clean_key(int(part or NOBODY) if name in _NUMBERS else part for name, part in parts)


def _is_in_table(
    table: type[KeptFigures] | type[KeptCase], session: Session, unit: Unit
) -> ColumnElement[bool]:
    """As `lies_in_table`."""
    ids = find_subtree_ids(session, unit)
    inside = or_(table.area_id.in_(ids), table.unit_id.in_(ids))
    if unit.parent_id is not None:
        return inside
    return or_(inside, and_(table.area_id == NOBODY, table.unit_id == NOBODY))


def load_receipts(
    session: Session, zone: ZoneInfo, period: Period, unit: Unit | None, *, now: datetime
) -> Mapping[Key, Numbers]:
    """What was received first of the public cases in the table of the unit that were opened in the period, as
    `responsibility.count_receipts`; kept only where the table is that of everything.
    """
    table = find_table(session, unit)
    scope = keep_from_indexes(lies_in_table(table))
    if table is not None:
        return count_receipts(session, *_was_opened(period, zone), scope)
    kept = _KeptPeriod.look_up(session, period, now)
    key = KeptReceipts.unit_id, KeptReceipts.person_id
    sums = [func.sum(getattr(KeptReceipts, name)) for name in ("received", "passed", "finished")]
    was = KeptCase.first_unit_id, KeptCase.first_person_id
    were = -func.count(), -func.sum(KeptCase.passed), -func.sum(KeptCase.finished)
    received = kept.has_changed(), KeptCase.first_unit_id.is_not(None)
    parts = [
        select(*key, *sums).where(kept.is_kept(KeptReceipts)).group_by(*key),
        select(*was, *were).where(*received).group_by(*was),
        *(build_receipts(*counted, scope) for counted in kept.list_counted(zone)),
    ]
    return add_up((clean_key(row[:2]), tuple(row[2:])) for row in session.execute(union_all(*parts)))


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
