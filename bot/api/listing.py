"""Which cases, newest first, a page at a time, at the same speed however many there are.

A page begins where the one before ended (`id < after`), so nothing is counted or skipped over.
Filters whose index keeps the order of ids (status, class, one unit) let the database walk. Those
that scatter (a subtree of units, a span of time) are first asked for a few ids: if that is all,
the page is among them; if there are more, they lie so close that walking by id finds them soon.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from bot.api.bodies import ListAsked
from bot.api.problems import Invalid, Mistake
from models.cases import Case
from models.organisation import Unit

_FEW = 2000
"""Ids that are fetched and sorted in some 2 ms."""
_TAIL = 4


def page(session: Session, asked: ListAsked) -> tuple[Sequence[Case], str | None]:
    """The cases of one page and the cursor of the next."""
    query = select(Case).where(*_plain(asked)).order_by(Case.id.desc()).limit(asked.limit + 1)
    units = _subtree(session, asked.unit) if asked.unit else None
    if units is not None and len(units) == 1 and not (asked.opened_from or asked.opened_to):
        query = query.where(Case.unit_id == units[0])
    elif units is not None or asked.opened_from or asked.opened_to:
        query = _narrowed(session, asked, units, query)
    found = session.scalars(query).all()
    cases = found[: asked.limit]
    return cases, encode(cases[-1].id) if len(found) > len(cases) else None


def encode(case_id: int) -> str:
    """A cursor: opaque to others, the last id of a page to us."""
    return base64.urlsafe_b64encode(f"case:{case_id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        kind, _, digits = text.partition(":")
        if kind != "case" or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise ValueError("not a cursor")
        return int(digits)
    except (ValueError, binascii.Error) as error:
        raise Invalid(Mistake(path="query.after", problem="不是上一页的 next")) from error


def _plain(asked: ListAsked) -> list[ColumnElement[bool]]:
    """Conditions that a walk in the order of ids can use."""
    conditions: list[ColumnElement[bool]] = [Case.restricted.is_(False)]
    if asked.after is not None:
        conditions.append(Case.id < decode(asked.after))
    if asked.status is not None:
        conditions.append(Case.status == asked.status)
    if asked.class_ is not None:
        conditions.append(Case.class_id == asked.class_)
    if asked.urgent is not None:
        conditions.append(Case.urgent.is_(asked.urgent))
    return [*conditions, *_numbered(asked.q)]


def _numbered(q: str | None) -> list[ColumnElement[bool]]:
    if q is None:
        return []
    if not q.isdigit():
        return [Case.number == q]
    ending = [func.replace(Case.number, "-", "").like(f"%{q}")] if len(q) > _TAIL else []
    return [Case.tail == q[-_TAIL:], *ending]


def _subtree(session: Session, code: str) -> list[int]:
    path = session.scalar(select(Unit.path).where(Unit.code == code))
    if path is None:
        raise Invalid(Mistake(path="query.unit", problem=f"没有代码为 {code} 的单位"))
    return list(session.scalars(select(Unit.id).where(Unit.path.startswith(path, autoescape=True))))


def _narrowed(
    session: Session, asked: ListAsked, units: list[int] | None, query: Select[Case]
) -> Select[Case]:
    few = select(Case.id).where(*_plain(asked), *_scattered(asked, units, Case.unit_id, Case.opened_at))
    ids = sorted(session.scalars(few.limit(_FEW + 1)), reverse=True)
    if len(ids) <= _FEW:
        return query.where(Case.id.in_(ids[: asked.limit + 1]))
    # Wrapped in a function the columns no longer tempt the planner to fetch and sort everything.
    walked = _scattered(
        asked, units, func.coalesce(Case.unit_id, 0), func.coalesce(Case.opened_at, Case.opened_at)
    )
    return query.where(*walked)


def _scattered(
    asked: ListAsked, units: list[int] | None, unit_id: Any, opened_at: Any
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if units is not None:
        conditions.append(unit_id.in_(units))
    if asked.opened_from is not None:
        conditions.append(opened_at >= asked.opened_from)
    if asked.opened_to is not None:
        conditions.append(opened_at <= asked.opened_to)
    return conditions
