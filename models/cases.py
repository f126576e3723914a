"""The case: a ledger of events, and a row that caches their sum."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Executable,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    bindparam,
    literal_column,
    or_,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import session_info
from models.database import Base, Id, add_partial_index, spell_out
from models.workflow import AUDITED, OPEN, RUNNING, Status

MOST_MONEY = 2**31 - 1
"""Fen: the largest number of an INTEGER in PostgreSQL."""


IN_CHAT, BY_PAGE = "chat", "page"
"""Sources of the program's own: said in a chat, or sent in by the form of a page, by nobody knows whom."""


class Case(Base):
    """One problem on its way round. Changed only by `handlers.acts`, through events."""

    __tablename__ = "cases"
    __table_args__ = (
        # "No case without an owner": once dispatched, a unit is named.
        CheckConstraint(
            "unit_id IS NOT NULL OR status NOT IN ('DISPATCHED', 'IN_PROGRESS', 'SUSPENDED')",
            name="dispatched_has_a_unit",
        ),
        CheckConstraint("(closed_at IS NULL) = (status <> 'CLOSED')", name="closed_has_a_time"),
        Index("ix_cases_status", "status", "id"),
        Index("ix_cases_unit", "unit_id", "id"),
        Index("ix_cases_class", "class_id", "id"),
        Index("ix_cases_reporter", "reporter_id", "id"),
        Index("ix_cases_area", "area_id", "id"),
        Index("ix_cases_opened", "opened_at", "id"),
        Index("ix_cases_tail", "tail", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """`WG261121-0031` (`models.case_numbers`); never reused."""
    tail: Mapped[str]
    """The serial, which is what people type; of numbers that older versions gave, its last four digits."""
    status: Mapped[str] = mapped_column(default=Status.NEW)
    version: Mapped[int] = mapped_column(default=0)
    """Number of its last event."""
    class_id: Mapped[str]
    nature: Mapped[str]
    text: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    """WGS-84, from a photo or a point somebody sent."""
    area_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """Territorial owner: the finest unit the place is known to lie in (属地)."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """Professional owner: who has to handle it (承办)."""
    suggested_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """The unit that the rules suggest, before anybody decided."""
    ground_id: Mapped[int | None] = mapped_column(Id, default=None)
    """Row of the list of responsibilities by which it was given to the unit; None: the list had none."""
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    """Where it was reported, and where the reporter is answered."""
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    source: Mapped[str] = mapped_column(default=IN_CHAT)
    """Where it came from: a source of the program's own, or another office by its name (12345, 来信)."""
    external_number: Mapped[str | None]
    """Its number at the source, which names it there once and for all."""
    source_url: Mapped[str | None]
    """Where the source shows it."""
    urgent: Mapped[bool] = mapped_column(default=False)
    risk: Mapped[str | None]
    """What the words say of life at risk: self_harm, violence."""
    restricted: Mapped[bool] = mapped_column(default=False)
    in_grid: Mapped[bool] = mapped_column(default=False)
    """Solved by the grid itself (自办自结): no department was troubled."""
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    """When a channel accepted the result for the reporter, or somebody told them: design §5.

    Nothing closes as answered without it. What is taken up again is not answered any more.
    """
    attempted_at: Mapped[datetime | None]
    """When somebody first tried to tell an unanswered reporter the result, and could not."""
    unreached_at: Mapped[datetime | None]
    """When it was closed as 未能联系: tried on different days, and never answered."""
    submitted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who signed for it, and later who fed back: may not verify their own work."""
    contacted_at: Mapped[datetime | None]
    """When somebody of the unit first spoke to the reporter."""
    resume_at: Mapped[datetime | None]
    """When a suspension ends by itself."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    """The case it was merged into: a link, never a merge."""
    level: Mapped[int] = mapped_column(default=0)
    """Raised to: 0 where it lies, 1 town or department, 2 district."""
    stage: Mapped[int] = mapped_column(default=0)
    """Index of the named stage it is in, where its class has stages."""
    complex: Mapped[bool] = mapped_column(default=False)
    """特别复杂, approved: its longest time is 30 days."""
    supervised: Mapped[bool] = mapped_column(default=False)
    charged_at: Mapped[datetime | None]
    """包案: since when a leader answers for it (`models.charges`); None: none does."""
    raise_proposed_at: Mapped[datetime | None]
    """When the program proposed to raise it; None: it did not, or somebody has raised it."""
    signoff_asked_at: Mapped[datetime | None]
    """Since when its checked answer waits to be signed (待审签, `models.sign_offs`); None: it does not."""
    meeting_asked_at: Mapped[datetime | None]
    """Since when it waits for a joint meeting (会商中); None: it does not."""
    recheck_at: Mapped[datetime | None]
    """When somebody looks whether the result has lasted; None: nobody planned it."""
    arbitration: Mapped[bool] = mapped_column(default=False)
    """Returned twice: the duty desk must decide for good."""
    final: Mapped[bool] = mapped_column(default=False)
    """Decided for good: cannot be returned."""
    requested: Mapped[str | None]
    """What somebody asked and nobody has decided yet: extend, suspend, complex, void."""
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who asked: somebody else must decide."""
    withdrawal: Mapped[str | None]
    """A `Withdrawal`: the reporter said that nothing need be done; None: not so, or it goes on after all."""
    adoption: Mapped[str | None]
    """Of a suggestion, its answer: an `Adoption`; None: nobody has answered it as one."""
    asked_fen: Mapped[int | None]
    """Money that it is about, in fen; at most MOST_MONEY; None: nobody said."""
    recovered_fen: Mapped[int] = mapped_column(default=0)
    """Money recovered for the person concerned, in fen; at most MOST_MONEY."""
    extensions: Mapped[int] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0)
    reworks: Mapped[int] = mapped_column(default=0)
    reopenings: Mapped[int] = mapped_column(default=0)
    nudges: Mapped[int] = mapped_column(default=0)
    rules_version: Mapped[str] = mapped_column(default="")


IS_OPEN = Case.status.concat(literal_column("''")).in_(spell_out(*sorted(OPEN)))
"""As a value of its own, or SQLite would read all that is open by the index of states, not few by another."""
IS_TIMED = or_(Case.status.in_(spell_out(*sorted(RUNNING))), Case.signoff_asked_at.is_not(None))
"""The time to finish runs, of what is open."""
IS_RUNNING = and_(IS_OPEN, IS_TIMED)
IS_UNANSWERED = and_(
    # As a value of its own, or SQLite would rather read all that was ever closed by the index of states.
    Case.status.concat(literal_column("''")).in_(spell_out(Status.CALLBACK, Status.CLOSED)),
    Case.replied_at.is_(None),
    Case.unreached_at.is_(None),
)
"""The result is there, and its reporter was neither told nor tried in vain."""
IS_URGENT = text("urgent")
"""Bare, as the index has it: SQLAlchemy would write `urgent IS 1`, which SQLite does not know again."""
add_partial_index("ix_cases_urgent", Case.id, where=IS_URGENT)
add_partial_index("ix_cases_unanswered", Case.id, where=IS_UNANSWERED)
# A number of a source is one case, however often and by whichever door it comes.
add_partial_index(
    "uq_cases_external", Case.source, Case.external_number,
    where=Case.external_number.is_not(None), unique=True,
)  # fmt: skip
IS_FROM_ELSEWHERE = Case.source.not_in(spell_out(IN_CHAT, BY_PAGE))
# Lists of a source begin with the newest.
add_partial_index("ix_cases_source", Case.source, Case.id, where=IS_FROM_ELSEWHERE)


def came_from(source: str) -> ColumnElement[bool]:
    """Cases of this source; of another office, as the index of those has it."""
    mine = Case.source == source
    return mine if source in (IN_CHAT, BY_PAGE) else and_(mine, IS_FROM_ELSEWHERE)


HAS_MONEY = or_(Case.asked_fen.is_not(None), Case.recovered_fen > literal_column("0"))
"""Somebody said what money it is about, or any was recovered."""
add_partial_index("ix_cases_money", Case.opened_at, where=HAS_MONEY)
add_partial_index("ix_cases_closed", Case.closed_at, Case.id, where=Case.closed_at.is_not(None))
add_partial_index("ix_cases_open", Case.id, where=IS_OPEN)
add_partial_index("ix_cases_open_due", Case.due_at, where=IS_OPEN)
# What lies in a unit's or an area's folders, and what somebody signed for; by state, which SQLite otherwise
# has no reason to prefer to the index of all there ever were.
add_partial_index("ix_cases_open_unit", Case.unit_id, Case.status, where=IS_OPEN)
add_partial_index("ix_cases_open_area", Case.area_id, Case.status, where=IS_OPEN)
add_partial_index("ix_cases_handler", Case.handler_id, where=Case.handler_id.is_not(None))
add_partial_index("ix_cases_open_handler", Case.handler_id, Case.status, where=IS_OPEN)
# What a new report may repeat: open cases of its class, and of its place, the newest first.
add_partial_index("ix_cases_open_class", Case.class_id, Case.opened_at, where=IS_OPEN)
add_partial_index("ix_cases_open_place", Case.place, Case.opened_at, where=IS_OPEN)

# Few of those that are open, whoever looks for them: not to be read by anybody, to be decided, to be signed.
IS_RESTRICTED: ColumnElement[bool] = literal_column("restricted")
add_partial_index("ix_cases_open_restricted", Case.id, where=and_(IS_OPEN, IS_RESTRICTED))
HAS_REQUEST = Case.requested.is_not(None)
add_partial_index("ix_cases_requested", Case.id, where=HAS_REQUEST)
IS_TO_SIGN = Case.signoff_asked_at.is_not(None)
add_partial_index("ix_cases_to_sign", Case.id, where=IS_TO_SIGN)

# What waits for a joint meeting, in the order in which it was asked for.
IS_ON_AGENDA = Case.meeting_asked_at.is_not(None)
add_partial_index("ix_cases_agenda", Case.meeting_asked_at, Case.id, where=IS_ON_AGENDA)
# Results to be looked at again, by day.
add_partial_index("ix_cases_recheck", Case.recheck_at, Case.id, where=Case.recheck_at.is_not(None))

HAS_POINT = and_(Case.lat.is_not(None), Case.lon.is_not(None))
# What stands on a sheet of a map.
add_partial_index("ix_cases_open_point", Case.lat, Case.lon, where=and_(IS_OPEN, HAS_POINT))


class Event(Base):
    """One thing that happened to a case. Append-only.

    Rows that an event began or ended name it by its `number`, beside the case they have anyway, and not
    by its `id`: the number is known before the event is stored, since it is one more than the case's
    version. The effects of an act write their rows before its event, and the first event of a case is
    put aside together with its clocks (`models.deferred_insert`), so that nobody knows its id by then.
    Never by its time either: two acts of one batch share theirs.
    """

    __tablename__ = "events"
    __table_args__ = (
        # Two acts on the same state of a case cannot both be the next event.
        UniqueConstraint("case_id", "number"),
        # A message or press performs an act on a case once, however often it is handled.
        UniqueConstraint("case_id", "origin"),
        # What has changed since some time, for other systems.
        Index("ix_events_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    act: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """None: the program itself, or time."""
    actor_name: Mapped[str]
    """Name at that time: people leave, the record stays."""
    status_from: Mapped[str | None]
    status_to: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Columns of the case that this event set, with their new values."""
    origin: Mapped[str | None]
    """What caused it: `inbox:17:sign`, `api:<request id>`."""
    at: Mapped[datetime]


IS_AUDITED = Event.act.in_(spell_out(*AUDITED))
add_partial_index("ix_events_audited", Event.id, where=IS_AUDITED)
# A cause opens one case: an integration may repeat its call with the same key.
add_partial_index(
    "uq_events_report_origin",
    Event.origin,
    where=and_(Event.act == "report", Event.origin.is_not(None)),
    unique=True,
)


def reference_event(table: str, column: str) -> ForeignKeyConstraint:
    """The foreign key from a table's `case_id` and the column of this name to an event, by its number.

    Checked when the transaction is committed: rows may be written before their event.
    """
    return ForeignKeyConstraint(
        ["case_id", column],
        ["events.case_id", "events.number"],
        name=f"fk_{table}_{column.removesuffix('_number')}",
        deferrable=True,
        initially="DEFERRED",
    )


LEAD, ASSIST = "lead", "assist"
"""A unit's share of a case: 主办, 协办."""


class Assignment(Base):
    """A unit's share of a case."""

    __tablename__ = "assignments"
    __table_args__ = (
        reference_event("assignments", "event_number"),
        reference_event("assignments", "arrived_event_number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    role: Mapped[str] = mapped_column(default=LEAD)
    event_number: Mapped[int | None]
    """Number of the event that began it; None: written by an older version, so the event is unknown."""
    dispatched_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    arrived_at: Mapped[datetime | None]
    """When the unit was on the spot (报到)."""
    arrived_event_number: Mapped[int | None]
    """Number of the event that recorded the arrival."""
    arrived_lat: Mapped[float | None]
    arrived_lon: Mapped[float | None]
    """Where that was, WGS-84, as far as the message or its photo says."""
    done_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When the share ended: returned, passed on, or closed."""


def is_live_share(role: str) -> ColumnElement[bool]:
    """Condition for the shares of this role (LEAD or ASSIST) that have not ended."""
    return and_(Assignment.ended_at.is_(None), Assignment.role == literal_column(f"'{role}'"))


IS_SPECIAL_SHARE = or_(Assignment.role == literal_column(f"'{ASSIST}'"), Assignment.returned_at.is_not(None))
"""Called to help, or sent back: few of all."""
add_partial_index("ix_assignments_special", Assignment.dispatched_at, where=IS_SPECIAL_SHARE)
add_partial_index(
    "ix_assignments_returned", Assignment.returned_at, where=Assignment.returned_at.is_not(None)
)
# Whom a unit helps now.
add_partial_index(
    "ix_assignments_helping", Assignment.unit_id, Assignment.case_id, where=is_live_share(ASSIST)
)
# One unit leads at a time.
add_partial_index("uq_assignments_one_live_lead", Assignment.case_id, where=is_live_share(LEAD), unique=True)


class Rating(Base):
    """The reporter's own word on the result."""

    __tablename__ = "ratings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    solved: Mapped[bool]
    satisfied: Mapped[bool | None]
    text: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class Counter(Base):
    """Numbers that only grow: the last case of a year or order of a day, the version of the organisation."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    """`case:2026`, `order:DB261121` or `organisation`."""
    value: Mapped[int]


def increment_counter(session: Session, name: str) -> int:
    """Raise a counter by one and return its new value; concurrent transactions never get the same one."""
    postgres = session.get_bind().dialect.name == "postgresql"
    statement = _COUNT_POSTGRES if postgres else _COUNT_SQLITE
    # Nothing of it is kept as an object, so the connection is asked, which is quicker.
    connection = session.connection()
    value: int = connection.execute(statement, {"name": name}).scalar_one()
    if postgres:
        # Whoever counts as well waits for this transaction.
        connection.info[session_info.SHARED_LOCK] = True
    return value


def draw_number(session: Session, name: str) -> int:
    """Likewise, and on PostgreSQL nobody waits: counted in a transaction of its own, a number that is not
    used in the end is left out.
    """
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite":
        return increment_counter(session, name)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        value: int = connection.execute(_COUNT_POSTGRES, {"name": name}).scalar_one()
    return value


def _build_counter_upsert(statement: sqlite.Insert | postgresql.Insert) -> Executable:
    """The statement that raises a counter, built once because every new case uses it."""
    first = statement.values(name=bindparam("name"), value=1)
    grown = first.on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + 1})
    return grown.returning(Counter.value)


_COUNT_SQLITE = _build_counter_upsert(sqlite.insert(Counter))
_COUNT_POSTGRES = _build_counter_upsert(postgresql.insert(Counter))
