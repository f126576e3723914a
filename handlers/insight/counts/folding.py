"""Keeps the figures of days (`kept`): counts a case anew where something happened, and the days that are not
kept yet; sums up what goes to the archive, and proves what is kept.

    count_changed   reads the cases in question                       (no lock held)
    store           keeps it, unless somebody else did meanwhile      (one transaction)
    move            what leaves `cases`, or is back, changes sides    (in the transaction of whoever moves it)
    recount         which kept days are not what their cases say      (the doctor)

Kept is the difference: of each case what it counts for now, less what it was kept as (`KeptCase`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from handlers.insight.cohort import lies_in_table
from handlers.insight.counts import contributions, kept
from handlers.insight.counts.contributions import Contribution, Sums
from handlers.insight.counts.cuts import COLUMNS, STORED, Cut
from handlers.insight.counts.kept import Mark, read_counter
from handlers.insight.periods import Period
from models.cases import Case, Counter, Event, increment_counter
from models.database import insert_if_absent, keep_from_indexes
from models.kept_figures import (
    FOLDED,
    FOLDED_AT,
    MOVED,
    NOBODY,
    KeptCase,
    KeptDay,
    KeptFigures,
    KeptReceipts,
)

_DAY = timedelta(days=1)
_SETTLED = timedelta(minutes=1)
"""On PostgreSQL an event may be seen after one with a greater id; never so much later."""
_MOST_EVENTS = 5_000
_MOST_DAYS = 3
"""Days that are counted in one look of the ticker: what they count for is written with the lock held."""
_AT_ONCE = 5_000
"""Cases that one statement names."""


@dataclass(frozen=True, slots=True)
class ChangesCounted:
    """What a look at the cases found that is to be kept."""

    known: Mark
    """Up to where the kept figures were true."""
    moved: int
    """How often cases had gone to the archive or come back."""
    upto: Mark
    """Up to where they are true with these."""
    days: Sequence[date]
    """Days that were not kept yet."""
    changed: Collection[int]
    """Cases of the other days that were counted anew."""
    counted: Mapping[int, Contribution]
    """What the public ones among all of them count for."""
    sums: Sums
    """What that adds up to: no work for whoever holds the lock."""


def count_changed(session: Session, zone: ZoneInfo, *, now: datetime) -> ChangesCounted | None:
    """Count the cases of which something happened, and some of the days that are not kept yet, the newest
    first. None: there are none.
    """
    known, moved = Mark.look_up(session), read_counter(session, MOVED) or 0
    upto = Mark(_find_settled(session, known.event, now), max(int(now.timestamp()), known.at))
    stored = set(session.scalars(select(KeptDay.day)))
    days = _list_missing(session, zone, stored, now.astimezone(zone).date())
    changed = _list_changed(session, zone, known, upto, stored)
    if upto.event == known.event and not days and not changed:
        return None
    public = keep_from_indexes(lies_in_table(None))
    counted: dict[int, Contribution] = {}
    for ids in _split(changed):
        counted |= contributions.count_each(session, zone, Case.id.in_(ids), public, now=upto.moment)
    for day in days:
        counted |= _count_day(session, zone, day, now=upto.moment)
    return ChangesCounted(known, moved, upto, days, changed, counted, Sums.build(counted.values()))


def store(session: Session, counted: ChangesCounted) -> int:
    """Keep what was counted, unless somebody else did or cases were moved meanwhile; of how many days."""
    if _lock_counters(session) != (counted.known, counted.moved):
        return 0
    for name, value in ((FOLDED, counted.upto.event), (FOLDED_AT, counted.upto.at)):
        insert_if_absent(session, Counter, {"name": name, "value": value})
        session.execute(update(Counter).where(Counter.name == name).values(value=value))
    for day in counted.days:
        insert_if_absent(session, KeptDay, {"day": day})
    sums = counted.sums.copy()
    _replace(session, {*counted.changed, *counted.counted}, counted.counted, sums)
    return len({day for _, day, _ in sums.figures} | {*counted.days})


def _lock_counters(session: Session) -> tuple[Mark, int]:
    """What the counters say that nobody else changes until the end of the transaction."""
    insert_if_absent(session, Counter, {"name": MOVED, "value": 0})
    names = select(Counter).where(Counter.name.in_((FOLDED, FOLDED_AT, MOVED))).order_by(Counter.name)
    values = {row.name: row.value for row in session.scalars(names.with_for_update())}
    return Mark(values.get(FOLDED), values.get(FOLDED_AT, 0)), values[MOVED]


def _replace(
    session: Session, cases: Collection[int], counted: Mapping[int, Contribution], sums: Sums
) -> None:
    """Keep of these cases what was counted, and nothing of those of which nothing was.

    `sums`: of what was counted; what was kept before is taken off them.
    """
    sums.add(_load(session, cases).values(), -1)
    _add(session, sums, archived=False)
    for ids in _split(cases):
        session.execute(delete(KeptCase).where(KeptCase.case_id.in_(ids)))
    if counted:
        session.execute(insert(KeptCase), [contributions.build_row(*item) for item in counted.items()])


def move(
    session: Session,
    zone: ZoneInfo,
    cases: Sequence[int],
    counted: Sequence[int],
    *,
    now: datetime,
    back: bool = False,
) -> None:
    """Note that the cases of these ids, which are in `cases`, leave for the archive in this transaction; or
    that they have come back.

    The figures of those that are `counted` stay as those of archived cases, of the days on which they were
    opened; or are taken from them again.
    """
    increment_counter(session, MOVED)
    public = keep_from_indexes(lies_in_table(None))
    found = contributions.count_each(session, zone, Case.id.in_(cases), public, now=now)
    sums = Sums()
    sums.add([one for case_id, one in found.items() if case_id in {*counted}], -1 if back else 1)
    _add(session, sums, archived=True)
    if back:
        # Of the other days they are counted with the rest.
        stored = set(
            session.scalars(select(KeptDay.day).where(KeptDay.day.in_({one.day for one in found.values()})))
        )
        again = {case_id: one for case_id, one in found.items() if one.day in stored}
        _replace(session, cases, again, Sums.build(again.values()))
    else:
        _replace(session, cases, {}, Sums())


def recount(session: Session, zone: ZoneInfo, *, days: int | None = None) -> Mapping[date, Sequence[str]]:
    """Which kept days do not say what their cases say, and in which cuts; empty where all is right.

    `days`: look at the newest so many only; None: at all. What is in the archive cannot be counted any more,
    and what is kept of it is its record.
    """
    mark = Mark.look_up(session)
    stored = session.scalars(select(KeptDay.day).order_by(KeptDay.day.desc()).limit(days)).all()
    news = set(session.scalars(mark.find_news(mark.moment)))
    wrong = {}
    for day in stored:
        opened = select(Case.id).where(*_was_opened(zone, day))
        told = _load(session, opened)
        counted = _count_day(session, zone, day, now=mark.moment)
        of_news = {case_id: one for case_id, one in told.items() if case_id in news}
        true = {case_id: one for case_id, one in counted.items() if case_id not in news} | of_news
        sums = Sums.build(true.values())
        differing = {*_read_stored(session, day)} ^ {*_list_figures(sums), *_list_receipts(sums)}
        if found := {cut for cut, *_ in differing} | ({"cases"} if told != true else set()):
            wrong[day] = sorted(found)
    return wrong


# What is kept --------------------------------------------------------------------------------

_RECEIPTS = ("received", "passed", "finished")
_FIGURE_KEYS, _RECEIPT_KEYS = (
    tuple(column.name for column in table.__table__.primary_key) for table in (KeptFigures, KeptReceipts)
)
_Row = tuple[Any, ...]
"""First the cut, or the name of the receipts, then its key and its numbers."""
_OF_RECEIPTS = "receipts"


def _load(session: Session, cases: Collection[int] | Select[int]) -> dict[int, Contribution]:
    """What these cases are kept as."""
    found: dict[int, Contribution] = {}
    for ids in [cases] if isinstance(cases, Select) else _split(cases):
        rows = session.execute(select(KeptCase.__table__).where(KeptCase.case_id.in_(ids))).mappings()
        found |= {row["case_id"]: contributions.read_row({**row}) for row in rows}
    return found


def _list_figures(sums: Sums) -> Iterator[_Row]:
    """The rows of `KeptFigures` with their numbers, those of nothing left out."""
    for (cut, day, key), numbers in sums.figures.items():
        names = [kept.COLUMN_NAMES.get(name, name) for name in COLUMNS[cut]]
        parts = zip(names, key, strict=True)
        told = {name: str(part) if name == "word" else part for name, part in parts}
        where = told.get("unit_id", NOBODY), told.get("area_id", NOBODY)
        if any(numbers):
            yield cut.value, day, *where, told.get("class_id", ""), told.get("word", ""), *numbers


def _list_receipts(sums: Sums) -> Iterator[_Row]:
    for key, numbers in sums.receipts.items():
        if any(numbers):
            yield _OF_RECEIPTS, *key, *numbers


def _read_stored(session: Session, day: date) -> Iterator[_Row]:
    """The same, as they are stored of this day."""
    columns = *(name for name in _FIGURE_KEYS if name != "archived"), *STORED
    rows = select(*(getattr(KeptFigures, name) for name in columns))
    in_cuts = KeptFigures.cut.in_([*Cut]), KeptFigures.day == day, KeptFigures.archived.is_(False)
    yield from map(tuple, session.execute(rows.where(*in_cuts)))
    key = KeptReceipts.day, KeptReceipts.unit_id, KeptReceipts.person_id
    receipts = select(literal(_OF_RECEIPTS), *key, *(getattr(KeptReceipts, name) for name in _RECEIPTS))
    yield from map(tuple, session.execute(receipts.where(key[0] == day, KeptReceipts.archived.is_(False))))


def _add(session: Session, sums: Sums, *, archived: bool) -> None:
    """Add these to the rows of the same keys; one that says nothing any more goes."""
    figures = [(*row[:6], archived, *row[6:]) for row in _list_figures(sums)]
    receipts = [(*row[1:4], archived, *row[4:]) for row in _list_receipts(sums)]
    _add_rows(session, KeptFigures, _FIGURE_KEYS, STORED, figures)
    _add_rows(session, KeptReceipts, _RECEIPT_KEYS, _RECEIPTS, receipts)


def _add_rows(
    session: Session,
    table: type[KeptFigures] | type[KeptReceipts],
    keys: Sequence[str],
    numbers: Sequence[str],
    rows: Sequence[_Row],
) -> None:
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    adding = dialect.insert(table)
    sums = {name: getattr(table, name) + adding.excluded[name] for name in numbers}
    connection = session.connection()
    values = [dict(zip((*keys, *numbers), row, strict=True)) for row in rows]
    connection.execute(adding.on_conflict_do_update(index_elements=keys, set_=sums), values)
    lessened = [value for value in values if min(value[name] for name in numbers) < 0]
    if lessened:
        here = [getattr(table, name) == bindparam(f"of_{name}") for name in keys]
        empty = [getattr(table, name) == 0 for name in numbers]
        places = [{f"of_{name}": value[name] for name in keys} for value in lessened]
        connection.execute(delete(table).where(*here, *empty), places)


def _count_day(session: Session, zone: ZoneInfo, day: date, *, now: datetime) -> dict[int, Contribution]:
    public = keep_from_indexes(lies_in_table(None))
    return contributions.count_each(session, zone, *_was_opened(zone, day), public, now=now)


def _was_opened(zone: ZoneInfo, day: date) -> tuple[ColumnElement[bool], ...]:
    begins, ends = Period(day, day).bounds(zone)
    return Case.opened_at >= begins, Case.opened_at < ends


def _split(ids: Collection[int]) -> Iterator[Sequence[int]]:
    """In parts that a statement bears."""
    rest = iter(sorted(ids))
    while some := [*islice(rest, _AT_ONCE)]:
        yield some


# What happened since -------------------------------------------------------------------------


def _list_changed(
    session: Session, zone: ZoneInfo, known: Mark, upto: Mark, stored: Collection[date]
) -> list[int]:
    """The cases with news that were opened on days that are kept."""
    news = known.find_news(upto.moment, upto.event)
    opened = session.execute(select(Case.id, Case.opened_at).where(Case.id.in_(news)))
    return [case_id for case_id, at in opened if at.astimezone(zone).date() in stored]


def _find_settled(session: Session, folded: int | None, now: datetime) -> int:
    """The last event that nothing earlier can come behind any more; of very many, of the next ones."""
    settled = select(func.max(Event.id))
    if session.get_bind().dialect.name == "postgresql":
        settled = settled.where(Event.at <= now - _SETTLED)
    newest = session.scalar(settled) or 0
    return newest if folded is None else max(min(newest, folded + _MOST_EVENTS), folded)


def _list_missing(session: Session, zone: ZoneInfo, stored: Collection[date], today: date) -> list[date]:
    """The newest days that are not kept, today among them; some at a time."""
    oldest = session.scalar(select(func.min(Case.opened_at)))
    if oldest is None:
        return []
    days = (today - _DAY * back for back in range((today - oldest.astimezone(zone).date()).days + 1))
    return [*islice((day for day in days if day not in stored), _MOST_DAYS)]
