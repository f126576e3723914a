"""Answers kept for the forms of a case: a unit's own and those of the units above, per class or for all."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from handlers.environment.units import split_path
from handlers.errors import MissingNeed, NotAllowed, NotFound, TooMany
from handlers.wording import upkeep as say
from models.console import SavedAnswer
from models.organisation import NON_HANDLERS, Person, Unit

LONGEST_NAME = 20
LONGEST_TEXT = 1000
MOST_ANSWERS = 100
"""Of one unit."""
_BLANK = re.compile(r"\{([^{}]{1,20})\}")


def list_answers(session: Session, person: Person, class_id: str | None = None) -> Sequence[SavedAnswer]:
    """What this person may use, those of their own unit first; of one class: for it and for all."""
    unit = _unit_of(session, person)
    if unit is None:
        return ()
    query = select(SavedAnswer).join(Unit, Unit.id == SavedAnswer.unit_id)
    query = query.where(Unit.code.in_(split_path(unit.path)))
    if class_id is not None:
        query = query.where(or_(SavedAnswer.class_id.is_(None), SavedAnswer.class_id == class_id))
    order = func.length(Unit.path).desc(), SavedAnswer.class_id.is_(None), SavedAnswer.id
    return session.scalars(query.order_by(*order).limit(MOST_ANSWERS)).all()


def fill_blanks(text: str, values: Mapping[str, str]) -> str:
    """The text with each blank (`{编号}`) filled in; what is not known is left for whoever sends it."""
    return _BLANK.sub(lambda blank: values.get(blank[1]) or blank[0], text)


def may_keep_answers(person: Person) -> bool:
    """Whether this person keeps answers for their unit: whoever acts for it."""
    return person.role not in NON_HANDLERS and person.unit_id is not None


def store_answer(
    session: Session, person: Person, name: str, text: str, *, class_id: str | None, now: datetime
) -> SavedAnswer:
    """Keep an answer for the person's unit; an old one of that name goes.

    Raises NotAllowed, MissingNeed where it is incomplete or has an unknown blank, TooMany.
    """
    unit_id = _require_keeper(person)
    if not (0 < len(name) <= LONGEST_NAME and 0 < len(text) <= LONGEST_TEXT):
        raise MissingNeed(say.answer_incomplete(LONGEST_TEXT))
    if unknown := next((blank for blank in _BLANK.findall(text) if blank not in say.BLANKS), None):
        raise MissingNeed(say.unknown_blank(unknown))
    kept = session.scalars(select(SavedAnswer).where(SavedAnswer.unit_id == unit_id)).all()
    answer = next((each for each in kept if each.name == name and each.class_id == class_id), None)
    if answer is None:
        if len(kept) >= MOST_ANSWERS:
            raise TooMany(say.too_many_answers(MOST_ANSWERS))
        answer = SavedAnswer(unit_id=unit_id, class_id=class_id, name=name)
        session.add(answer)
    answer.text, answer.made_by, answer.made_at = text, person.id, now
    session.flush()
    return answer


def drop_answer(session: Session, person: Person, answer_id: int) -> None:
    """Keep it no longer. Raises NotAllowed, NotFound for what is not of the person's own unit."""
    unit_id = _require_keeper(person)
    answer = session.get(SavedAnswer, answer_id)
    if answer is None or answer.unit_id != unit_id:
        raise NotFound(say.no_such_answer())
    session.delete(answer)
    session.flush()


def _require_keeper(person: Person) -> int:
    if not may_keep_answers(person) or person.unit_id is None:
        raise NotAllowed(say.may_not_keep_answers())
    return person.unit_id


def _unit_of(session: Session, person: Person) -> Unit | None:
    return session.get(Unit, person.unit_id) if person.unit_id is not None else None
