"""Cases that units returned as not their own, for whoever rules whose such a matter is (requirements C23)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.queries import Asker
from models.cases import Assignment, Case
from models.database import keep_from_indexes
from models.organisation import UNIT_NAME, Unit


@dataclass(frozen=True, slots=True)
class BouncedCase:
    """A case that was returned, and by which units, the last one last."""

    case: Case
    units: Sequence[str]


def list_bounced(session: Session, asker: Asker, *, since: datetime, limit: int) -> Sequence[BouncedCase]:
    """What was returned since then, the newest first, of what concerns the asker; nothing restricted."""
    returned = Case.id.in_(select(Assignment.case_id).where(Assignment.returned_at >= since))
    concern = keep_from_indexes(queries.is_concern(session, asker))
    shown = Case.restricted.is_(False), queries.is_visible(asker), concern
    cases = session.scalars(select(Case).where(returned, *shown).order_by(Case.id.desc()).limit(limit)).all()
    by_case: dict[int, list[str]] = defaultdict(list)
    rows = (
        select(Assignment.case_id, UNIT_NAME)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Assignment.case_id.in_([case.id for case in cases]), Assignment.returned_at.is_not(None))
        .order_by(Assignment.returned_at)
    )
    for case_id, name in session.execute(rows):
        by_case[case_id].append(name)
    return [BouncedCase(case, by_case[case.id]) for case in cases]
