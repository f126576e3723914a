"""The fixed folders of what waits for somebody, with counts; the asker's rights inside, as in `queries`.

Who has to filter forgets: every case that needs somebody lies in one of these, and its count is seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.ending import sign_offs
from handlers.cases.lists.scope import is_at_top
from handlers.cases.queries import Asker
from handlers.environment.people import doors
from models.approvals import IS_UNDECIDED, ApprovalRequest, SupervisionOrder
from models.cases import IS_ON_AGENDA, IS_OPEN, IS_TIMED, Case
from models.organisation import OVERSEERS
from models.workflow import Status

MOST_COUNTED = 200
"""Whoever has more in a folder does not count them; nor does the database."""
SOON = timedelta(hours=24)
"""What is due within this time is due soon."""


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
    """How many cases lie in each folder, MOST_COUNTED + 1 at most, in one statement."""
    scope = _find_scope(session, asker)
    counts = [_count_some(scope, folder, now).label(folder) for folder in Folder]
    row = session.execute(select(*counts)).one()
    return dict(zip(Folder, row, strict=True))


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
    conditions = [*_conditions(_find_scope(session, asker), folder, now)]
    if after is not None:
        conditions.append(_lies_behind(after))
    query = select(Case).where(*conditions).order_by(Case.due_at.asc().nulls_last(), Case.id)
    found = session.scalars(query.limit(size + 1)).all()
    cases = found[:size]
    more = len(found) > size
    return cases, PageEnd(cases[-1].due_at, cases[-1].id) if more else None


def _count_some(scope: "_Scope", folder: Folder, now: datetime) -> ColumnElement[int]:
    some = select(literal(1)).select_from(Case).where(*_conditions(scope, folder, now))
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


def _find_scope(session: Session, asker: Asker) -> _Scope:
    concern = _find_concern(session, asker)
    own = [
        queries.is_to_survey(asker),
        sign_offs.is_to_sign(*(one.person for one in asker.capacities)),
        and_(queries.is_own(asker), Case.status == Status.CALLBACK),
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
        return true()
    return queries.is_concern(session, asker, is_walk=True)


def _conditions(scope: _Scope, folder: Folder, now: datetime) -> tuple[ColumnElement[bool], ...]:
    whose = scope.own if folder is Folder.MINE else scope.concern
    return scope.visible, IS_OPEN, whose, _FOLDERS[folder](now)


def _is_due_soon(now: datetime) -> ColumnElement[bool]:
    return and_(IS_TIMED, Case.due_at >= now, Case.due_at < now + SOON)


_WAS_RETURNED = and_(Case.status == Status.ACCEPTED, Case.returns > 0)
_FOLDERS: Mapping[Folder, Callable[[datetime], ColumnElement[bool]]] = {
    Folder.NEW: lambda _now: or_(
        Case.status == Status.NEW, and_(Case.status == Status.ACCEPTED, Case.returns == 0)
    ),
    Folder.UNSIGNED: lambda _now: Case.status == Status.DISPATCHED,
    Folder.DUE: _is_due_soon,
    Folder.LATE: queries.is_overdue,
    Folder.SUBMITTED: lambda _now: and_(Case.status == Status.SUBMITTED, Case.signoff_asked_at.is_(None)),
    Folder.TO_SIGN: lambda _now: Case.signoff_asked_at.is_not(None),
    Folder.MEETING: lambda _now: IS_ON_AGENDA,
    Folder.CALLBACK: lambda _now: Case.status == Status.CALLBACK,
    Folder.RETURNED: lambda _now: _WAS_RETURNED,
    Folder.ORDERS: lambda _now: Case.id.in_(
        select(SupervisionOrder.case_id).where(SupervisionOrder.replied_at.is_(None))
    ),
    Folder.MINE: lambda _now: true(),
}
