"""The lists of one person in a chat: what waits for them, what is late, what lies in their area, their own.

A list is the cases of some parts, of which each is read by an index of its own: in one OR, SQLite would read
all that ever lay there. Nobody leafs through more than MOST_COUNTED cases, and so no more are looked for.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.ending import sign_offs
from handlers.cases.lists.scope import (
    is_at_top,
    is_only_top,
    list_open_sides,
    list_sides_of_unit,
    narrow,
)
from handlers.cases.queries import MOST_COUNTED, Asker, CasePage
from handlers.environment.units import find_subtree_ids
from models.cases import HAS_REQUEST, IS_ON_AGENDA, IS_OPEN, IS_RESTRICTED, Case
from models.database import keep_from_indexes
from models.organisation import DESK, Role, Unit
from models.workflow import UNASSIGNED, Status

_AT_DESK = Case.status.in_((Status.NEW, Status.ACCEPTED, Status.SUBMITTED, Status.CALLBACK))
_IS_NOT_TO_SIGN = Case.signoff_asked_at.is_(None)
_UNASSIGNED = Case.status.in_(UNASSIGNED)
_WAITS_FOR_UNIT = Case.status.in_((Status.DISPATCHED, Status.IN_PROGRESS))
_NEVER = datetime.max.replace(tzinfo=UTC)
Part = Sequence[ColumnElement[bool]]
"""Conditions that must all hold."""


def list_waiting(session: Session, asker: Asker, *, page: int, size: int) -> CasePage:
    """Open cases that wait for the asker: as duty officer, as leader, as handler, as reporter.

    `page` counts from 1, `size` is the number of cases of a page.
    """
    parts = [part for one in asker.capacities for part in _list_waiting_for(session, one)]
    return load_page(session, asker, parts, page=page, size=size, by_due=True)


def _list_waiting_for(session: Session, asker: Asker) -> Iterator[Part]:
    """What waits for the asker by their office; what waits for a signature waits for no desk."""
    yield _among(sign_offs.is_to_sign(asker.person))
    if asker.is_outsider:
        yield _among(queries.is_to_survey(asker))
        yield queries.is_own(asker), Case.status == Status.CALLBACK
    elif asker.actor.is_one_of(DESK):
        yield _lies_open(session, asker.unit(session), [_AT_DESK], _IS_NOT_TO_SIGN)
        yield _lies_among(session, asker.unit(session), HAS_REQUEST)
    elif asker.actor.is_one_of({Role.LEADER}):
        # Of a restricted case no desk knows: a leader who reads it stands in for it.
        yield _lies_among(session, asker.unit(session), HAS_REQUEST)
        yield _lies_among(session, asker.unit(session), IS_RESTRICTED, _AT_DESK, _IS_NOT_TO_SIGN)
    else:
        units = queries.find_staff_units(session, asker)
        yield narrow(session, [and_(IS_OPEN, Case.unit_id.in_(units))], [_WAITS_FOR_UNIT])
        yield _among(queries.is_helped_by(units))
        yield _among(queries.is_to_survey(asker))


def list_overdue(session: Session, asker: Asker, *, now: datetime, page: int, size: int) -> CasePage:
    """Cases past their due time that concern the asker, the longest overdue first."""
    late = queries.is_overdue(now)
    if is_at_top(session, asker):
        return load_page(session, asker, [[late]], page=page, size=size, by_due=True)
    theirs = narrow(session, [or_(false(), *list_open_sides(session, asker))])
    return load_page(session, asker, [(*theirs, late)], page=page, size=size, by_due=True)


def list_agenda(session: Session, asker: Asker, *, page: int, size: int) -> CasePage:
    """Open cases that wait for a joint meeting and concern the asker, what is due first comes first."""
    waits = _among(IS_ON_AGENDA, queries.is_concern(session, asker))
    return load_page(session, asker, [waits], page=page, size=size, by_due=True)


def list_area(session: Session, asker: Asker, *, page: int, size: int) -> CasePage:
    """Open cases in the asker's own area, newest first: of those who oversee none, their own ones.

    Their own: what residents and informants reported, and what a unit handles there.
    """
    parts = [_lies_near(session, one) for one in asker.in_each_post]
    return load_page(session, asker, parts, page=page, size=size)


def list_unassigned(session: Session, asker: Asker, *, page: int, size: int) -> CasePage:
    """Cases in the asker's own area that no unit was given yet, newest first."""
    parts = [_lies_near(session, one, _UNASSIGNED) for one in asker.in_each_post]
    return load_page(session, asker, parts, page=page, size=size)


def list_own(session: Session, asker: Asker, *, page: int, size: int) -> CasePage:
    """What the asker reported, and the open cases of their unit; newest first."""
    parts: list[Part] = [[queries.is_own(asker)]]
    if not asker.is_outsider and asker.unit(session) is not None:
        units = queries.find_staff_units(session, asker)
        parts.append(narrow(session, [and_(IS_OPEN, Case.unit_id.in_(units))]))
    return load_page(session, asker, parts, page=page, size=size)


def load_page(
    session: Session,
    asker: Asker,
    parts: Iterable[Part],
    *,
    page: int,
    size: int,
    by_due: bool = False,
) -> CasePage:
    """A page of the cases of any part that may be shown; `by_due`: what is due first comes first."""
    order = (Case.due_at.asc().nulls_last(), Case.id) if by_due else (Case.id.desc(),)
    shown = queries.is_visible(asker)
    due: dict[int, datetime | None] = {}
    for part in parts:
        first = select(Case.id, Case.due_at).where(*part, shown).order_by(*order).limit(MOST_COUNTED + size)
        due.update((case_id, at) for case_id, at in session.execute(first))
    ids = sorted(due, key=lambda one: (due[one] is None, due[one] or _NEVER, one) if by_due else -one)
    total = min(len(ids), MOST_COUNTED)
    page = max(min(page, -(-total // size)), 1)
    wanted = ids[(page - 1) * size : page * size]
    cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(wanted)))}
    return CasePage([cases[one] for one in wanted], total, page, len(ids) > total)


# Where they lie ------------------------------------------------------------------------------


def _lies_open(
    session: Session, unit: Unit | None, states: Sequence[ColumnElement[bool]], *more: ColumnElement[bool]
) -> Part:
    """Open cases of the unit's area or in its hands, as `queries.lies_in`, in these states, if any are said,
    and of which more is so.
    """
    if unit is None:
        return (false(),)
    if is_only_top(session, unit):
        return narrow(session, states, more)
    return narrow(session, [or_(*list_sides_of_unit(session, unit)), *states], more)


def _lies_among(
    session: Session, unit: Unit | None, few: ColumnElement[bool], *more: ColumnElement[bool]
) -> Part:
    """Likewise, of those few that have an index of their own."""
    return _among(few, *more, queries.lies_in(session, unit))


def _among(few: ColumnElement[bool], *more: ColumnElement[bool]) -> Part:
    """The open ones of those few that have an index of their own, of which more is so."""
    return few, *map(keep_from_indexes, (IS_OPEN, *more))


def _lies_near(session: Session, asker: Asker, *states: ColumnElement[bool]) -> Part:
    """Open cases of the area that one post of the asker is there for, in these states, if any are said."""
    near = Case.area_id.in_(find_subtree_ids(session, asker.unit(session)))
    if asker.is_outsider:
        return queries.is_own(asker), IS_OPEN, keep_from_indexes(near), *states
    theirs = [] if asker.oversees_area else [Case.unit_id.in_(queries.find_staff_units(session, asker))]
    return narrow(session, [*(and_(IS_OPEN, one) for one in (*theirs, near)), *states])
