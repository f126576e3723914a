"""The record of a joint meeting as its paper needs it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.queries import Asker
from handlers.cases.views import build_view, build_words_mask
from handlers.environment.snapshot import Environment
from handlers.errors import NotAllowed, NotFound
from handlers.wording import meetings as say
from handlers.wording import papers
from models.cases import Case, Event
from models.meetings import MeetingAction
from models.organisation import Person, Unit

_MEETS = Event.act == "meet"


def find_meeting(
    session: Session, asker: Asker, number: str, event_number: int | None = None
) -> tuple[Case, Event]:
    """The case of this whole number, and its meeting of this event, else the last one.

    Raises NotFound where the asker does not read the whole case or nobody met, NotAllowed where it is
    restricted: a paper is passed on.
    """
    case = queries.find_case(session, asker, number)
    held = select(Event).where(Event.case_id == case.id, _MEETS).order_by(Event.number.desc()).limit(1)
    found = session.scalar(held if event_number is None else held.where(Event.number == event_number))
    reading = None if _is_of_public(asker) else asker.reading(session, case)
    if found is None or reading is None or not reading.is_whole or reading.until is not None:
        raise NotFound(say.NO_RECORD)
    if case.restricted:
        raise NotAllowed(say.RESTRICTED)
    return case, found


def _is_of_public(asker: Asker) -> bool:
    """Whoever reported a case reads its answer, and not what was said of it in the office."""
    return asker.person is not None and asker.is_outsider


def list_meetings(session: Session, case: Case, env: Environment) -> Sequence[tuple[int, datetime]]:
    """Number of the event and local time of each meeting on the case, the oldest first."""
    held = select(Event.number, Event.at).where(Event.case_id == case.id, _MEETS).order_by(Event.number)
    return [(number, env.local(at)) for number, at in session.execute(held)]


def load_meeting_facts(session: Session, case: Case, held: Event, env: Environment) -> papers.MeetingFacts:
    """What the paper says, as the units may have it: no names but of who wrote it down."""
    actions = session.execute(
        select(MeetingAction, Unit)
        .join(Unit, Unit.id == MeetingAction.unit_id)
        .where(MeetingAction.case_id == case.id, MeetingAction.event_number == held.number)
        .order_by(MeetingAction.id)
    ).all()
    write = build_words_mask(session, case, env, actors=[held.actor_name])
    view = build_view(session, case, env, now=held.at)
    return papers.MeetingFacts(
        case=case.number,
        class_name=view.class_name,
        place=write(case.place),
        text=write(case.text),
        lead=view.unit,
        conclusion=write(held.text),
        held_at=env.local(held.at),
        recorded_by=held.actor_name,
        held_by=_name_unit(session, held),
        actions=[(unit.name, write(action.text), env.local(action.due_at)) for action, unit in actions],
    )


def _name_unit(session: Session, held: Event) -> str:
    person = session.get(Person, held.actor_id) if held.actor_id is not None else None
    unit = session.get(Unit, person.unit_id) if person is not None and person.unit_id is not None else None
    return unit.name if unit is not None else ""
