"""What another system is told of a case: what a token of the API may read, masked, and nothing restricted.

event ─> is it theirs to know? ─> plain data ─> a push for each subscriber, in its lane
                                                  └─> is it still? (`is_withheld`, as it is sent)
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.context import ActContext
from handlers.cases.privacy import display_actor
from handlers.cases.views import build_words_mask
from handlers.environment.snapshot import Environment, Subscriber
from handlers.notifications import pushes
from models.cases import Case, Event
from models.messages import CaseEventPush
from models.organisation import Chat, Unit
from models.pushes import Push, PushPurpose
from models.workflow import ACTS, Status


def queue_event(context: ActContext, event: Event) -> None:
    """Queue the event for every subscriber that may know the case as it is now."""
    if not context.env.subscribers or context.case.restricted or context.act.about_handling:
        return
    subscribers = list(_list_subscribers(context.env, context.case))
    if subscribers:
        body = CaseEventPush(describe_event(context.session, context.case, event, context.env))
        pushes.enqueue(
            context.session,
            *(
                pushes.push_row(
                    context.session.get_one(Chat, one.chat_id), body,
                    key=f"event:{body.event['id']}:{one.chat_id}", env=context.env, now=context.now,
                    purpose=PushPurpose.EVENT, case=context.case,
                )
                for one in subscribers
            ),
        )  # fmt: skip


def _list_subscribers(env: Environment, case: Case) -> Iterator[Subscriber]:
    for one in env.subscribers:
        if one.units is None or {case.area_id, case.unit_id} & one.units:
            yield one


def describe_event(session: Session, case: Case, event: Event, env: Environment) -> Mapping[str, Any]:
    """The event and the case as it stands after it, as JSON has it; times in ISO 8601, UTC."""
    write = build_words_mask(session, case, env, actors=[event.actor_name])
    units = _load_units(session, case)
    unit, unit_name = units.get(case.unit_id or 0, (None, None))
    area, _ = units.get(case.area_id or 0, (None, None))
    status = Status(case.status)
    return {
        "id": f"{case.number}-{event.number}",
        "act": event.act,
        "verb": ACTS[event.act].verb,
        "at": _write_time(event.at),
        "actor": display_actor(event, case),
        "text": write(event.text),
        "case": {
            "number": case.number,
            "status": status.value,
            "status_name": status.chinese,
            "class": case.class_id,
            "class_name": env.class_info(case.class_id).name,
            "nature": case.nature,
            "place": write(case.place),
            "text": write(case.text),
            "unit": unit,
            "unit_name": unit_name,
            "area": area,
            "urgent": case.urgent,
            "opened_at": _write_time(case.opened_at),
            "due_at": _write_time(case.due_at),
            "replied_at": _write_time(case.replied_at),
            "closed_at": _write_time(case.closed_at),
        },
    }


def _load_units(session: Session, case: Case) -> Mapping[int, tuple[str, str]]:
    ids = [unit for unit in (case.unit_id, case.area_id) if unit is not None]
    found = session.execute(select(Unit.id, Unit.code, Unit.name).where(Unit.id.in_(ids)))
    return {unit_id: (code, name) for unit_id, code, name in found}


def _write_time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def is_withheld(session: Session, push: Push) -> bool:
    """Whether its case has become restricted since it was queued, so that it must not leave any more."""
    if push.kind != "case_event" or push.case_id is None:
        return False
    return session.get_one(Case, push.case_id).restricted
