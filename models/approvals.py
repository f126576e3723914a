"""Something asked that a second person decides: more time, a pause, a void, a complex matter."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Id, add_partial_index


class ApprovalRequest(Base):
    """A request for more time, a pause, a void or the status of a complex matter, and the decision on it."""

    __tablename__ = "requests"
    __table_args__ = (
        # Nobody grants their own request.
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="decided_by_another"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    """A `RequestKind`."""
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    limit: Mapped[str] = mapped_column(default="")
    """How much longer, as `TimeLimit` writes it."""
    until: Mapped[datetime | None]
    """When a suspension ends by itself."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    granted: Mapped[bool | None]


IS_UNDECIDED = ApprovalRequest.decided_at.is_(None)
# One question at a time: 「同意」 must say to what.
add_partial_index("uq_requests_one_waiting", ApprovalRequest.case_id, where=IS_UNDECIDED, unique=True)


class SupervisionOrder(Base):
    """A supervision order (督办单): numbered, with a requirement and a time to answer by."""

    __tablename__ = "orders"
    __table_args__ = (
        reference_event("orders", "event_number"),
        reference_event("orders", "replied_event_number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """`DB261121-003`."""
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    requirement: Mapped[str]
    event_number: Mapped[int | None]
    """Number of the event that issued it; None: written by an older version, so the event is unknown."""
    issued_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    issued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    reply: Mapped[str] = mapped_column(default="")
    replied_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None where `replied_at` is set: nobody answered, and the case ended without an answer."""
    replied_at: Mapped[datetime | None]
    """When it was answered, or ended with its case."""
    replied_event_number: Mapped[int | None]
    """Number of the event that answered it, or that ended its case."""


IS_UNANSWERED_ORDER = SupervisionOrder.replied_at.is_(None)
add_partial_index("ix_orders_waiting", SupervisionOrder.case_id, where=IS_UNANSWERED_ORDER)
