"""How long answers waited to be signed (requirements B06): counted apart from how long they took."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.clocks import ClockRow
from models.database import keep_from_indexes
from models.figures import SignatureFigures
from models.sign_offs import SignOff
from models.workflow import Step


class SignatureKind(StrEnum):
    """What was decided of an answer."""

    DECIDED = "decided"
    SENT_BACK = "sent_back"
    LATE = "late"


_ITS_CLOCK = and_(
    ClockRow.case_id == SignOff.case_id,
    ClockRow.step == Step.SIGNOFF,
    ClockRow.stopped_event_number == SignOff.decided_event_number,
)
_KINDS = {
    SignatureKind.DECIDED: SignOff.approved.is_not(None),
    SignatureKind.SENT_BACK: SignOff.approved.is_(False),
    SignatureKind.LATE: and_(
        SignOff.approved.is_not(None),
        select(ClockRow.id).where(_ITS_CLOCK, ClockRow.target_at < SignOff.decided_at).exists(),
    ),
}


def _select_cases(kind: SignatureKind, begins: datetime, ends: datetime) -> Select[int]:
    """Ids of the cases, one for each decision from `begins` up to `ends` (aware) of which this is so."""
    return select(SignOff.case_id).where(
        _KINDS[kind], SignOff.decided_at >= begins, SignOff.decided_at < ends
    )


def was_signed(kind: SignatureKind, begins: datetime, ends: datetime) -> ColumnElement[bool]:
    """Condition for the cases of which an answer was decided so from `begins` up to `ends` (aware)."""
    return Case.id.in_(_select_cases(kind, begins, ends))


def count_signatures(
    session: Session, scope: ColumnElement[bool], begins: datetime, ends: datetime
) -> SignatureFigures:
    """Cases of this condition whose answer was signed or sent back from `begins` up to `ends` (aware), each
    once; and how long the answers waited on average.
    """
    counts = {
        kind.value: len(
            set(
                session.scalars(
                    _select_cases(kind, begins, ends)
                    .join(Case, Case.id == SignOff.case_id)
                    .where(keep_from_indexes(scope))
                )
            )
        )
        for kind in SignatureKind
    }
    spans = session.execute(
        select(SignOff.asked_at, SignOff.decided_at)
        .join(Case, Case.id == SignOff.case_id)
        .where(
            _KINDS[SignatureKind.DECIDED], SignOff.decided_at >= begins, SignOff.decided_at < ends,
            keep_from_indexes(scope),
        )
    ).all()  # fmt: skip
    waited = sum((decided - asked).total_seconds() for asked, decided in spans if decided is not None)
    return SignatureFigures(**counts, hours=round(waited / 3600 / len(spans), 1) if spans else 0.0)
