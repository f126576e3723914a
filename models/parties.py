"""People whom a case concerns beside its reporter: who was wronged, and who is said to have done it."""

from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.cases import reference_event
from models.database import Base, Id


class PartySide(StrEnum):
    """How somebody stands to the matter, which decides who may read how to reach them."""

    WRONGED = "wronged"
    """Protected like a reporter."""
    ACCUSED = "accused"
    """Part of the matter: whoever leads it reads of them."""


class Party(Base):
    """One of them, by what they are to the matter; told again, the newer contact stands."""

    __tablename__ = "parties"
    __table_args__ = (
        reference_event("parties", "event_number"),
        UniqueConstraint("case_id", "relation"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    event_number: Mapped[int]
    """Number of the event that recorded them last."""
    side: Mapped[str]
    relation: Mapped[str]
    """被欠薪人, 老板: no name."""
    name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
