"""Sign-offs: who is asked to sign the answer of a checked case before its reporter hears it, and what came.

Requirements B06: the leaders sign what leaves the office; how long that takes is counted apart.
"""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Id, add_partial_index


class SignOff(Base):
    """One answer laid before whoever signs it."""

    __tablename__ = "sign_offs"
    __table_args__ = (
        reference_event("sign_offs", "event_number"),
        reference_event("sign_offs", "decided_event_number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    event_number: Mapped[int]
    """Number of the event, a check that was passed, that laid it before them."""
    asked_at: Mapped[datetime]
    signer_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    """Who is asked first."""
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    above_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    """Who is rung when the time is over, and may sign as well."""
    decided_at: Mapped[datetime | None]
    """When it was signed or sent back, or ended with its case."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None where `decided_at` is set: the case went on without a signature."""
    approved: Mapped[bool | None]
    decided_event_number: Mapped[int | None]


IS_UNSIGNED = SignOff.decided_at.is_(None)
add_partial_index("uq_sign_offs_one_waiting", SignOff.case_id, where=IS_UNSIGNED, unique=True)
