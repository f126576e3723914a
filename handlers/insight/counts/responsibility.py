"""Who answers for what: cases that leaders took in person, and who received cases first (B15).

Each number is a condition for a case, so that it opens the cases that it counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from handlers.insight.cohort import define_figures
from models.cases import LEAD, Assignment, Case
from models.charges import Charge
from models.database import keep_from_indexes
from models.figures import ChargeFigures, FirstReceipts
from models.kept_figures import NOBODY
from models.organisation import Person, Unit
from models.workflow import Status

MOST = 30
"""Lines of each table."""
_IS_CLOSED = Case.status == Status.CLOSED


class ChargeKind(StrEnum):
    """What became of the cases that a leader took."""

    TAKEN = "taken"
    FINISHED = "finished"
    LATE = "late"


class ReceiptKind(StrEnum):
    """What became of the cases that somebody received first."""

    RECEIVED = "received"
    PASSED = "passed"
    FINISHED = "finished"


def _define_charges(now: datetime) -> Mapping[ChargeKind, ColumnElement[bool]]:
    """Late as every case is late (`cohort`): not what is suspended, taken back or left out of the tables."""
    late = define_figures(now)["not_on_time"]
    return {ChargeKind.TAKEN: true(), ChargeKind.FINISHED: _IS_CLOSED, ChargeKind.LATE: late}


def was_charged(
    kind: ChargeKind, leader: Person, begins: datetime, ends: datetime, *, now: datetime
) -> ColumnElement[bool]:
    """Condition for the cases that this leader took between two moments, of which this is so."""
    taken = select(Charge.case_id).where(
        Charge.leader_id == leader.id, Charge.began_at >= begins, Charge.began_at < ends
    )
    return and_(Case.id.in_(taken), _define_charges(now)[kind])


def count_charges(
    session: Session, scope: ColumnElement[bool], begins: datetime, ends: datetime, *, now: datetime
) -> tuple[ChargeFigures, ...]:
    """By leader, the cases in `scope` that they took between two moments, each once."""
    taken = (
        select(Charge.leader_id, Charge.case_id)
        .where(Charge.began_at >= begins, Charge.began_at < ends)
        .distinct()
        .subquery()
    )
    rows = session.execute(
        select(Person.code, Person.name, *map(_count, _define_charges(now).values()))
        .select_from(taken)
        .join(Case, Case.id == taken.c.case_id)
        .join(Person, Person.id == taken.c.leader_id)
        .where(keep_from_indexes(scope))
        .group_by(Person.id, Person.code, Person.name)
        .order_by(func.count().desc(), Person.id)
        .limit(MOST)
    )
    return tuple(ChargeFigures(code, name, *numbers) for code, name, *numbers in rows)


@cache
def _find_first() -> ScalarSelect[int]:
    """Of each case the id of the first share that its unit took up or sent back; NULL where none did."""
    share = aliased(Assignment)
    received = or_(share.signed_at.is_not(None), share.returned_at.is_not(None))
    first = select(func.min(share.id)).where(share.case_id == Case.id, share.role == LEAD, received)
    return first.correlate(Case).scalar_subquery()


_RECEIPTS: Mapping[ReceiptKind, ColumnElement[bool]] = {
    ReceiptKind.RECEIVED: true(),
    ReceiptKind.PASSED: or_(Case.unit_id.is_(None), Case.unit_id != Assignment.unit_id),
    ReceiptKind.FINISHED: _IS_CLOSED,
}
"""Beside the share that was first."""


def was_received_first(kind: ReceiptKind, unit: Unit, person: Person | None) -> ColumnElement[bool]:
    """Condition for the cases that this person of this unit received first, of which this is so; None: nobody
    of the unit signed.
    """
    signed = Assignment.signed_by.is_(None) if person is None else Assignment.signed_by == person.id
    first = select(Assignment.id).where(
        Assignment.id == _find_first(), Assignment.unit_id == unit.id, signed, _RECEIPTS[kind]
    )
    return first.correlate(Case).exists()


def count_receipts(
    session: Session, *conditions: ColumnElement[bool]
) -> Mapping[tuple[int, int], tuple[int, int, int]]:
    """By unit and person (ids; NOBODY where nobody of the unit signed) how many of the cases of these
    conditions they received first, passed on of those, and how many of those are finished.
    """
    rows = session.execute(build_receipts(*conditions))
    return {(row[0], row[1] or NOBODY): (row[2], row[3], row[4]) for row in rows}


def build_receipts(*conditions: ColumnElement[bool]) -> Select[Any]:
    """What `count_receipts` asks."""
    numbers: list[ColumnElement[Any]] = [*map(_count, _RECEIPTS.values())]
    key = Assignment.__table__.c.unit_id, Assignment.__table__.c.signed_by
    first = select(*key, *numbers).select_from(Case).join(Assignment, Assignment.id == _find_first())
    return first.where(*conditions).group_by(*key)


def list_receipts(
    session: Session, *conditions: ColumnElement[bool]
) -> Mapping[int, tuple[int, int, int, int]]:
    """Of each of these cases that was received, by its id, the same: unit, person, passed on, finished."""
    passed, finished = (
        case((_RECEIPTS[kind], 1), else_=0) for kind in (ReceiptKind.PASSED, ReceiptKind.FINISHED)
    )
    rows = session.execute(
        select(Case.id, Assignment.unit_id, Assignment.signed_by, passed, finished)
        .select_from(Case)
        .join(Assignment, Assignment.id == _find_first())
        .where(*conditions)
    )
    return {row[0]: (row[1], row[2] or NOBODY, row[3], row[4]) for row in rows}


def list_first_receipts(
    session: Session, counted: Mapping[tuple[int, int], Sequence[int]]
) -> tuple[FirstReceipts, ...]:
    """The same with names: who received most, first."""
    of_units, of_people = ({key[at] for key in counted} for at in (0, 1))
    units = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(of_units)))}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(of_people)))}
    lines = []
    for (unit_id, person_id), numbers in counted.items():
        unit, person = units[unit_id], people.get(person_id)
        names = (person.code, person.name) if person is not None else ("", "")
        lines.append(FirstReceipts(unit.code, unit.display_name, *names, *numbers))
    lines.sort(key=lambda line: (-line.received, line.unit_code, line.person_code))
    return tuple(lines[:MOST])


def _count(holds: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((holds, 1), else_=0)), 0)
