"""The list of responsibilities (权责清单): which unit each item is, by which law, in numbered versions."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


class ResponsibilityVersion(Base):
    """One version of the list: a file that was imported, or a ruling that two people made."""

    __tablename__ = "responsibility_versions"

    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """1, 2, 3 …"""
    at: Mapped[datetime]
    title: Mapped[str]
    """What it brought, in one line."""
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"))
    """The ruling; None: a file, imported at the machine."""


class Responsibility(Base):
    """An item in the hands of one unit, from one version until before another.

    What two units claim has two rows of one number; what no unit has, one without a unit.
    """

    __tablename__ = "responsibilities"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(index=True)
    """As the list writes it, `320684-CG-012`."""
    name: Mapped[str]
    law: Mapped[str] = mapped_column(default="")
    """The ground: law and article."""
    level: Mapped[str] = mapped_column(default="")
    """区级, 镇街 and the like, as the list writes it."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    class_id: Mapped[str | None] = mapped_column(index=True)
    """The class of cases whose ground it is; None: it is found by its words only."""
    since: Mapped[int] = mapped_column(ForeignKey("responsibility_versions.number"))
    until: Mapped[int | None] = mapped_column(ForeignKey("responsibility_versions.number"))
    """The version that has it no more; None: it stands."""


IS_STANDING = Responsibility.until.is_(None)
add_partial_index("ix_responsibilities_standing", Responsibility.number, where=IS_STANDING)
