"""Those whose report was merged into another: they were promised the same answer (requirements A18)."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import pushing
from handlers.telling import Telling
from models.cases import Case
from models.messages import TextPush
from models.workflow import Status


def tell(telling: Telling, words: Callable[[str], str]) -> None:
    """Say how their matter ended, each under the number of their own report."""
    scene = telling.scene
    for child in children(scene.session, scene.case):
        pushing.to_reporter_of(
            scene.session,
            child,
            TextPush(words(child.number)),
            key=f"{child.number}:answered:{telling.event.id}",
            office=scene.office,
            now=scene.now,
        )


def children(session: Session, case: Case) -> list[Case]:
    """What was merged into this one, and into those in their turn."""
    found: list[Case] = []
    parents = [case.id]
    while parents:
        merged = session.scalars(
            select(Case).where(Case.parent_id.in_(parents), Case.status == Status.DUPLICATE).order_by(Case.id)
        ).all()
        found += merged
        parents = [child.id for child in merged]
    return found
