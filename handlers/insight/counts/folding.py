"""Keeps the figures of days (`kept`): counts them anew where something happened, sums up what goes to the
archive, and proves what is kept.

    count_changed   reads the cases of the days in question         (no lock held)
    store           keeps it, unless somebody else did meanwhile     (one transaction)
    move            what leaves `cases`, or is back, changes sides   (in the transaction of whoever moves it)
    recount         which kept days are not what their cases say     (the doctor)
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from handlers.insight.cohort import lies_in_table
from handlers.insight.counts import cuts, kept, responsibility
from handlers.insight.counts.cuts import COLUMNS, FIGURES, Cut, Key, Numbers
from handlers.insight.periods import Period
from models.cases import Case, Counter, Event, increment_counter
from models.database import insert_if_absent, keep_from_indexes
from models.kept_figures import FOLDED, MOVED, NOBODY, KeptDay, KeptFigures, KeptReceipts

_DAY = timedelta(days=1)
_SETTLED = timedelta(minutes=1)
"""On PostgreSQL an event may be seen after one with a greater id; never so much later."""
_MOST_EVENTS = 5_000
_MOST_DAYS = 10
"""Days that are counted in one look of the ticker."""


@dataclass(frozen=True, slots=True)
class DayCounted:
    """What the cases of one day count for."""

    figures: Mapping[Cut, Mapping[Key, Numbers]]
    receipts: Mapping[Key, Numbers]
    """By unit and person: received first, passed on, finished."""


@dataclass(frozen=True, slots=True)
class DaysCounted:
    """What a look at the cases found that is to be kept."""

    folded: int | None
    """Up to which event the kept days were true; None: no days were kept yet."""
    moved: int
    """How often cases had gone to the archive or come back."""
    upto: int
    """Up to which they are true with these."""
    days: Mapping[date, DayCounted]


def count_changed(session: Session, zone: ZoneInfo, *, now: datetime) -> DaysCounted | None:
    """Count anew the days of which something happened, and some that are not kept yet, the newest first.

    None: there are none. What is opened today is counted when it is asked for.
    """
    folded, moved = _read_counter(session, FOLDED), _read_counter(session, MOVED) or 0
    upto = _find_settled(session, folded, now)
    stored = set(session.scalars(select(KeptDay.day)))
    changed = kept.list_opened(session, zone, folded, upto) & stored if folded is not None else set()
    days = {*changed, *_list_missing(session, zone, stored, now.astimezone(zone).date())}
    if upto == folded and not days:
        return None
    counted = {day: _count_day(session, zone, day, now=now) for day in days}
    return DaysCounted(folded, moved, upto, counted)


def store(session: Session, counted: DaysCounted) -> int:
    """Keep what was counted, unless somebody else did or cases were moved meanwhile; how many days."""
    counter = session.get(Counter, FOLDED, with_for_update=True)
    moved = session.get(Counter, MOVED, with_for_update=True)
    known = counter.value if counter is not None else None, moved.value if moved is not None else 0
    if known != (counted.folded, counted.moved):
        return 0
    if counter is None:
        insert_if_absent(session, Counter, {"name": FOLDED, "value": counted.upto})
    else:
        counter.value = counted.upto
    for day, found in counted.days.items():
        _keep(session, day, found)
    return len(counted.days)


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
    opened; or are taken from them again. What else was opened on these days is counted anew.
    """
    increment_counter(session, MOVED)
    opened = session.execute(select(Case.id, Case.opened_at).where(Case.id.in_(cases)))
    days = {case_id: at.astimezone(zone).date() for case_id, at in opened}
    for day in {*days.values()}:
        ids = [case_id for case_id in counted if days[case_id] == day]
        found = _count(session, zone, Case.id.in_(ids), lies_in_table(None), now=now)
        _add(session, _list_rows(day, found, archived=True), back=back)
    session.execute(delete(KeptDay).where(KeptDay.day.in_({*days.values()})))


def recount(
    session: Session, zone: ZoneInfo, *, now: datetime, days: int | None = None
) -> Mapping[date, Sequence[str]]:
    """Which kept days do not say what their cases say, and in which cuts; empty where all is right.

    `days`: look at the newest so many only; None: at all. What is in the archive cannot be counted any more,
    and what is kept of it is its record.
    """
    stored = session.scalars(select(KeptDay.day).order_by(KeptDay.day.desc()).limit(days)).all()
    wrong = {}
    for day in set(stored) - kept.find_changed(session, zone):
        counted = _list_rows(day, _count_day(session, zone, day, now=now))
        if differing := {*_list_stored(session, day)} ^ {*map(_freeze, counted)}:
            wrong[day] = sorted({dict(row).get("cut", "receipts") for row in differing})
    return wrong


# What is kept --------------------------------------------------------------------------------

