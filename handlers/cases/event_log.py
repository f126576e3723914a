"""The ledger of a case: how an event is written, and the proof that events add up to the row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, inspect, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from handlers.cases import links
from handlers.cases.actors import Actor
from handlers.cases.context import ActContext, ColumnChanges
from handlers.environment.people import newcomers
from models import deferred_insert
from models.cases import Case, Event
from models.database import UTCDateTime
from models.workflow import RUNNING, Act, Status

_CACHED = tuple(sorted({column.key for column in inspect(Case).columns} - {"id", "version"}))
"""What a case's row caches; every one of these is set by events only."""
CHANGES_STATE = Event.status_from != Event.status_to
"""The event brought its case to another state."""
ACCEPTS = and_(Event.status_from == Status.NEW, Event.status_to == Status.ACCEPTED)
"""The desk took the case on without giving it to a unit yet."""
HANDS_IN_RESULT = and_(
    CHANGES_STATE,
    or_(
        Event.status_to == Status.SUBMITTED,
        and_(Event.status_to == Status.CALLBACK, Event.status_from.in_(RUNNING)),
    ),
)
"""The event brought its case to be checked, or answered a suggestion: its words tell the result."""


def write_opening(
    session: Session, act: Act, case: Case, actor: Actor, *, text: str, now: datetime, origin: str | None
) -> Event:
    """Write the first event of a new case, the act that opens it: it holds everything the row begins with.

    The event is announced and never amended, so that the session need not track it. `now`: aware UTC.
    """
    case.version = 1
    deferred_insert.insert_now(session, case)
    links.note_opened(session, case)
    newcomers.note_case(session, case)
    attributes = instance_dict(case)
    state = {key: _to_json_value(attributes[key]) for key in _CACHED}
    event = _build_event(case, act.key, actor, None, text, state, now, origin)
    deferred_insert.defer_insert(session, Event, deferred_insert.to_row(event))
    return event


def append(context: ActContext, changes: ColumnChanges) -> Event:
    """Apply changes to the case and record them as the event whose number the act's rows name.

    Of a case just opened it is stored by `store_appended`, once nothing amends it any more.
    `changes`: column of the case to new value; a value the case has already is left out of the event. Raises
    ValueError where `context.event_number` does not follow the case's version.
    """
    case, before = context.case, context.case.status
    changed = {key: value for key, value in changes.items() if getattr(case, key) != value}
    for key, value in changed.items():
        setattr(case, key, value)
    if "parent_id" in changed or Status.DUPLICATE in (before, case.status):
        links.forget_followers(context.session)
    fields = {key: _to_json_value(value) for key, value in changed.items()}
    if context.event_number != case.version + 1:
        raise ValueError(f"event {context.event_number} cannot follow event {case.version} of {case.number}")
    case.version = context.event_number
    event = _build_event(
        case, context.act.key, context.actor, before, context.input.text, fields, context.now, context.origin
    )
    if not context.just_opened:
        context.session.add(event)
    return event


def store_appended(context: ActContext, event: Event) -> None:
    """Store an event that nothing amends any more, of a case just opened: in lots, as its first event is."""
    if context.just_opened:
        deferred_insert.defer_insert(context.session, Event, deferred_insert.to_row(event))


def _build_event(
    case: Case,
    act: str,
    actor: Actor,
    before: str | None,
    text: str,
    fields: dict[str, Any],
    now: datetime,
    origin: str | None,
) -> Event:
    return Event(
        case_id=case.id,
        number=case.version,
        act=act,
        actor_id=actor.id,
        actor_name=actor.name,
        status_from=before,
        status_to=case.status,
        text=text,
        fields=fields,
        origin=origin,
        at=now,
    )


def amend(event: Event, case: Case, **columns: Any) -> None:
    """Set further columns of the case as part of an event just written, such as the due time."""
    changed = {key: value for key, value in columns.items() if getattr(case, key) != value}
    for key, value in changed.items():
        setattr(case, key, value)
    event.fields = event.fields | {key: _to_json_value(value) for key, value in changed.items()}


def latest(session: Session, case: Case, *conditions: ColumnElement[bool]) -> Event | None:
    """The newest event of the case, or the newest that meets all `conditions`; None where there is none."""
    mine = select(Event).where(Event.case_id == case.id, *conditions)
    return session.scalar(mine.order_by(Event.number.desc()).limit(1))


def list_worded(session: Session, case: Case, *conditions: ColumnElement[bool]) -> Sequence[Event]:
    """The events of the case that say something and meet all `conditions`, oldest first."""
    mine = select(Event).where(Event.case_id == case.id, Event.text != "", *conditions)
    return session.scalars(mine.order_by(Event.number)).all()


def fold_events(events: Iterable[Event]) -> dict[str, Any]:
    """The columns that these events, oldest first, add up to: name to value, as JSON holds it."""
    state: dict[str, Any] = {}
    for event in events:
        state.update(event.fields)
    return state


def find_earlier_values(session: Session, event: Event) -> ColumnChanges:
    """The columns that this event set, with the values that they had before it."""
    earlier = select(Event).where(Event.case_id == event.case_id, Event.number < event.number)
    before = fold_events(session.scalars(earlier.order_by(Event.number)))
    return {key: _to_column_value(key, before.get(key)) for key in event.fields}


def _to_column_value(key: str, value: Any) -> Any:
    """A value of the ledger as the column wants it."""
    moment = isinstance(inspect(Case).columns[key].type, UTCDateTime)
    return datetime.fromisoformat(value) if moment and value is not None else value


def find_drift(session: Session, case: Case) -> dict[str, tuple[Any, Any]]:
    """Where the row differs from the sum of its events: column to (row, sum). Empty: proved equal."""
    events = list(session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.number)))
    total = fold_events(events)
    row = {key: _to_json_value(getattr(case, key)) for key in _CACHED}
    wrong = {key: (row[key], total.get(key)) for key in _CACHED if row[key] != total.get(key)}
    if case.version != len(events):
        wrong["version"] = (case.version, len(events))
    return wrong


def _to_json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
