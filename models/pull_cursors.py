"""How far the messages were fetched of what has to be asked for them, written beside what was fetched."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base


class PullCursor(Base):
    """One source of messages of a channel: a customer-service account, say. The row of source "" says since
    when the channel is open.
    """

    __tablename__ = "pull_cursors"

    channel: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str] = mapped_column(default="")
    """The platform's own word for the place; empty before the first page."""
    since: Mapped[datetime]
    """What was sent earlier is history, from before anybody could be answered."""
