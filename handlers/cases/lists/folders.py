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
    false,
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
from handlers.cases.lists.scope import Kept, find_standing, is_at_top, is_of_few, list_open_sides, narrow
from handlers.cases.queries import MOST_COUNTED, Asker
from handlers.environment.people import doors
from models.approvals import IS_UNANSWERED_ORDER, IS_UNDECIDED, ApprovalRequest, SupervisionOrder
from models.cases import IS_ON_AGENDA, IS_OPEN, IS_TIMED, IS_TO_SIGN, Case
from models.database import UTCDateTime, keep_from_indexes
from models.organisation import OVERSEERS
from models.workflow import UNASSIGNED, Status

SOON = timedelta(hours=24)
"""What is due within this time is due soon."""
_NOW = bindparam("now", type_=UTCDateTime())
_SOON = bindparam("soon", type_=UTCDateTime())
"""Said when a statement is executed, so that a statement serves again."""


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
    scope = _find_scope(session, asker)
    is_few = bool(scope.sides) and is_of_few(session, *scope.where)
    key = find_standing(session, asker), is_few
    counting = _COUNTS.find(key, lambda: _build_counts(scope, is_few=is_few))
    row = session.execute(counting, {_NOW.key: now, _SOON.key: now + SOON}).one()
    return dict(zip(Folder, row, strict=True))


def _build_counts(scope: "_Scope", *, is_few: bool) -> Select[*tuple[int, ...]]:
    return select(*(_count_some(scope, folder, is_few=is_few).label(folder) for folder in Folder))


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
    scope = _find_scope(session, asker)
    behind = [keep_from_indexes(_lies_behind(after))] if after is not None else []
    conditions = [*_list_conditions(session, scope, folder), *behind]
    # Their ids first: whole cases are a lot to be sorted.
    ids = select(Case.id).where(*conditions).order_by(*_ORDER).limit(size + 1)
    query = select(Case).where(Case.id.in_(ids)).order_by(*_ORDER)
    found = session.scalars(query, {_NOW.key: now, _SOON.key: now + SOON}).all()
    cases, more = found[:size], len(found) > size
    return cases, PageEnd(cases[-1].due_at, cases[-1].id) if more else None


def _list_conditions(session: Session, scope: "_Scope", folder: Folder) -> list[ColumnElement[bool]]:
    """For a page in the order of due times."""
    if folder in _OF_FEW:
        return [_find_few(scope, folder), *map(keep_from_indexes, (IS_OPEN, scope.visible, *scope.where))]
    if folder in _BY_DUE:
        return [_FOLDERS[folder], *narrow(session, scope.where, [scope.visible])]
    there = _find_there(scope, folder) if scope.sides else _STATES[folder]
    return narrow(session, [there], [scope.visible, _FOLDERS[folder]])


def _count_some(scope: "_Scope", folder: Folder, *, is_few: bool) -> ColumnElement[int]:
    """`is_few`: what concerns the asker is read by where it lies; if not, what is due by when."""
    if folder in _OF_FEW:
        conditions = [_find_few(scope, folder), *map(keep_from_indexes, (IS_OPEN, *scope.where))]
    elif scope.sides and (is_few or folder in _STATES):
        conditions = [_find_there(scope, folder), keep_from_indexes(_FOLDERS[folder])]
    else:
        conditions = [_FOLDERS[folder], IS_OPEN, *map(keep_from_indexes, scope.where)]
    some = select(literal(1)).select_from(Case).where(*conditions, keep_from_indexes(scope.visible))
    counted = some.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(counted).scalar_subquery()


def _find_there(scope: "_Scope", folder: Folder) -> ColumnElement[bool]:
    """What is theirs by office, of the states of the folder."""
    states = _STATES.get(folder, true())
    return or_(*(and_(side, states) for side in scope.sides))


def _find_few(scope: "_Scope", folder: Folder) -> ColumnElement[bool]:
    return scope.own if folder is Folder.MINE else _FOLDERS[folder]


def _lies_behind(place: PageEnd) -> ColumnElement[bool]:
    if place.due_at is None:
        return and_(Case.due_at.is_(None), Case.id > place.case_id)
    later = or_(Case.due_at > place.due_at, and_(Case.due_at == place.due_at, Case.id > place.case_id))
    return or_(later, Case.due_at.is_(None))


@dataclass(frozen=True, slots=True)
class _Scope:
    """What may be shown to the asker; of it, whose work it is: the asker's by office, and the asker's own."""

    visible: ColumnElement[bool]
    sides: Sequence[ColumnElement[bool]]
    """One of them holds for what is theirs by office; none: at the only top desk that is every case."""
    own: ColumnElement[bool]

    @property
    def where(self) -> list[ColumnElement[bool]]:
        """Conditions for what is theirs by office; none where that is every case."""
        return [or_(*self.sides)] if self.sides else []


_COUNTS: Kept[Select[*tuple[int, ...]]] = Kept()
_SCOPES: Kept[_Scope] = Kept()


def _find_scope(session: Session, asker: Asker) -> _Scope:
    return _SCOPES.find(find_standing(session, asker), lambda: _build_scope(session, asker))


def _build_scope(session: Session, asker: Asker) -> _Scope:
    sides = [] if is_at_top(session, asker) else list_open_sides(session, asker) or [false()]
    concern = or_(*sides) if sides else true()
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
        sides,
        Case.id.in_(union_all(*(select(Case.id).where(one) for one in own))),
    )


_WAS_RETURNED = and_(Case.status == Status.ACCEPTED, Case.returns > 0)
_FOLDERS: Mapping[Folder, ColumnElement[bool]] = {
    Folder.NEW: or_(Case.status == Status.NEW, and_(Case.status == Status.ACCEPTED, Case.returns == 0)),
    Folder.UNSIGNED: Case.status == Status.DISPATCHED,
    Folder.DUE: and_(IS_TIMED, Case.due_at >= _NOW, Case.due_at < _SOON),
    Folder.LATE: queries.is_overdue(_NOW),
    Folder.SUBMITTED: and_(Case.status == Status.SUBMITTED, Case.signoff_asked_at.is_(None)),
    Folder.TO_SIGN: IS_TO_SIGN,
    Folder.MEETING: IS_ON_AGENDA,
    Folder.CALLBACK: Case.status == Status.CALLBACK,
    Folder.RETURNED: _WAS_RETURNED,
    Folder.ORDERS: Case.id.in_(select(SupervisionOrder.case_id).where(IS_UNANSWERED_ORDER)),
    Folder.MINE: true(),
}
_STATES: Mapping[Folder, ColumnElement[bool]] = {
    Folder.NEW: Case.status.in_(UNASSIGNED),
    Folder.UNSIGNED: Case.status == Status.DISPATCHED,
    Folder.SUBMITTED: Case.status == Status.SUBMITTED,
    Folder.CALLBACK: Case.status == Status.CALLBACK,
    Folder.RETURNED: Case.status == Status.ACCEPTED,
}
"""Of the folders that are of one state or two, so that the index of states finds them."""
_BY_DUE = frozenset({Folder.DUE, Folder.LATE})
"""A stretch of the index of due times."""
_OF_FEW = frozenset({Folder.TO_SIGN, Folder.MEETING, Folder.ORDERS, Folder.MINE})
"""Those have indexes of their own."""
_ORDER = Case.due_at.asc().nulls_last(), Case.id
