"""How long answers waited to be signed (requirements B06): counted apart from how long they took."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.clocks import ClockRow
from models.database import keep_from_indexes
from models.figures import SignatureFigures
from models.sign_offs import SignOff
from models.workflow import Step


def count_signatures(
    session: Session, scope: ColumnElement[bool], begins: datetime, ends: datetime
) -> SignatureFigures:
    """What was signed or sent back from `begins` up to `ends` (aware), of the cases of this condition."""
    decided = (
        SignOff.approved.is_not(None), SignOff.decided_at >= begins, SignOff.decided_at < ends,
        keep_from_indexes(scope),
    )  # fmt: skip
    its_clock = and_(
        ClockRow.case_id == SignOff.case_id,
        ClockRow.step == Step.SIGNOFF,
        ClockRow.stopped_event_number == SignOff.decided_event_number,
    )
    found = session.execute(
        select(SignOff.asked_at, SignOff.decided_at, SignOff.approved, ClockRow.target_at)
        .join(Case, Case.id == SignOff.case_id)
        .outerjoin(ClockRow, its_clock)
        .where(*decided)
    ).all()
    waited = sum((row.decided_at - row.asked_at).total_seconds() for row in found)
    return SignatureFigures(
        decided=len(found),
        sent_back=sum(not row.approved for row in found),
        late=sum(row.target_at is not None and row.decided_at > row.target_at for row in found),
        hours=round(waited / 3600 / len(found), 1) if found else 0.0,
    )
