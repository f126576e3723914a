"""The key by which addresses of photos are signed: one for all processes, and none of the configuration's."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class LinkKey(Base):
    """The signing key; there is one row. Whoever deletes it makes every address void that was given out."""

    __tablename__ = "link_keys"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    """What is signed: `media`."""
    value: Mapped[str]
    """32 random bytes, as hex digits: a secret."""
    made_at: Mapped[datetime]
