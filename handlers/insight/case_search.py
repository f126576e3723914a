"""Cases found by words: a place, a matter, a unit; of those that concern whoever asks, the newest first."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.privacy import mask
from handlers.cases.queries import Asker, CasePage
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_named_unit, find_subtree_ids
from handlers.triage.types import Facts
from models.cases import Case

_MOST_WORDS = 4
"""Words that are looked for; more say no more."""


def search_cases(
    session: Session, asker: Asker, env: Environment, words: Sequence[str], *, page: int, size: int
) -> CasePage:
    """A page of the cases that fit every word, each by place, by what it is about, or by unit.

    The asker's own reports, and what concerns them by office. `page` counts from 1.
    """
    concern = or_(queries.is_own(asker), queries.is_concern(session, asker))
    fitting = (_fits_word(session, env, word) for word in words[:_MOST_WORDS])
    return queries.load_page(session, asker, and_(concern, *fitting), page=page, size=size)


def _fits_word(session: Session, env: Environment, word: str) -> ColumnElement[bool]:
    unit = find_named_unit(session, word)
    if unit is not None:
        return queries.lies_within(find_subtree_ids(session, unit))
    classes = Case.class_id.in_(_find_class_ids(env, word))
    # Who looks for a name, a number or a room would learn where it was said.
    if env.roster.mask_people(mask(word)) != word:
        return classes
    said = (column.contains(word, autoescape=True) for column in (Case.place, Case.text))
    return or_(classes, *said)


def _find_class_ids(env: Environment, word: str) -> Sequence[str]:
    """Classes whose name holds the word, and the one that people call so: 违停 is 机动车乱停放."""
    named = [info.id for info in env.classes.values() if word in info.name]
    meant = env.classifier.triage(word, facts=Facts())
    is_written = any(reason.side == meant.class_id for reason in meant.reasons)
    return [*named, meant.class_id] if is_written else named
