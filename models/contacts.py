"""The list of members of the corporation as it was last heard: whom it names, where, and who has left."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Data, Id


class ContactChangeKind(StrEnum):
    """What became of a member, or of a department."""

    MEMBER = "member"
    """Is a member: new, or with another name, department or id."""
    MEMBER_LEFT = "member_left"
    DEPARTMENT = "department"
    DEPARTMENT_LEFT = "department_left"


@dataclass(frozen=True, slots=True)
class ContactChange:
    """One change of the list. What is None did not change, or was not said."""

    kind: ContactChangeKind
    id: str
    """The member's user id, or the department's number."""
    name: str | None = None
    departments: tuple[int, ...] | None = None
    """Numbers of the departments of a member."""
    new_id: str = ""
    """The user id that a member has from now on; empty: the same."""
    parent: int | None = None
    """Number of the department above a department."""


class Contact(Base):
    """One member of the corporation."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("provider", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str]
    user_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    departments: Mapped[list[int]] = mapped_column(Data, default=list)
    has_left: Mapped[bool] = mapped_column(default=False)


class Department(Base):
    """One department of the corporation, which may be a unit here by its name."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("provider", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str]
    number: Mapped[int] = mapped_column(Id)
    name: Mapped[str]
    parent: Mapped[int | None] = mapped_column(Id)
