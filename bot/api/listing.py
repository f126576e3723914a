"""Case lists: newest first, a page at a time, at the same speed however many cases there are.

A page begins where the one before ended (`id < after`), so nothing is counted or skipped over.
Filters whose index keeps the order of ids (status, class, one unit) let the database walk the ids.
Filters that scatter (a subtree of units, a span of time) are first asked for at most `_FEW` ids: if
no more exist, the page is among them; if more exist, they lie so close that walking by id finds them.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from bot.api.bodies import CaseFilters
from bot.api.problems import FieldError, InvalidRequest
from models.cases import Case
from models.organisation import Unit

_FEW = 2000
"""Ids that are fetched and sorted in some 2 ms."""
_TAIL = 4


def list_page(session: Session, filters: CaseFilters) -> tuple[Sequence[Case], str | None]:
    """The cases of one page, newest first, and the cursor of the next page, None on the last one.

    Restricted cases are left out. Raises InvalidRequest for a cursor that `encode_cursor` did not make
    and for a unit code that no unit has.
    """
    query = (
        select(Case).where(*_ordered_conditions(filters)).order_by(Case.id.desc()).limit(filters.limit + 1)
    )
    units = _find_subtree_ids(session, filters.unit) if filters.unit else None
    if units is not None and len(units) == 1 and not (filters.opened_from or filters.opened_to):
        query = query.where(Case.unit_id == units[0])
    elif units is not None or filters.opened_from or filters.opened_to:
        query = _narrow_query(session, filters, units, query)
    found = session.scalars(query).all()
    cases = found[: filters.limit]
    return cases, encode_cursor(cases[-1].id) if len(found) > len(cases) else None


def encode_cursor(case_id: int) -> str:
    """An opaque cursor for the page that follows the case with this id."""
    return base64.urlsafe_b64encode(f"case:{case_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The case id in a cursor of `encode_cursor`. Raises InvalidRequest for any other text."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        kind, _, digits = text.partition(":")
        if kind != "case" or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise ValueError("not a cursor")
        return int(digits)
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest(FieldError(path="query.after", problem="不是上一页的 next")) from error


def _ordered_conditions(filters: CaseFilters) -> list[ColumnElement[bool]]:
    """Conditions that a walk in the order of ids can use."""
    conditions: list[ColumnElement[bool]] = [Case.restricted.is_(False)]
    if filters.after is not None:
        conditions.append(Case.id < decode_cursor(filters.after))
    if filters.status is not None:
        conditions.append(Case.status == filters.status)
    if filters.class_ is not None:
        conditions.append(Case.class_id == filters.class_)
    if filters.urgent is not None:
        conditions.append(Case.urgent.is_(filters.urgent))
    return [*conditions, *_number_conditions(filters.q)]


def _number_conditions(q: str | None) -> list[ColumnElement[bool]]:
    if q is None:
        return []
    if not q.isdigit():
        return [Case.number == q]
    ending = [func.replace(Case.number, "-", "").like(f"%{q}")] if len(q) > _TAIL else []
    return [Case.tail == q[-_TAIL:], *ending]


def _find_subtree_ids(session: Session, code: str) -> list[int]:
    path = session.scalar(select(Unit.path).where(Unit.code == code))
    if path is None:
        raise InvalidRequest(FieldError(path="query.unit", problem=f"没有代码为 {code} 的单位"))
    return list(session.scalars(select(Unit.id).where(Unit.path.startswith(path, autoescape=True))))


def _narrow_query(
    session: Session, filters: CaseFilters, units: list[int] | None, query: Select[Case]
) -> Select[Case]:
    few = select(Case.id).where(
        *_ordered_conditions(filters), *_scattered_conditions(filters, units, Case.unit_id, Case.opened_at)
    )
    ids = sorted(session.scalars(few.limit(_FEW + 1)), reverse=True)
    if len(ids) <= _FEW:
        return query.where(Case.id.in_(ids[: filters.limit + 1]))
    # Wrapped in a function the columns no longer tempt the planner to fetch and sort everything.
    walked = _scattered_conditions(
        filters, units, func.coalesce(Case.unit_id, 0), func.coalesce(Case.opened_at, Case.opened_at)
    )
    return query.where(*walked)


def _scattered_conditions(
    filters: CaseFilters, units: list[int] | None, unit_id: Any, opened_at: Any
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if units is not None:
        conditions.append(unit_id.in_(units))
    if filters.opened_from is not None:
        conditions.append(opened_at >= filters.opened_from)
    if filters.opened_to is not None:
        conditions.append(opened_at <= filters.opened_to)
    return conditions
