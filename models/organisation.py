"""The organisation: one tree of units, people and their accounts, and the chats they use."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, cast

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account_ids import WECOM
from models.database import Base, Data, Id, add_partial_index


class UnitKind(StrEnum):
    """What a unit is: an area or an office."""

    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"
    GRID = "grid"
    SPECIAL_GRID = "special_grid"
    """A factory, a school, a market that is a grid of its own (专属网格, requirements E02)."""
    MICRO_GRID = "micro_grid"
    DEPARTMENT = "department"
    SECTION = "section"
    TEAM = "team"
    ENTERPRISE = "enterprise"


GRIDS = frozenset({UnitKind.GRID, UnitKind.SPECIAL_GRID, UnitKind.MICRO_GRID})
TERRITORIAL = frozenset({UnitKind.DISTRICT, UnitKind.TOWN, UnitKind.VILLAGE}) | GRIDS


class Role(StrEnum):
    """What a person may do, everywhere inside their unit's subtree (design §10)."""

    INFORMANT = "informant"
    RESIDENT = "resident"
    GRID = "grid"
    DUTY = "duty"
    HANDLER = "handler"
    COORDINATOR = "coordinator"
    LEADER = "leader"
    OBSERVER = "observer"
    ADMIN = "admin"


DUTY_OFFICERS = frozenset({Role.DUTY, Role.ADMIN})
"""Who takes in, hands out and checks cases of their area."""
COORDINATORS = frozenset({Role.COORDINATOR, Role.ADMIN})
"""Who calls several units together."""
LEADERS = frozenset({Role.LEADER, Role.ADMIN})
"""Who supervises and decides."""
DESK = DUTY_OFFICERS | COORDINATORS
"""Who sits at the duty desk: binds groups, drafts notices, reads its lists and figures."""
OVERSEERS = DESK | LEADERS
"""Whoever looks after an area as a whole: also reads hot topics."""
OUTSIDERS = frozenset({Role.INFORMANT, Role.RESIDENT})
"""Who reports, and is no staff of the unit they live in."""
NON_HANDLERS = OUTSIDERS | {Role.OBSERVER}
"""Who never acts for the unit they belong to."""
SURVEYORS = frozenset({Role.INFORMANT, Role.GRID})
"""Who may be asked to go and see."""


class Participation(StrEnum):
    """How an informant stands to taking part (requirements A06): nobody takes part who has not agreed.

    Whoever does not may report all the same, and is neither asked to go and see nor named.
    """

    ENROLLED = "enrolled"
    """On the roster; was not asked yet."""
    UNCONFIRMED = "unconfirmed"
    """Was asked, and has not answered."""
    AGREED = "agreed"
    LEFT = "left"
    """Said no, or has taken their word back."""
    SUSPENDED = "suspended"
    """Taken out by the office; neither asked nor named until the office says otherwise."""


class ChatUse(StrEnum):
    """What a chat is for."""

    INTAKE = "intake"
    HANDLING = "handling"
    DUTY = "duty"
    RESIDENTS = "residents"
    DIRECT = "direct"
    """One person and the bot."""
    UNBOUND = "unbound"
    """A group that wrote to the bot before anybody bound the group to a unit."""
    SUBSCRIBER = "subscriber"
    """Another system that is told of cases; nobody speaks there."""


REPORTING = frozenset({ChatUse.INTAKE, ChatUse.RESIDENTS})
"""Groups in which people of an area report."""


class Unit(Base):
    """A unit of the tree: an area with its grids, or an office responsible for kinds of cases."""

    __tablename__ = "units"
    of_roster = True

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    short: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    path: Mapped[str] = mapped_column(default="", index=True)
    """Codes from the root down, `/HM/HM-HM/`: a subtree is a prefix."""
    lead: Mapped[str | None]
    """Code of the person responsible."""
    deputy: Mapped[str | None]
    aliases: Mapped[list[str]] = mapped_column(default=list)
    places: Mapped[list[str]] = mapped_column(default=list)
    keywords: Mapped[list[str]] = mapped_column(default=list)
    polygon: Mapped[dict[str, object] | None] = mapped_column(Data, default=None)
    """Outline as a GeoJSON geometry, WGS-84."""

    @property
    def display_name(self) -> str:
        """The short name, or the full one where there is none."""
        return self.short or self.name


UNIT_NAME = func.coalesce(func.nullif(Unit.short, ""), Unit.name, "")
"""`Unit.display_name` in a statement; "" where an outer join found no unit."""


