"""The duty desk's corrections: past cases with the class the rules gave and the class they ended with."""

from collections.abc import Sequence

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from handlers.triage.learning.rule_suggestions import PastMessage
from models.cases import Case, Event
from models.organisation import Person, Unit
from models.reports import Message
from models.workflow import Status

RECENT = 2_000
"""Cases that suggestions are measured on."""
_CHUNK = 500
MEASURED = 500
"""Messages that a change of rules is measured on."""


def load_past_cases(session: Session, *, most: int = RECENT) -> list[PastMessage]:
    """The newest `most` cases whose class a person confirmed: closed cases, and corrected ones."""
    corrected = exists().where(Event.case_id == Case.id, Event.act == "classify", Event.actor_id.is_not(None))
    cases = list(
        session.scalars(
            select(Case)
            .where(or_(Case.status == Status.CLOSED, corrected))
            .order_by(Case.id.desc())
            .limit(most)
        )
    )
    changed = _find_corrected(session, cases)
    return [
        PastMessage(case.number, case.text, case.class_id, case.id in changed, quotable=not case.restricted)
        for case in cases
    ]


def _find_corrected(session: Session, cases: Sequence[Case]) -> set[int]:
    """Ids of the cases whose class a person changed and that were not changed back."""
    final = {case.id: case.class_id for case in cases}
    first: dict[int, str] = {}
    moved: set[int] = set()
    ids = list(final)
    for start in range(0, len(ids), _CHUNK):
        events = session.execute(
            select(Event.case_id, Event.number, Event.actor_id, Event.fields).where(
                Event.case_id.in_(ids[start : start + _CHUNK]),
                or_(Event.number == 1, Event.act == "classify"),
            )
        )
        for case_id, number, actor_id, fields in events:
            if number == 1:
                first[case_id] = fields["class_id"]
            elif actor_id is not None and "class_id" in fields:
                moved.add(case_id)
    return {case_id for case_id in moved if first.get(case_id) != final[case_id]}


def load_recent_messages(session: Session, *, most: int = MEASURED) -> list[tuple[int, str]]:
    """Id and words of the newest messages that became part of a report, commands left out."""
    said = Message.text != "", Message.text.not_like("/%")
    query = select(Message.id, Message.text).where(*said).order_by(Message.id.desc()).limit(most)
    return [(row.id, row.text) for row in session.execute(query)]


def load_local_names(session: Session) -> set[str]:
    """Names of people, units and places of this installation; no rule is made of them."""
    found = set(session.scalars(select(Person.name)))
    for unit in session.scalars(select(Unit)):
        found |= {unit.name, unit.short, *unit.aliases, *unit.places}
    return {name for name in found if name}