_Row = dict[str, Any]
_RECEIPTS = ("received", "passed", "finished")
_FIGURES_OF: Mapping[type[KeptFigures] | type[KeptReceipts], Sequence[str]] = {
    KeptFigures: FIGURES,
    KeptReceipts: _RECEIPTS,
}


def _list_rows(day: date, counted: DayCounted, *, archived: bool = False) -> list[_Row]:
    """As they are stored, those of both tables."""
    nothing = {"unit_id": NOBODY, "area_id": NOBODY, "class_id": "", "word": ""}
    rows: list[_Row] = []
    for cut, sums in counted.figures.items():
        names = [kept.STORED.get(name, name) for name in COLUMNS[cut]]
        for key, numbers in sums.items():
            told = dict(zip(names, (str(part) if name == "word" else part for name, part in
                                    zip(names, key, strict=True)), strict=True))  # fmt: skip
            figures = dict(zip(FIGURES, numbers, strict=True))
            rows.append({"cut": cut.value, "day": day, "archived": archived, **nothing, **told, **figures})
    for (unit_id, person_id), numbers in counted.receipts.items():
        told = {"unit_id": unit_id, "person_id": person_id, **dict(zip(_RECEIPTS, numbers, strict=True))}
        rows.append({"day": day, "archived": archived, **told})
    return rows


def _table_of(row: _Row) -> type[KeptFigures] | type[KeptReceipts]:
    return KeptFigures if "cut" in row else KeptReceipts


def _keep(session: Session, day: date, counted: DayCounted) -> None:
    rows = _list_rows(day, counted)
    for table in (KeptFigures, KeptReceipts):
        session.execute(delete(table).where(table.day == day, table.archived.is_(False)))
        if own := [row for row in rows if _table_of(row) is table]:
            session.execute(insert(table), own)
    insert_if_absent(session, KeptDay, {"day": day})


def _add(session: Session, rows: Sequence[_Row], *, back: bool) -> None:
    """Add these to the rows of the same keys, or take them from them; one that says nothing any more goes."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for table in (KeptFigures, KeptReceipts):
        numbers = _FIGURES_OF[table]
        own = [
            {name: -value if back and name in numbers else value for name, value in row.items()}
            for row in rows
            if _table_of(row) is table
        ]
        if not own:
            continue
        adding = dialect.insert(table)
        sums = {name: getattr(table, name) + adding.excluded[name] for name in numbers}
        keys = [column.name for column in table.__table__.primary_key]
        session.connection().execute(adding.on_conflict_do_update(index_elements=keys, set_=sums), own)
        empty = (getattr(table, name) == 0 for name in numbers)
        session.execute(delete(table).where(table.day == own[0]["day"], table.archived, *empty))


def _list_stored(session: Session, day: date) -> list[frozenset[tuple[str, Any]]]:
    return [
        _freeze(dict(row))
        for table in (KeptFigures, KeptReceipts)
        for row in session.execute(
            select(table.__table__).where(table.day == day, table.archived.is_(False))
        ).mappings()
    ]


def _freeze(row: _Row) -> frozenset[tuple[str, Any]]:
    return frozenset(row.items())


def _count_day(session: Session, zone: ZoneInfo, day: date, *, now: datetime) -> DayCounted:
    begins, ends = Period(day, day).bounds(zone)
    opened = Case.opened_at >= begins, Case.opened_at < ends
    return _count(session, zone, *opened, keep_from_indexes(lies_in_table(None)), now=now)


def _count(session: Session, zone: ZoneInfo, *conditions: Any, now: datetime) -> DayCounted:
    return DayCounted(
        cuts.count_every_cut(session, zone, *conditions, now=now),
        responsibility.count_receipts(session, *conditions),
    )


# What happened since -------------------------------------------------------------------------


def _read_counter(session: Session, name: str) -> int | None:
    return session.scalar(select(Counter.value).where(Counter.name == name))


def _find_settled(session: Session, folded: int | None, now: datetime) -> int:
    """The last event that nothing earlier can come behind any more; of very many, of the next ones."""
    settled = select(func.max(Event.id))
    if session.get_bind().dialect.name == "postgresql":
        settled = settled.where(Event.at <= now - _SETTLED)
    newest = session.scalar(settled) or 0
    return newest if folded is None else max(min(newest, folded + _MOST_EVENTS), folded)


def _list_missing(session: Session, zone: ZoneInfo, stored: Collection[date], today: date) -> list[date]:
    """The newest days before today that are not kept, some at a time."""
    oldest = session.scalar(select(func.min(Case.opened_at)))
    if oldest is None:
        return []
    days = (today - _DAY * back for back in range(1, (today - oldest.astimezone(zone).date()).days + 1))
    return [*islice((day for day in days if day not in stored), _MOST_DAYS)]
