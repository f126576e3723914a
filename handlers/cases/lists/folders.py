"""The fixed folders of what waits for somebody, with counts; the asker's rights inside, as in `queries`.

Who has to filter forgets: every case that needs somebody lies in one of these, and its count is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.ending import sign_offs
from handlers.cases.lists.scope import Kept, find_standing, is_at_top
from handlers.cases.queries import Asker
from handlers.environment.people import doors
from models.approvals import IS_UNDECIDED, ApprovalRequest, SupervisionOrder
from models.cases import IS_ON_AGENDA, IS_OPEN, IS_TIMED, Case
from models.database import UTCDateTime, keep_from_indexes
from models.organisation import OVERSEERS
from models.workflow import Status

MOST_COUNTED = 200
"""Whoever has more in a folder does not count them; nor does the database."""
SOON = timedelta(hours=24)
"""What is due within this time is due soon."""
_NOW = bindparam("now", type_=UTCDateTime())
_SOON = bindparam("soon", type_=UTCDateTime())
"""Said when a statement is executed, so that a statement serves again."""
_EVERYWHERE = true()


class Folder(StrEnum):
    """A folder of the to-do page."""

    NEW = "new"
    """Nobody has it in hand: to be accepted, or to be handed out."""
    UNSIGNED = "unsigned"
    DUE = "due"
    LATE = "late"
    SUBMITTED = "submitted"
    TO_SIGN = "to_sign"
    """Checked, and waiting for whoever signs the answer."""
    MEETING = "meeting"
    """It waits for a joint meeting."""
    CALLBACK = "callback"
    RETURNED = "returned"
    """Its unit gave it back: somebody has to find another, or decide."""
    ORDERS = "orders"
    """A supervision order waits for its answer."""
    MINE = "mine"
    """What nobody else does for the asker: signed for by them, asked of them, to be decided by them."""


@dataclass(frozen=True, slots=True)
class PageEnd:
    """Where a page of a folder ended: the due time and the id of its last case."""

    due_at: datetime | None
    case_id: int


def count_folders(session: Session, asker: Asker, *, now: datetime) -> Mapping[Folder, int]:
    """How many cases lie in each folder, in one statement; of very many, MOST_COUNTED + 1 at least."""
    key = find_standing(session, asker)
    counting = _COUNTS.find(key, lambda: _build_counts(_find_scope(session, asker)))
    row = session.execute(counting, {_NOW.key: now, _SOON.key: now + SOON}).one()
    return dict(zip(Folder, row, strict=True))


def _build_counts(scope: "_Scope") -> Select[*tuple[int, ...]]:
    if scope.concern is _EVERYWHERE:
        return select(*(_count_some(scope, folder).label(folder) for folder in Folder))
    # What lies open in one area or unit is read once, not for each folder.
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(folder)
        for folder, condition in _FOLDERS.items()
        if folder is not Folder.MINE
    ]
    there = select(*sums).where(scope.visible, IS_OPEN, scope.concern).subquery()
    return select(*(there.c[one.name] for one in sums), _count_some(scope, Folder.MINE))


def list_folder(
    session: Session,
    asker: Asker,
    folder: Folder,
    *,
    now: datetime,
    size: int,
    after: PageEnd | None = None,
) -> tuple[Sequence[Case], PageEnd | None]:
    """A page of a folder, what is due first comes first, and where the next page goes on; None: nowhere."""
    conditions = [*_conditions(_find_scope(session, asker), folder)]
    if after is not None:
        conditions.append(_lies_behind(after))
    query = select(Case).where(*conditions).order_by(Case.due_at.asc().nulls_last(), Case.id)
    found = session.scalars(query.limit(size + 1), {_NOW.key: now, _SOON.key: now + SOON}).all()
    cases = found[:size]
    more = len(found) > size
    return cases, PageEnd(cases[-1].due_at, cases[-1].id) if more else None


def _count_some(scope: "_Scope", folder: Folder) -> ColumnElement[int]:
    some = select(literal(1)).select_from(Case).where(*_conditions(scope, folder))
    counted = some.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(counted).scalar_subquery()


def _lies_behind(place: PageEnd) -> ColumnElement[bool]:
    if place.due_at is None:
        return and_(Case.due_at.is_(None), Case.id > place.case_id)
    later = or_(Case.due_at > place.due_at, and_(Case.due_at == place.due_at, Case.id > place.case_id))
    return or_(later, Case.due_at.is_(None))


@dataclass(frozen=True, slots=True)
class _Scope:
    """What may be shown to the asker; of it, whose work it is: the asker's by office, and the asker's own."""

    visible: ColumnElement[bool]
    concern: ColumnElement[bool]
    own: ColumnElement[bool]


_COUNTS: Kept[Select[*tuple[int, ...]]] = Kept()
_SCOPES: Kept[_Scope] = Kept()


def _find_scope(session: Session, asker: Asker) -> _Scope:
    return _SCOPES.find(find_standing(session, asker), lambda: _build_scope(session, asker))


def _build_scope(session: Session, asker: Asker) -> _Scope:
    concern = _find_concern(session, asker)
    own = [
        queries.is_to_survey(asker),
        sign_offs.is_to_sign(*(one.person for one in asker.capacities)),
        and_(queries.is_own(asker), keep_from_indexes(Case.status == Status.CALLBACK)),
        and_(IS_OPEN, queries.is_handled_by(asker)),
    ]
    if asker.person is not None and asker.person.find_post(OVERSEERS) is not None:
        asked = select(ApprovalRequest.case_id).where(
            IS_UNDECIDED, ~doors.is_one_of(asker.person, ApprovalRequest.asked_by)
        )
        own.append(and_(Case.id.in_(asked), concern))
    if any(not one.is_outsider and not one.actor.is_one_of(OVERSEERS) for one in asker.in_each_post):
        own.append(queries.is_helped_by(queries.find_staff_units(session, asker)))
    # Each by its own index: asked in one OR they would read every open case.
    return _Scope(
        queries.is_visible(asker),
        concern,
        Case.id.in_(union_all(*(select(Case.id).where(one) for one in own))),
    )


def _find_concern(session: Session, asker: Asker) -> ColumnElement[bool]:
    """As `queries.is_concern`; at the only top desk that is every case, wherever it lies."""
    if is_at_top(session, asker):
        return _EVERYWHERE
    return queries.is_concern(session, asker)


def _conditions(scope: _Scope, folder: Folder) -> tuple[ColumnElement[bool], ...]:
    whose = scope.own if folder is Folder.MINE else scope.concern
    return scope.visible, IS_OPEN, whose, _FOLDERS[folder]


_WAS_RETURNED = and_(Case.status == Status.ACCEPTED, Case.returns > 0)
_FOLDERS: Mapping[Folder, ColumnElement[bool]] = {
    Folder.NEW: or_(Case.status == Status.NEW, and_(Case.status == Status.ACCEPTED, Case.returns == 0)),
    Folder.UNSIGNED: Case.status == Status.DISPATCHED,
    Folder.DUE: and_(IS_TIMED, Case.due_at >= _NOW, Case.due_at < _SOON),
    Folder.LATE: queries.is_overdue(_NOW),
    Folder.SUBMITTED: and_(Case.status == Status.SUBMITTED, Case.signoff_asked_at.is_(None)),
    Folder.TO_SIGN: Case.signoff_asked_at.is_not(None),
    Folder.MEETING: IS_ON_AGENDA,
    Folder.CALLBACK: Case.status == Status.CALLBACK,
    Folder.RETURNED: _WAS_RETURNED,
    Folder.ORDERS: Case.id.in_(select(SupervisionOrder.case_id).where(SupervisionOrder.replied_at.is_(None))),
    Folder.MINE: true(),
}
