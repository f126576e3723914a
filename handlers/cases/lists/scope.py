"""Where somebody asks whose work is every case, no condition is needed for where it lies."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker
from handlers.environment.session_cache import cached_in_session
from models.organisation import Unit


def is_at_top(session: Session, asker: Asker) -> bool:
    """Whether the asker looks after the only top unit: every case lies in it, wherever it lies."""
    return any(one.oversees_area and _sits_at_top(session, one) for one in asker.in_each_post)


def _sits_at_top(session: Session, asker: Asker) -> bool:
    key = ("at_top", asker.actor.unit_id)
    return cached_in_session(session, key, lambda: _is_only_top(session, asker.unit(session)))


def _is_only_top(session: Session, unit: Unit | None) -> bool:
    if unit is None or unit.parent_id is not None:
        return False
    return session.scalar(select(func.count()).select_from(Unit).where(Unit.parent_id.is_(None))) == 1
