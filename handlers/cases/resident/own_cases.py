"""Cases that a person may still speak of as their reporter: what is open, and what was closed lately."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Boolean, Integer, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker
from handlers.cases.readers import IS_CONFIDED
from handlers.environment.people import doors
from models.cases import IS_OPEN, Case
from models.workflow import Status

# Asked for every message: putting the question together takes longer than its answer. In private a reporter
# reads what is restricted, and what they told the bot alone (`queries.is_visible`, `queries.is_own`).
_SPOKEN_OF = (
    select(Case)
    .where(
        Case.reporter_id.in_(bindparam("own_ids", expanding=True)),
        or_(IS_OPEN, Case.status == Status.DUPLICATE, Case.closed_at > bindparam("since")),
        or_(bindparam("in_private", type_=Boolean), and_(Case.restricted.is_(False), ~IS_CONFIDED)),
    )
    .order_by(Case.id.desc())
    .limit(bindparam("most", type_=Integer))
)


def list_spoken_of(session: Session, asker: Asker, *, since: datetime, limit: int) -> Sequence[Case]:
    """The asker's own cases, newest first, at most `limit`: open, joined, and closed after `since`.

    Of restricted ones, and of those reported in private, those that may be shown where they ask.
    """
    if asker.person is None:
        return ()
    asked = {
        "own_ids": doors.list_own_ids(session, asker.person),
        "since": since,
        "in_private": asker.in_private,
        "most": limit,
    }
    return session.scalars(_SPOKEN_OF, asked).all()
