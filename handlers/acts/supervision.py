"""Pressing: nudges, supervision orders, instructions, raising the level."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers.cases.context import ColumnChanges, ActContext
from handlers.clocks import case_clocks
from handlers.errors import WrongState
from handlers.wording import refusals as say
from models.approvals import Order
from models.cases import Case, count
from models.time_limits import Limit
from models.workflow import OPEN, Status, Step

_ANSWER_WITHIN = Limit(24, "h")
TOP = 2
"""Levels: 0 village or grid, 1 town or department, 2 district."""


def _nudge(scene: ActContext) -> ColumnChanges:
    return {"nudges": scene.case.nudges + 1}


def _supervise(scene: ActContext) -> ColumnChanges:
    """One matter, one order, one number (standards §7)."""
    if open_order(scene.session, scene.case) is not None:
        raise WrongState(say.order_waiting(scene.case.number))
    day = f"DB{scene.office.local(scene.now):%y%m%d}"
    number = f"{day}-{count(scene.session, f'order:{day}'):03d}"
    clock = case_clocks.start(scene, Step.ORDER, limit=scene.given.limit or _ANSWER_WITHIN, label=number)
    scene.session.add(
        Order(
            number=number,
            case_id=scene.case.id,
            unit_id=scene.case.unit_id,
            requirement=scene.given.text,
            issued_by=scene.actor.id,
            issued_at=scene.now,
            due_at=clock.target_at,
        )
    )
    return {"supervised": True}


def _answer_order(scene: ActContext) -> ColumnChanges:
    order = open_order(scene.session, scene.case)
    if order is None:
        raise WrongState(say.no_order(scene.case.number))
    order.reply, order.replied_by, order.replied_at = scene.given.text, scene.actor.id, scene.now
    case_clocks.stop(scene, Step.ORDER)
    return {}


def lapse(scene: ActContext) -> None:
    """An order that nobody answered ends with its case: on record as not replied to by anyone."""
    if Status(scene.case.status) in OPEN:
        return
    order = open_order(scene.session, scene.case)
    if order is not None:
        order.replied_at = scene.now


def take_back_lapse(scene: ActContext, at: datetime) -> None:
    """The act that ended the case is undone: the order it ended waits again."""
    scene.session.execute(
        update(Order)
        .where(Order.case_id == scene.case.id, Order.replied_at == at, Order.replied_by.is_(None))
        .values(replied_at=None)
    )


def open_order(session: Session, case: Case) -> Order | None:
    """The supervision order of this case that nobody has answered."""
    return session.scalar(select(Order).where(Order.case_id == case.id, Order.replied_at.is_(None)).limit(1))


def _instruct(_scene: ActContext) -> ColumnChanges:
    return {}


def _raise(scene: ActContext) -> ColumnChanges:
    if scene.case.level >= TOP:
        raise WrongState(say.highest_level(scene.case.number))
    return {"level": scene.case.level + 1}


EFFECTS = {
    "nudge": _nudge,
    "supervise": _supervise,
    "answer_order": _answer_order,
    "instruct": _instruct,
    "raise": _raise,
}
