"""The end: checking, rating, closing, merging, and what can be taken back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, inspect, select

from handlers.acts import supervision
from handlers.cases.assignments import end_all
from handlers.cases.context import ColumnChanges, ActContext, attach, plain
from handlers.clocks import case_clocks, resumption
from handlers.errors import NotAllowed, NotFound, WrongState
from handlers.wording import refusals as say
from models.cases import Case, Event, Rating
from models.database import UTCDateTime
from models.workflow import ACTS, OPEN, Status

UNDO_WITHIN = timedelta(minutes=5)
_ASKED = frozenset({"requested", "requested_by"})


def _verify(scene: ActContext) -> ColumnChanges:
    if scene.given.passed:
        # The result goes to the reporter in this very transaction: that is the reply.
        return {"status": Status.CALLBACK, "replied_at": scene.now}
    attach(scene, "process")
    return {"status": Status.IN_PROGRESS, "submitted_at": None, "reworks": scene.case.reworks + 1}


def _rate(scene: ActContext) -> ColumnChanges:
    given, case = scene.given, scene.case
    complained = _complained_before(scene)
    scene.session.add(
        Rating(
            case_id=case.id,
            person_id=scene.actor.id,
            solved=bool(given.solved),
            satisfied=given.satisfied,
            text=given.text,
            at=scene.now,
        )
    )
    if given.solved or complained:
        return _closed(scene)
    return {"status": Status.IN_PROGRESS, "submitted_at": None, "reworks": case.reworks + 1}


def _complained_before(scene: ActContext) -> bool:
    """The reporter may send it back once; a check that failed in between is not their doing.

    A reopened case is handled anew: what was said of it before does not count.
    """
    mine = Event.case_id == scene.case.id
    reopened = select(func.max(Event.number)).where(mine, Event.act == "reopen").scalar_subquery()
    sent_back = select(Event.id).where(
        mine,
        Event.act == "rate",
        Event.status_to == Status.IN_PROGRESS,
        Event.number > func.coalesce(reopened, 0),
    )
    return scene.session.scalar(sent_back.limit(1)) is not None


def _close(scene: ActContext) -> ColumnChanges:
    if scene.case.replied_at is None:
        raise WrongState(say.not_replied(scene.case.number))
    return _closed(scene)


def _closed(scene: ActContext) -> ColumnChanges:
    end_all(scene)
    return {"status": Status.CLOSED, "closed_at": scene.now}


def _reopen(scene: ActContext) -> ColumnChanges:
    closed_at = scene.case.closed_at
    if closed_at is None or scene.now - closed_at > scene.office.reopen_within:
        raise WrongState(say.too_late_to_reopen(scene.case.number, scene.office.reopen_within.days))
    resumption.anew(scene)
    return {
        "status": Status.ACCEPTED,
        "closed_at": None,
        "submitted_at": None,
        "replied_at": None,
        "unit_id": None,
        "handler_id": None,
        "suggested_unit_id": scene.case.unit_id,
        "in_grid": False,
        "final": False,
        "stage": 0,
        "reopenings": scene.case.reopenings + 1,
    }


def _merge(scene: ActContext) -> ColumnChanges:
    """A link, never a merge: the child keeps its number, its reporter and its history."""
    parent = scene.given.parent
    if parent is None or parent.id == scene.case.id:
        raise NotFound(say.no_such_case(""))
    # As it is now, and kept so: nothing is joined to what somebody else finishes meanwhile (PostgreSQL).
    parent = scene.session.get_one(Case, parent.id, with_for_update=True, populate_existing=True)
    if parent.status not in OPEN:
        raise WrongState(say.parent_not_open(parent.number))
    end_all(scene)
    return {"status": Status.DUPLICATE, "parent_id": parent.id}


def _split(scene: ActContext) -> ColumnChanges:
    resumption.go_on(scene)
    return {"status": Status.ACCEPTED, "parent_id": None, "unit_id": None, "handler_id": None}


def _record(scene: ActContext) -> ColumnChanges:
    attach(scene, "process")
    return {}


def _undo(scene: ActContext) -> ColumnChanges:
    """Set back what one's own last act set, as if it had not been; both stay on record."""
    events = list(
        scene.session.scalars(select(Event).where(Event.case_id == scene.case.id).order_by(Event.number))
    )
    last = events[-1]
    if last.actor_id is None or last.actor_id != scene.actor.id:
        raise NotAllowed(say.not_your_last(scene.case.number))
    if not ACTS[last.act].undo:
        raise WrongState(say.cannot_undo(ACTS[last.act], scene.case.number))
    if scene.now - last.at > UNDO_WITHIN:
        raise WrongState(say.too_late_to_undo(scene.case.number))
    case_clocks.undo(scene, last.at)
    supervision.take_back_lapse(scene, last.at)
    before: dict[str, Any] = {}
    for event in events[:-1]:
        before.update(event.fields)
    # What was asked and lapsed by the act stays so: whoever asked may ask again.
    return {key: _typed(key, before.get(key)) for key in last.fields if key not in _ASKED}


def _typed(key: str, value: Any) -> Any:
    """A value of the ledger as the column wants it."""
    moment = isinstance(inspect(Case).columns[key].type, UTCDateTime)
    return datetime.fromisoformat(value) if moment and value is not None else value


EFFECTS = {
    "verify": _verify,
    "rate": _rate,
    "call_back": _record,
    "praise": _record,
    "close": _close,
    "reopen": _reopen,
    "merge": _merge,
    "split": _split,
    "reveal": plain,
    "undo": _undo,
}
