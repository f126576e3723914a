"""The end: checking, rating, closing, merging, and what can be taken back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, inspect, select

from handlers.acts import supervision
from handlers.cases.assignments import end_all
from handlers.cases.context import ActContext, ColumnChanges, attach_media, move_to_next_state
from handlers.clocks import case_clocks, resumption
from handlers.errors import NotAllowed, NotFound, WrongState
from handlers.wording import refusals as say
from models.cases import Case, Event, Rating
from models.database import UTCDateTime
from models.workflow import ACTS, OPEN, Status

UNDO_WITHIN = timedelta(minutes=5)
_ASKED = frozenset({"requested", "requested_by"})


def _apply_verify(context: ActContext) -> ColumnChanges:
    if context.input.passed:
        # The result goes to the reporter in this very transaction: that is the reply.
        return {"status": Status.CALLBACK, "replied_at": context.now}
    attach_media(context, "process")
    return {"status": Status.IN_PROGRESS, "submitted_at": None, "reworks": context.case.reworks + 1}


def _apply_rate(context: ActContext) -> ColumnChanges:
    act_input, case = context.input, context.case
    complained = _has_complained(context)
    context.session.add(
        Rating(
            case_id=case.id,
            person_id=context.actor.id,
            solved=bool(act_input.solved),
            satisfied=act_input.satisfied,
            text=act_input.text,
            at=context.now,
        )
    )
    if act_input.solved or complained:
        return _close_case(context)
    return {"status": Status.IN_PROGRESS, "submitted_at": None, "reworks": case.reworks + 1}


def _has_complained(context: ActContext) -> bool:
    """The reporter may send it back once; a check that failed in between is not their doing.

    A reopened case is handled anew: what was said of it before does not count.
    """
    mine = Event.case_id == context.case.id
    reopened = select(func.max(Event.number)).where(mine, Event.act == "reopen").scalar_subquery()
    sent_back = select(Event.id).where(
        mine,
        Event.act == "rate",
        Event.status_to == Status.IN_PROGRESS,
        Event.number > func.coalesce(reopened, 0),
    )
    return context.session.scalar(sent_back.limit(1)) is not None


def _apply_close(context: ActContext) -> ColumnChanges:
    if context.case.replied_at is None:
        raise WrongState(say.not_replied(context.case.number))
    return _close_case(context)


def _close_case(context: ActContext) -> ColumnChanges:
    end_all(context)
    return {"status": Status.CLOSED, "closed_at": context.now}


def _apply_reopen(context: ActContext) -> ColumnChanges:
    closed_at = context.case.closed_at
    if closed_at is None or context.now - closed_at > context.env.reopen_within:
        raise WrongState(say.too_late_to_reopen(context.case.number, context.env.reopen_within.days))
    resumption.restart(context)
    return {
        "status": Status.ACCEPTED,
        "closed_at": None,
        "submitted_at": None,
        "replied_at": None,
        "unit_id": None,
        "handler_id": None,
        "suggested_unit_id": context.case.unit_id,
        "in_grid": False,
        "final": False,
        "stage": 0,
        "reopenings": context.case.reopenings + 1,
    }


def _apply_merge(context: ActContext) -> ColumnChanges:
    """A link, never a merge: the child keeps its number, its reporter and its history."""
    parent = context.input.parent
    if parent is None or parent.id == context.case.id:
        raise NotFound(say.no_such_case(""))
    # As it is now, and kept so: nothing is joined to what somebody else finishes meanwhile (PostgreSQL).
    parent = context.session.get_one(Case, parent.id, with_for_update=True, populate_existing=True)
    if parent.status not in OPEN:
        raise WrongState(say.parent_not_open(parent.number))
    end_all(context)
    return {"status": Status.DUPLICATE, "parent_id": parent.id}


def _apply_split(context: ActContext) -> ColumnChanges:
    resumption.resume(context)
    return {"status": Status.ACCEPTED, "parent_id": None, "unit_id": None, "handler_id": None}


def _attach_record(context: ActContext) -> ColumnChanges:
    attach_media(context, "process")
    return {}


def _apply_undo(context: ActContext) -> ColumnChanges:
    """Set back what one's own last act set, as if it had not been; both stay on record."""
    events = list(
        context.session.scalars(select(Event).where(Event.case_id == context.case.id).order_by(Event.number))
    )
    last = events[-1]
    if last.actor_id is None or last.actor_id != context.actor.id:
        raise NotAllowed(say.not_your_last(context.case.number))
    if not ACTS[last.act].undoable:
        raise WrongState(say.cannot_undo(ACTS[last.act], context.case.number))
    if context.now - last.at > UNDO_WITHIN:
        raise WrongState(say.too_late_to_undo(context.case.number))
    case_clocks.undo_act(context, last)
    supervision.restore_lapsed_order(context, last)
    before: dict[str, Any] = {}
    for event in events[:-1]:
        before.update(event.fields)
    # What was asked and lapsed by the act stays so: whoever asked may ask again.
    return {key: _to_column_value(key, before.get(key)) for key in last.fields if key not in _ASKED}


def _to_column_value(key: str, value: Any) -> Any:
    """A value of the ledger as the column wants it."""
    moment = isinstance(inspect(Case).columns[key].type, UTCDateTime)
    return datetime.fromisoformat(value) if moment and value is not None else value


EFFECTS = {
    "verify": _apply_verify,
    "rate": _apply_rate,
    "call_back": _attach_record,
    "praise": _attach_record,
    "close": _apply_close,
    "reopen": _apply_reopen,
    "merge": _apply_merge,
    "split": _apply_split,
    "reveal": move_to_next_state,
    "undo": _apply_undo,
}
