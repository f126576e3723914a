"""The pages of residents: links to cases, of which only hashes are kept, and what was reported by form."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class CaseLink(Base):
    """The right of one person to see their case on a page and to speak there as its reporter."""

    __tablename__ = "case_links"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    """When the desk or the reporter took it back; it stays so."""


class LinkToken(Base):
    """One address of a link. Nobody can read it back, so each message that names the link has another."""

    __tablename__ = "case_link_tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the token, in hexadecimal digits."""
    link_id: Mapped[int] = mapped_column(ForeignKey("case_links.id", ondelete="CASCADE"), index=True)


COUNTED_WITHIN = timedelta(days=1)
"""The longest span over which forms are counted."""


class PageReport(Base):
    """One form that was sent in, counted by address and unit; deleted when it counts no more."""

    __tablename__ = "page_reports"
    __table_args__ = (
        Index("ix_page_reports_address", "address", "at"),
        Index("ix_page_reports_unit", "unit_id", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str]
    """Hash of the network address, of this day only."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    at: Mapped[datetime]
