"""Who may read one restricted case beside, or in spite of, what the configuration says."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id


class ReadingRight(Base):
    """One person and one restricted case. Without a row, `restricted_to` of the configuration decides."""

    __tablename__ = "reading_rights"
    # One answer for one person.
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    granted: Mapped[bool]
    """True: reads it in the place of somebody who is named in it. False: is named in it, never reads it."""
