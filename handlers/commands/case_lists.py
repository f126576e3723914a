"""Lists that fit a phone: /待办, /超时, /本网格, /今日. `/待办 2` is the second page."""

import re
from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import ColumnElement, and_, func, or_, select

from handlers.cases.assignments import ASSIST
from handlers.cases.views import build_view
from handlers.chat import case_lookup
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.wording import talk
from models.cases import Assignment, Case
from models.organisation import Role, Unit
from models.site_checks import SiteCheck
from models.workflow import OPEN, Status

_PAGE = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_DESK = (Status.NEW, Status.ACCEPTED, Status.SUBMITTED, Status.CALLBACK)
"""What waits for the duty desk."""
_UNIT = (Status.DISPATCHED, Status.IN_PROGRESS)
"""What waits for the unit."""


def list_waiting(inbound: InboundMessage, command: Command) -> str:
    """What waits for me: as duty officer, as handler, as whoever decides requests."""
    desk = inbound.person.role in (Role.DUTY, Role.COORDINATOR, Role.ADMIN)
    if desk:
        mine = and_(_overseen(inbound), or_(Case.status.in_(_DESK), Case.requested.is_not(None)))
    elif inbound.person.role == Role.LEADER:
        mine = and_(_overseen(inbound), Case.requested.is_not(None))
    elif inbound.person.role in (Role.INFORMANT, Role.RESIDENT):
        mine = or_(_asked_to_look(inbound), and_(_own(inbound), Case.status == Status.CALLBACK))
    else:
        units = _beneath(inbound)
        helping = select(Assignment.case_id).where(
            Assignment.unit_id.in_(units), Assignment.role == ASSIST, Assignment.ended_at.is_(None)
        )
        mine = or_(
            and_(Case.unit_id.in_(units), Case.status.in_(_UNIT)),
            Case.id.in_(helping),
            _asked_to_look(inbound),
        )
    return show_list(inbound, command, "待办", and_(mine, Case.status.in_(OPEN)), by_due=True)


def _own(inbound: InboundMessage) -> ColumnElement[bool]:
    return Case.reporter_id == inbound.person.id


def _asked_to_look(inbound: InboundMessage) -> ColumnElement[bool]:
    return Case.id.in_(
        select(SiteCheck.case_id).where(
            SiteCheck.person_id == inbound.person.id, SiteCheck.answered_at.is_(None)
        )
    )


def list_overdue(inbound: InboundMessage, command: Command) -> str:
    """What should have been finished, the longest overdue first."""
    late = and_(Case.status.in_(OPEN), Case.due_at < inbound.now)
    return show_list(inbound, command, "超时", and_(late, _concerning(inbound)), by_due=True)


def list_area(inbound: InboundMessage, command: Command) -> str:
    """Open cases in my own area."""
    near = and_(Case.area_id.in_(_beneath(inbound)), Case.status.in_(OPEN))
    if inbound.person.role == Role.RESIDENT:
        near = and_(near, _own(inbound))
    return show_list(inbound, command, "本网格", near)


def show_today(inbound: InboundMessage, _command: Command) -> str:
    """Today's numbers in what I look after."""
    local = inbound.env.local(inbound.now)
    midnight = datetime.combine(local.date(), time(), inbound.env.zone).astimezone(inbound.now.tzinfo)
    concerning = _concerning(inbound)
    counts = {
        "opened": _count(inbound, and_(Case.opened_at >= midnight, concerning)),
        "closed": _count(inbound, and_(Case.closed_at >= midnight, concerning)),
        "open": _count(inbound, and_(Case.status.in_(OPEN), concerning)),
        "overdue": _count(inbound, and_(Case.status.in_(OPEN), Case.due_at < inbound.now, concerning)),
    }
    inbound.reply(talk.today_figures(**counts))
    return "command.today"


def _beneath(inbound: InboundMessage) -> Sequence[int]:
    """Ids of my unit and all beneath it."""
    own = inbound.session.get(Unit, inbound.person.unit_id) if inbound.person.unit_id else None
    if own is None:
        return ()
    return list(
        inbound.session.scalars(select(Unit.id).where(Unit.path.startswith(own.path, autoescape=True)))
    )


def _overseen(inbound: InboundMessage) -> ColumnElement[bool]:
    units = _beneath(inbound)
    nowhere = and_(Case.area_id.is_(None), Case.unit_id.is_(None))
    return or_(Case.area_id.in_(units), Case.unit_id.in_(units), nowhere)


def _concerning(inbound: InboundMessage) -> ColumnElement[bool]:
    """What a person may ask numbers of: what they oversee, or their own reports."""
    if inbound.person.role in (Role.INFORMANT, Role.RESIDENT):
        return _own(inbound)
    return _overseen(inbound)


def _count(inbound: InboundMessage, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Case).where(condition, case_lookup.visible_in_chat(inbound))
    return inbound.session.scalar(query) or 0


def show_list(
    inbound: InboundMessage,
    command: Command,
    title: str,
    condition: ColumnElement[bool],
    *,
    by_due: bool = False,
) -> str:
    """One page of the list; a page beyond the last is the last."""
    total = _count(inbound, condition)
    asked = _PAGE.search(command.tail)
    page = max(min(int(asked[0]) if asked else 1, -(-total // talk.A_PAGE)), 1)
    order = (Case.due_at.asc().nulls_last(), Case.id) if by_due else (Case.id.desc(),)
    found = inbound.session.scalars(
        select(Case)
        .where(condition, case_lookup.visible_in_chat(inbound))
        .order_by(*order)
        .offset((page - 1) * talk.A_PAGE)
        .limit(talk.A_PAGE)
    )
    views = [build_view(inbound.session, case, inbound.env, now=inbound.now) for case in found]
    listed = talk.listing(title, views, total=total, page=page, more=f"/{command.word} {page + 1}")
    inbound.reply(listed if views else talk.empty_list(title))
    return "command.list"
