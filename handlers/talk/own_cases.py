"""Cases that a person may still speak of as their reporter: what is open, and what was closed lately."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker, is_own, is_visible
from models.cases import Case
from models.workflow import OPEN, Status


def list_spoken_of(session: Session, asker: Asker, *, since: datetime, limit: int) -> Sequence[Case]:
    """The asker's own cases, newest first, at most `limit`: open, joined, and closed after `since`.

    Of restricted ones, and of those reported in private, those that may be shown where they ask.
    """
    is_live = or_(Case.status.in_(OPEN), Case.status == Status.DUPLICATE, Case.closed_at > since)
    query = select(Case).where(is_own(asker), is_live, is_visible(asker))
    return session.scalars(query.order_by(Case.id.desc()).limit(limit)).all()
