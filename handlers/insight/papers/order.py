"""A supervision order as its paper needs it."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker
from handlers.cases.views import build_view, build_words_mask
from handlers.environment.snapshot import Environment
from handlers.errors import NotAllowed, NotFound
from handlers.wording import papers as say
from models.approvals import SupervisionOrder
from models.cases import Case
from models.organisation import Person, Unit

_NUMBER = re.compile(r"[A-Za-z]{2}\d{6}-\d{3,6}")


def find_order(session: Session, asker: Asker, number: str) -> tuple[SupervisionOrder, Case]:
    """The order of this number and its case. Raises NotFound where the asker does not read the whole case,
    NotAllowed where it is restricted: a paper is passed on.
    """
    named = SupervisionOrder.number == number.upper()
    order = session.scalar(select(SupervisionOrder).where(named)) if _NUMBER.fullmatch(number) else None
    case = session.get(Case, order.case_id) if order is not None else None
    reading = asker.reading(session, case) if case is not None else None
    if order is None or case is None or reading is None or not reading.is_whole or reading.until is not None:
        raise NotFound(say.no_such_order())
    if case.restricted:
        raise NotAllowed(say.restricted_case())
    return order, case


def list_orders(session: Session, case: Case) -> list[str]:
    """Numbers of the orders of a case, the oldest first."""
    numbers = select(SupervisionOrder.number).where(SupervisionOrder.case_id == case.id)
    return list(session.scalars(numbers.order_by(SupervisionOrder.id)))


def load_order_facts(
    session: Session, order: SupervisionOrder, case: Case, env: Environment
) -> say.OrderFacts:
    """What the paper says, as the handling unit may have it: no names but of who issued and who replied."""
    people = {
        person.id: person.name
        for person in session.scalars(
            select(Person).where(Person.id.in_([order.issued_by, order.replied_by or order.issued_by]))
        )
    }
    write = build_words_mask(session, case, env, actors=people.values())
    view = build_view(session, case, env, now=order.issued_at)
    unit = session.get(Unit, order.unit_id) if order.unit_id is not None else None
    return say.OrderFacts(
        number=order.number,
        case=case.number,
        class_name=view.class_name,
        place=write(case.place),
        text=write(case.text),
        unit=unit.name if unit is not None else "",
        requirement=write(order.requirement),
        issued_by=people[order.issued_by],
        issued_at=env.local(order.issued_at),
        due_at=env.local(order.due_at),
        case_due=view.due,
        status=view.status.chinese,
        reply=write(order.reply),
        replied_by=people[order.replied_by] if order.replied_by is not None else "",
        replied_at=env.local(order.replied_at) if order.replied_at is not None else None,
    )