class FurtherPost(Base):
    """A post of a person beside the one of their row: another unit, a role there, its duties (C22)."""

    __tablename__ = "person_posts"
    __table_args__ = (UniqueConstraint("person_id", "unit_id", "role"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    role: Mapped[str]
    duties: Mapped[list[str]] = mapped_column(default=list)


class Person(Base):
    """A person with one role in one unit, and maybe further posts; residents and informants may have no unit.

    Who holds any post as staff holds the first one as staff: `role` tells staff from those who only report.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    occupation: Mapped[str] = mapped_column(default="")
    duties: Mapped[list[str]] = mapped_column(default=list)
    """Of the first post: 调解, 排查."""
    skills: Mapped[list[str]] = mapped_column(default=list)
    """What they are good at, in whichever post: 调解, 法律, 心理."""
    participation: Mapped[str] = mapped_column(default=Participation.ENROLLED)
    """A `Participation`; says nothing of anybody but informants."""
    participation_at: Mapped[datetime | None] = mapped_column(default=None)
    """Since when; None: since they were entered."""
    joined_to: Mapped[int | None] = mapped_column(Id, default=None)
    """The row (id) that stands for somebody who proved to hold several accounts, in every row of theirs, that
    one too. Each row keeps its cases, name and rights. None: nothing was joined."""

    is_outside = False
    """Of no column: staff who speak by a door where nobody has checked who they are. What they did and were
    asked as staff is not theirs there; what they reported is."""
    stands_in_for = cast("tuple[Person, ...]", ())
    """Of no column: who is away today and in whose place they work, noted where they come in."""
    further_posts: Mapped[list[FurtherPost]] = relationship(
        lazy="selectin", order_by=FurtherPost.id, cascade="all, delete-orphan"
    )

    @property
    def in_each_post(self) -> tuple[Self, ...]:
        """This person as the holder of each single post, the first one first.

        A right belongs to one of these: role and unit of two posts are never put together. Where there are
        several, what comes back is in no session.
        """
        if not self.further_posts:
            return (self,)
        further = ((post.role, post.unit_id, post.duties) for post in self.further_posts)
        return tuple(self._in_post(*post) for post in ((self.role, self.unit_id, self.duties), *further))

    def _in_post(self, role: str, unit_id: int | None, duties: list[str]) -> Self:
        return type(self)(
            id=self.id,
            code=self.code,
            name=self.name,
            role=role,
            unit_id=unit_id,
            occupation=self.occupation,
            duties=duties,
            skills=self.skills,
            participation=self.participation,
            participation_at=self.participation_at,
            joined_to=self.joined_to,
        )

    def find_post(self, roles: frozenset[Role]) -> Self | None:
        """This person in the first of their posts that has one of these roles; None: in none."""
        return next((one for one in self.in_each_post if one.role in roles), None)


IS_JOINED = Person.joined_to.is_not(None)
add_partial_index("ix_people_joined", Person.joined_to, where=IS_JOINED)


class ParticipationChange(Base):
    """One change of an informant's participation, and whose doing it was: what consent can be shown by."""

    __tablename__ = "participation_changes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    participation: Mapped[str]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The informant themselves, or somebody of the office; None: an import, or the program, which asked."""
    changed_at: Mapped[datetime]


def has_post(fits: Callable[[Any, Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Condition for people of whom one post fits; `fits` is given the columns of a post's role and unit."""
    further = select(FurtherPost.person_id).where(fits(FurtherPost.role, FurtherPost.unit_id))
    return or_(fits(Person.role, Person.unit_id), Person.id.in_(further))


class Account(Base):
    """One id of a person on one provider (`wecom`)."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("provider", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    provider: Mapped[str]
    user_id: Mapped[str]


class Chat(Base):
    """A group, or the direct conversation of one person with the bot."""

    __tablename__ = "chats"
    __table_args__ = (
        UniqueConstraint("channel", "chat_id"),
        # A direct conversation names its person; a group has none.
        CheckConstraint("(use = 'direct') = (person_id IS NOT NULL)", name="direct_has_a_person"),
        Index("ix_chats_unit_use", "unit_id", "use"),
        Index("uq_chats_archive_room", "archive_room_id", "archive_channel", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    use: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    channel: Mapped[str]
    chat_id: Mapped[str]
    webhook_channel: Mapped[str | None]
    webhook_key: Mapped[str | None]
    archive_channel: Mapped[str | None]
    """The message archive that reads the group as well; `channel` where nothing else does."""
    archive_room_id: Mapped[str | None]
    """The group's id there, which may be another one than `chat_id`."""
    quiet_from: Mapped[str | None]
    """Local time `22:00` from which only urgent pushes go out, until `quiet_to`."""
    quiet_to: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    """What people call groups of its kind, for notices: 老年, 企业."""
    gone_at: Mapped[datetime | None]
    """When the platform said that the bot is no longer in the chat; cleared by its next message."""
    provider: Mapped[str] = mapped_column(default=WECOM)
    """Whose account ids its people have, as its channel declares it."""
    heard_at: Mapped[datetime | None] = mapped_column(default=None)
    """Of a direct conversation: when its person last wrote there."""
