"""Requests to export or to erase what is stored of one person: made by one, agreed to by another."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Data, Id, add_partial_index

ERASED = "erased:"
"""How the codes and ids of those begin who were erased."""


class DataRequestKind(StrEnum):
    """What is to be done with a person's data."""

    EXPORT = "export"
    ERASE = "erase"


class DataRequest(Base):
    """One request, and what came of it: the record that it was done stays when the data are gone."""

    __tablename__ = "data_requests"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="data_approved_by_another"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="data_approved_has_a_time"),
        CheckConstraint("done_at IS NULL OR approved_by IS NOT NULL", name="data_done_was_approved"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """`GR261121-001`."""
    kind: Mapped[str]
    """A `DataRequestKind`."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    """Whose data; after an erasure the row has no name any more."""
    reason: Mapped[str]
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(Data)
    """How many rows of which table were written out or changed."""


def format_push_key(request_id: int) -> str:
    """How the keys of the pushes begin that ask somebody to decide on a request."""
    return f"personal_data:{request_id}:"


IS_TO_DO = and_(DataRequest.approved_at.is_not(None), DataRequest.done_at.is_(None))
add_partial_index("ix_data_requests_to_do", DataRequest.id, where=IS_TO_DO)
