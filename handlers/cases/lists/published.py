"""What everybody may read of suggestions: what two people published, and the steps since."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.privacy import mask
from handlers.cases.queries import PUBLIC, is_visible
from handlers.environment.snapshot import Environment
from models.cases import Case
from models.organisation import UNIT_NAME, Unit
from models.suggestions import Adoption, Milestone, Publication

_MOST = 100


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One milestone; `day`: when it was reached, else when it is planned; local."""

    day: date
    text: str
    is_reached: bool


@dataclass(frozen=True, slots=True)
class PublicSuggestion:
    """One suggestion without whoever made it."""

    text: str
    adoption: str
    unit: str
    day: date
    steps: Sequence[PublicStep]


def list_published(session: Session, env: Environment) -> Sequence[PublicSuggestion]:
    """The newest first."""
    columns = Case.id, Case.adoption, Publication.text, Publication.published_at, UNIT_NAME
    public = (
        select(*columns)
        .join(Publication, Publication.case_id == Case.id)
        .where(Publication.published_at.is_not(None), Case.adoption.is_not(None), is_visible(PUBLIC))
    )
    newest = public.outerjoin(Unit, Unit.id == Case.unit_id).order_by(Publication.published_at.desc())
    rows = session.execute(newest.limit(_MOST)).all()
    steps = _load_steps(session, [case_id for case_id, *_ in rows], env)
    return [
        PublicSuggestion(
            text=_write(text, env),
            adoption=Adoption(adoption or "").chinese,
            unit=unit,
            day=env.local(at).date(),
            steps=steps.get(case_id, ()),
        )
        for case_id, adoption, text, at, unit in rows
        if at is not None
    ]


def _load_steps(session: Session, ids: Sequence[int], env: Environment) -> dict[int, list[PublicStep]]:
    found: dict[int, list[PublicStep]] = defaultdict(list)
    query = select(Milestone).where(Milestone.case_id.in_(ids)).order_by(Milestone.due, Milestone.id)
    for one in session.scalars(query):
        day = env.local(one.done_at).date() if one.done_at is not None else one.due
        found[one.case_id].append(PublicStep(day, _write(one.text, env), one.done_at is not None))
    return found


def _write(words: str, env: Environment) -> str:
    return env.roster.mask_people(mask(words))
