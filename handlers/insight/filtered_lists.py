"""Lists of open cases by what somebody at work asks for: of one unit, dangers only, those they had a hand in.

城管局超时的有哪些 ──> unit; 紧急的还有哪些 ──> urgent; 我派的还有几件没办完 ──> mine
群众不满意的单列   ──> what reporters were not satisfied with, or called unsolved, within some days
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists import personal
from handlers.cases.queries import Asker, CasePage
from handlers.environment.units import find_subtree_ids
from models.cases import IS_OPEN, Case, Event, Rating
from models.organisation import Unit
from models.workflow import UNASSIGNED


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a list is asked for; nothing set: all of it."""

    unit: Unit | None = None
    """The unit that has the case."""
    urgent: bool = False
    unassigned: bool = False
    """No unit has it yet."""
    mine: bool = False
    """Whoever asks did something on it: gave it, pressed it."""

    @property
    def is_empty(self) -> bool:
        """Whether all is asked for."""
        return self.unit is None and not self.urgent and not self.mine


def list_open(session: Session, asker: Asker, *, wanted: Filter, page: int, size: int) -> CasePage:
    """Open cases of what the asker looks after, by the filter, what is due first comes first."""
    part = (IS_OPEN, queries.is_concern(session, asker), _meet(session, asker, wanted))
    return personal.load_page(session, asker, [part], page=page, size=size, by_due=True)


def list_overdue(
    session: Session, asker: Asker, *, wanted: Filter, now: datetime, page: int, size: int
) -> CasePage:
    """Cases past their due time that concern the asker, by the filter, the longest overdue first."""
    part = (queries.is_overdue(now), queries.is_concern(session, asker), _meet(session, asker, wanted))
    return personal.load_page(session, asker, [part], page=page, size=size, by_due=True)


def count_overdue_by_unit(session: Session, asker: Asker, *, now: datetime) -> list[tuple[Unit | None, int]]:
    """The units with cases past their due time and how many each has, most first; None: with no unit yet."""
    late = and_(queries.is_overdue(now), queries.is_concern(session, asker), queries.is_visible(asker))
    number = func.count().label("number")
    rows = session.execute(
        select(Case.unit_id, number).where(late).group_by(Case.unit_id).order_by(number.desc(), Case.unit_id)
    ).all()
    return [(session.get(Unit, unit_id) if unit_id is not None else None, count) for unit_id, count in rows]


def count_urgent(session: Session, asker: Asker, *, since: datetime, until: datetime) -> int:
    """How many dangers that concern the asker were reported from `since` up to `until`."""
    came = and_(Case.opened_at >= since, Case.opened_at < until, Case.urgent.is_(True))
    return queries.count_cases(session, asker, and_(came, queries.is_concern(session, asker)))


def list_dissatisfied(
    session: Session, asker: Asker, *, since: datetime, until: datetime, size: int
) -> CasePage:
    """Cases that a reporter called unsolved, or was not satisfied with, from `since` up to `until`."""
    said = select(Rating.case_id).where(
        Rating.at >= since, Rating.at < until, or_(Rating.solved.is_(False), Rating.satisfied.is_(False))
    )
    part = (Case.id.in_(said), queries.is_concern(session, asker))
    return personal.load_page(session, asker, [part], page=1, size=size)


def _meet(session: Session, asker: Asker, wanted: Filter) -> ColumnElement[bool]:
    """The condition that the filter puts."""
    conditions = [Case.id.is_not(None)]
    if wanted.unit is not None:
        conditions.append(Case.unit_id.in_(find_subtree_ids(session, wanted.unit)))
    if wanted.urgent:
        conditions.append(Case.urgent.is_(True))
    if wanted.unassigned:
        conditions.append(Case.status.in_(UNASSIGNED))
    if wanted.mine and asker.person is not None:
        conditions.append(Case.id.in_(select(Event.case_id).where(Event.actor_id == asker.person.id)))
    return and_(*conditions)
