"""What a source is answered: of each of its cases that came to an end, what was done, as the unit said it.

As its reporter reads it: without names, numbers and rooms. Restricted cases are answered by who reads them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from handlers.cases import event_log, links
from handlers.cases.queries import Asker, is_visible
from handlers.cases.views import mask_case_words
from handlers.environment.snapshot import Environment
from handlers.wording import sources as say
from models.cases import Case, Event, Rating, came_from
from models.organisation import Unit
from models.workflow import Status

_ANSWERED = (Status.CALLBACK, Status.CLOSED, Status.REJECTED, Status.VOID)
_REJECTS = Event.status_to == Status.REJECTED


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What became of one case, for its source; times are local."""

    case: Case
    external_number: str
    received: datetime
    answer: str
    answered: datetime
    result: str
    unit: str


def list_answers(
    session: Session, asker: Asker, source: str, env: Environment, *, since: datetime
) -> Sequence[SourceAnswer]:
    """The answers to a source that have come to stand since then (aware), the oldest case first.

    A case that was joined to another has the answer of that one.
    """
    mine = select(Case).where(came_from(source), is_visible(asker))
    moved = exists().where(Event.case_id == Case.id, Event.at >= since, event_log.CHANGES_STATE)
    of_state = or_(Case.status == Status.DUPLICATE, and_(Case.status.in_(_ANSWERED), moved))
    ended = mine.where(of_state).order_by(Case.id)
    return list(_iter_answers(session, session.scalars(ended).all(), env, since=since))


def _iter_answers(
    session: Session, cases: Sequence[Case], env: Environment, *, since: datetime
) -> Iterator[SourceAnswer]:
    for case in cases:
        root = links.root_case(session, case)
        if root.status not in _ANSWERED or root.restricted:
            continue
        answered = _find_moment(session, root)
        if max(answered, _find_moment(session, case)) < since:
            continue
        unit = session.get(Unit, root.unit_id) if root.unit_id is not None else None
        yield SourceAnswer(
            case=case,
            external_number=case.external_number or "",
            received=env.local(case.opened_at),
            answer=_read_answer(session, root, env),
            answered=env.local(answered),
            result=say.result_name(Status(root.status), solved=_find_last_word(session, case)),
            unit=unit.display_name if unit is not None else "",
        )


def _find_moment(session: Session, case: Case) -> datetime:
    """When the case came to where it stands."""
    moved = session.scalar(
        select(func.max(Event.at)).where(Event.case_id == case.id, event_log.CHANGES_STATE)
    )
    return moved or case.opened_at


def _read_answer(session: Session, case: Case, env: Environment) -> str:
    """What the unit said of the result; of what was refused, why."""
    which = _REJECTS if case.status == Status.REJECTED else event_log.HANDS_IN_RESULT
    event = event_log.latest(session, case, which) if case.status != Status.VOID else None
    return mask_case_words(session, case, event.text, env, event=event) if event is not None else ""


def _find_last_word(session: Session, case: Case) -> bool | None:
    said = select(Rating.solved).where(Rating.case_id == case.id).order_by(Rating.id.desc())
    return session.scalar(said.limit(1))
