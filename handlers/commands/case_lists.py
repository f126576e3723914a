"""Lists that fit a phone: /待办, /超时, /本网格, /今日. `/待办 2` is the second page."""

import re
from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import ColumnElement, and_, func, or_, select

from handlers.cases.views import view
from handlers.chat import case_lookup
from handlers.chat.inbound import Arrival
from handlers.commands.parser import Command
from handlers.wording import talk
from models.cases import Assignment, Case
from models.organisation import Role, Unit
from models.site_checks import Survey
from models.workflow import OPEN, Status

_PAGE = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_DESK = (Status.NEW, Status.ACCEPTED, Status.SUBMITTED, Status.CALLBACK)
"""What waits for the duty desk."""
_UNIT = (Status.DISPATCHED, Status.IN_PROGRESS)
"""What waits for the unit."""


def waiting(arrival: Arrival, command: Command) -> str:
    """What waits for me: as duty officer, as handler, as whoever decides requests."""
    desk = arrival.person.role in (Role.DUTY, Role.COORDINATOR, Role.ADMIN)
    if desk:
        mine = and_(_overseen(arrival), or_(Case.status.in_(_DESK), Case.requested.is_not(None)))
    elif arrival.person.role == Role.LEADER:
        mine = and_(_overseen(arrival), Case.requested.is_not(None))
    elif arrival.person.role in (Role.INFORMANT, Role.RESIDENT):
        mine = or_(_asked_to_look(arrival), and_(_own(arrival), Case.status == Status.CALLBACK))
    else:
        units = _beneath(arrival)
        helping = select(Assignment.case_id).where(
            Assignment.unit_id.in_(units), Assignment.role == "assist", Assignment.ended_at.is_(None)
        )
        mine = or_(
            and_(Case.unit_id.in_(units), Case.status.in_(_UNIT)),
            Case.id.in_(helping),
            _asked_to_look(arrival),
        )
    return show(arrival, command, "待办", and_(mine, Case.status.in_(OPEN)), by_due=True)


def _own(arrival: Arrival) -> ColumnElement[bool]:
    return Case.reporter_id == arrival.person.id


def _asked_to_look(arrival: Arrival) -> ColumnElement[bool]:
    return Case.id.in_(
        select(Survey.case_id).where(Survey.person_id == arrival.person.id, Survey.answered_at.is_(None))
    )


def overdue(arrival: Arrival, command: Command) -> str:
    """What should have been finished, the longest overdue first."""
    late = and_(Case.status.in_(OPEN), Case.due_at < arrival.now)
    return show(arrival, command, "超时", and_(late, _concerning(arrival)), by_due=True)


def here(arrival: Arrival, command: Command) -> str:
    """Open cases in my own area."""
    near = and_(Case.area_id.in_(_beneath(arrival)), Case.status.in_(OPEN))
    if arrival.person.role == Role.RESIDENT:
        near = and_(near, _own(arrival))
    return show(arrival, command, "本网格", near)


def today(arrival: Arrival, _command: Command) -> str:
    """Today's numbers in what I look after."""
    local = arrival.office.local(arrival.now)
    midnight = datetime.combine(local.date(), time(), arrival.office.zone).astimezone(arrival.now.tzinfo)
    concerning = _concerning(arrival)
    counts = {
        "opened": _count(arrival, and_(Case.opened_at >= midnight, concerning)),
        "closed": _count(arrival, and_(Case.closed_at >= midnight, concerning)),
        "open": _count(arrival, and_(Case.status.in_(OPEN), concerning)),
        "overdue": _count(arrival, and_(Case.status.in_(OPEN), Case.due_at < arrival.now, concerning)),
    }
    arrival.answer(talk.today(**counts))
    return "command.today"


def _beneath(arrival: Arrival) -> Sequence[int]:
    """Ids of my unit and all beneath it."""
    own = arrival.session.get(Unit, arrival.person.unit_id) if arrival.person.unit_id else None
    if own is None:
        return ()
    return list(
        arrival.session.scalars(select(Unit.id).where(Unit.path.startswith(own.path, autoescape=True)))
    )


def _overseen(arrival: Arrival) -> ColumnElement[bool]:
    units = _beneath(arrival)
    nowhere = and_(Case.area_id.is_(None), Case.unit_id.is_(None))
    return or_(Case.area_id.in_(units), Case.unit_id.in_(units), nowhere)


def _concerning(arrival: Arrival) -> ColumnElement[bool]:
    """What a person may ask numbers of: what they oversee, or their own reports."""
    if arrival.person.role in (Role.INFORMANT, Role.RESIDENT):
        return _own(arrival)
    return _overseen(arrival)


def _count(arrival: Arrival, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Case).where(condition, case_lookup.shown_here(arrival))
    return arrival.session.scalar(query) or 0


def show(
    arrival: Arrival, command: Command, title: str, condition: ColumnElement[bool], *, by_due: bool = False
) -> str:
    """One page of the list; a page beyond the last is the last."""
    total = _count(arrival, condition)
    asked = _PAGE.search(command.tail)
    page = max(min(int(asked[0]) if asked else 1, -(-total // talk.A_PAGE)), 1)
    order = (Case.due_at.asc().nulls_last(), Case.id) if by_due else (Case.id.desc(),)
    found = arrival.session.scalars(
        select(Case)
        .where(condition, case_lookup.shown_here(arrival))
        .order_by(*order)
        .offset((page - 1) * talk.A_PAGE)
        .limit(talk.A_PAGE)
    )
    views = [view(arrival.session, case, arrival.office, now=arrival.now) for case in found]
    listed = talk.listing(title, views, total=total, page=page, more=f"/{command.word} {page + 1}")
    arrival.answer(listed if views else talk.nothing(title))
    return "command.list"
