"""Messages to many: notices, the days of a week plan, what is sent again and again, its library, and answers
to everyone who reported a thing.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, and_
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


class NoticeItem(Base):
    """One text of the library: approved by a second person once, sent when its turn comes."""

    __tablename__ = "notice_items"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="item_approved_by_another"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="item_approved_has_a_time"),
        Index("ix_notice_items_number", "number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str]
    """`SC261121-001`: the items that were entered, and are approved, together."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    """Who entered it; it may be sent in the whole subtree."""
    text: Mapped[str]
    tags: Mapped[list[str]]
    months: Mapped[list[str]]
    """The months in which it fits, `1` to `12`; none: all year."""
    is_fallback: Mapped[bool] = mapped_column(default=False)
    """Sent where nothing else of its tag is left, however often."""
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class Notice(Base):
    """One text for the groups of a subtree, or for the people who reported something with a keyword."""

    __tablename__ = "notices"
    __table_args__ = (
        # A second person approves every notice.
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="approved_by_another"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_has_a_time"),
        CheckConstraint("sent_at IS NULL OR approved_by IS NOT NULL", name="sent_was_approved"),
        # A notice ends in one way: sent, withdrawn or skipped.
        CheckConstraint("sent_at IS NULL OR (cancelled_at IS NULL AND skipped_at IS NULL)", name="ends_once"),
        Index("ix_notices_plan", "plan"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """`TZ261121-001`."""
    plan: Mapped[str | None]
    """`JH261121-001`: the week plan it is a day of, or what it is sent with: a reminder, the next one."""
    theme: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    """The unit whose subtree is the audience; with a keyword, the subtree whose cases are searched."""
    uses: Mapped[list[str]]
    """Which of the subtree's groups, by `ChatUse`; none where there is a keyword."""
    tags: Mapped[list[str]] = mapped_column(default=list)
    """Of those groups the ones with one of these tags; all of them where none is named."""
    issuer: Mapped[str] = mapped_column(default="")
    """The unit in whose name it is sent, which the text ends with."""
    keyword: Mapped[str | None]
    """A word, or the code of a topic: the notice goes to everybody who reported a matching case."""
    send_at: Mapped[datetime]
    event_at: Mapped[datetime | None]
    """When the thing takes place of which the notice tells."""
    ends_at: Mapped[datetime | None]
    """What was not sent by then is skipped, and nothing is sent again."""
    repeats: Mapped[str | None]
    """On which days it is sent again, as `handlers.clocks.recurrence` reads them: 每周一, 每月15日."""
    item_tag: Mapped[str | None]
    """Its words are taken from the library as it is sent: of the items with this tag."""
    item_id: Mapped[int | None] = mapped_column(ForeignKey("notice_items.id"))
    """The item of the library that was sent."""
    workdays_only: Mapped[bool] = mapped_column(default=False)
    """Skipped where the day is off by the working calendar."""
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None where the program drafted it: one person lets it go out."""
    made_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    skipped_at: Mapped[datetime | None]
    """When it was skipped: on a day off, or as a day of a plan approved too late."""
    sent_at: Mapped[datetime | None]
    reached: Mapped[int] = mapped_column(default=0)
    """How many groups or conversations it was queued for."""


IS_PENDING = and_(Notice.sent_at.is_(None), Notice.cancelled_at.is_(None), Notice.skipped_at.is_(None))
add_partial_index("ix_notices_waiting", Notice.send_at, where=IS_PENDING)
# What an item of the library was sent for last.
add_partial_index("ix_notices_item", Notice.item_id, where=Notice.item_id.is_not(None))
