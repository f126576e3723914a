"""Reports as they were published: their figures never change, whatever is corrected afterwards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class PublishedReport(Base):
    """One edition of the report of a unit's table for a period."""

    __tablename__ = "published_reports"
    __table_args__ = (
        UniqueConstraint("unit_id", "first", "last", "edition"),
        CheckConstraint("first <= last", name="published_period"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    """Whose table it is."""
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    """Local days, both within the period."""
    edition: Mapped[int]
    """1, and one more each time the same period is published again."""
    note: Mapped[str] = mapped_column(default="")
    """The place that somebody outside gave the district (全省第 2 名)."""
    body: Mapped[dict[str, Any]]
    """`MonthlyReport.to_json()` as it was."""
    published_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    published_at: Mapped[datetime]
