"""What the installation knows of its own upkeep: when nightly work was last done, who may use the schema."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base

RETENTION = "retention"


class UpkeepRun(Base):
    """The last time that some work of the nights ended well, by its name."""

    __tablename__ = "upkeep_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class SchemaFloor(Base):
    """The one row that says which older programs the schema bears (docs/decisions/0022).

    A program that does not know the schema's revision, but knows this one, goes on working with it.
    """

    __tablename__ = "schema_floor"
    __table_args__ = (CheckConstraint("id = 1", name="one_floor"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[str]


def record_run(session: Session, name: str, *, now: datetime) -> None:
    """Note that this work ended well. `now`: aware UTC."""
    session.merge(UpkeepRun(name=name, at=now))
