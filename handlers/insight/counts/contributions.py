"""What single cases count for in the kept figures, and what these are the sums of.

cases ──count_each──> Contribution, by the id of the case
Contribution <──read_row, build_row──> KeptCase
Sums.add ──> what a key of a cut, or whoever received them first, has of them each day
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from handlers.insight.counts import responsibility
from handlers.insight.counts.cuts import (
    COLUMNS,
    FINEST,
    REWORKED,
    STORED,
    Cut,
    Key,
    Numbers,
    clean_key,
    define_stored,
    list_columns,
)
from models.cases import Case

_NOBODY_SIGNED = None, None, 0, 0
_RECEIPT = ("first_unit_id", "first_person_id", "passed", "finished")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one public case counts for in the figures of the local day on which it was opened."""

    day: date
    key: Key
    """Of all that cuts tell cases apart by (`cuts.FINEST`)."""
    numbers: Numbers
    """Of `cuts.STORED`."""
    receipt: tuple[int | None, int | None, int, int]
    """Unit and person that received it first, if any did, and whether it was passed on and is finished."""


def count_each(
    session: Session, zone: ZoneInfo, *conditions: ColumnElement[bool], now: datetime
) -> dict[int, Contribution]:
    """What each of the cases of these conditions counts for now, by its id."""
    query = select(Case.id, Case.opened_at, *list_columns(FINEST, zone, now), *_list_numbers(now))
    receipts = responsibility.list_receipts(session, *conditions)
    width = len(FINEST)
    counted: dict[int, Contribution] = {}
    for case_id, opened, *rest in session.execute(query.where(*conditions)):
        key = clean_key(rest[:width])
        receipt = receipts.get(case_id, _NOBODY_SIGNED)
        day = opened.astimezone(zone).date()
        counted[case_id] = Contribution(day, key, tuple(rest[width:]), receipt)
    return counted


def _list_numbers(now: datetime) -> list[ColumnElement[int]]:
    figures = define_stored(now)
    reworked = case((figures["received"], Case.reworks), else_=0)
    return [reworked if name == REWORKED else case((figures[name], 1), else_=0) for name in STORED]


def read_row(row: Mapping[str, Any]) -> Contribution:
    """A row of `KeptCase`, by the names of its columns."""
    key, numbers, receipt = (tuple(row[name] for name in names) for names in (FINEST, STORED, _RECEIPT))
    return Contribution(row["day"], key, numbers, receipt)


def build_row(case_id: int, one: Contribution) -> dict[str, Any]:
    """The row of `KeptCase`."""
    names = (*FINEST, *STORED, *_RECEIPT)
    told = dict(zip(names, (*one.key, *one.numbers, *one.receipt), strict=True))
    return {"case_id": case_id, "day": one.day, **told}


@dataclass(slots=True)
class Sums:
    """What many contributions add up to."""

    figures: dict[tuple[Cut, date, Key], Numbers] = field(default_factory=dict)
    receipts: dict[tuple[date, int, int], Numbers] = field(default_factory=dict)
    """By day, unit and person: received first, passed on, finished."""

    @classmethod
    def build(cls, contributions: Iterable[Contribution]) -> Self:
        """Of these."""
        sums = cls()
        sums.add(contributions)
        return sums

    def copy(self) -> "Sums":
        """The same, to be added to."""
        return Sums({**self.figures}, {**self.receipts})

    def add(self, contributions: Iterable[Contribution], sign: int = 1) -> None:
        """Take these in; with the sign -1, off."""
        finest: defaultdict[tuple[date, Key], list[Numbers]] = defaultdict(list)
        for one in contributions:
            finest[one.day, one.key].append(one.numbers)
            unit_id, person_id, *rest = one.receipt
            if unit_id is not None and person_id is not None:
                _add(self.receipts, (one.day, unit_id, person_id), tuple(sign * n for n in (1, *rest)))
        for (day, key), several in finest.items():
            numbers = tuple(sign * sum(column) for column in zip(*several, strict=True))
            for cut, places in _PLACES.items():
                _add(self.figures, (cut, day, tuple(key[at] for at in places)), numbers)


_PLACES = {cut: [FINEST.index(name) for name in names] for cut, names in COLUMNS.items()}


def _add(sums: dict[Any, Numbers], key: Any, numbers: Numbers) -> None:
    known = sums.get(key)
    sums[key] = numbers if known is None else tuple(map(int.__add__, known, numbers))
