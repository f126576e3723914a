"""What whoever reported a case may do on its page."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.cases import event_log, links, merged, possible_acts
from handlers.cases.actors import Actor
from handlers.environment.snapshot import Environment
from models.cases import Case, Event
from models.organisation import Person
from models.workflow import ACTS, Act


def list_acts(session: Session, case: Case, person: Person) -> list[Act]:
    """What this reporter may do on the page now, in the order of the act table."""
    return [act for act in ACTS.values() if act.on_page and _is_possible(session, act, case, person)]


def _is_possible(session: Session, act: Act, case: Case, person: Person) -> bool:
    target = target_case(session, act, case, person)
    actor = merged.as_reporter(session, act, Actor(person), target)
    return possible_acts.can_perform(session, act, actor, target)


def target_case(session: Session, act: Act, case: Case, person: Person) -> Case:
    """The case that this act on the page of `case` is meant for."""
    return merged.target_case(session, act, Actor(person), case)


def did_today(
    session: Session, act: Act, case: Case, person: Person, env: Environment, *, now: datetime
) -> bool:
    """Whether this person did this to the case on this local day."""
    last = event_log.latest(session, case, Event.act == act.key, Event.actor_id == person.id)
    return last is not None and env.local(last.at).date() == env.local(now).date()


def count_own_acts(session: Session, case: Case, person: Person, *, since: datetime) -> int:
    """How many acts of this person the case has seen since then, or the one that it was joined to."""
    cases = Event.case_id.in_({case.id, links.root_case(session, case).id})
    mine = select(func.count()).where(cases, Event.actor_id == person.id, Event.at > since)
    return session.scalar(mine) or 0
