"""Rows point at their event: what began and ended an assignment, a site check, a clock, an order.

For the rows there are it is worked out from the times: the event of the same case and the same time, of
an act that does such a thing. Where several acts of one time could have done it, what else is known of
the row decides, then the first; where none could (rows mended by hand), nothing is claimed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.database import Data, Id, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = {
    "assignments": ("event_number", "arrived_event_number"),
    "surveys": ("event_number",),
    "clocks": ("event_number", "stopped_event_number"),
    "orders": ("event_number", "replied_event_number"),
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.Integer(), nullable=True))
    for table, column, time, possible, likely in _MATCHES:
        fitting = f"e.case_id = t.case_id AND e.at = t.{time} AND ({possible})"
        first = "SELECT MIN(e.number) FROM events AS e WHERE"
        # Every part is a constant of this file.
        op.execute(
            f"UPDATE {table} AS t SET {column} ="  # noqa: S608
            f" COALESCE(({first} {fitting} AND ({likely})), ({first} {fitting})) WHERE t.{time} IS NOT NULL"
        )
    _fill_replacing_clocks()
    # Only now: PostgreSQL alters no table whose rows wait for a check.
    for table, columns in _COLUMNS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.create_foreign_key(
                    _name_key(table, column), "events", ["case_id", column], ["case_id", "number"],
                    deferrable=True, initially="DEFERRED",
                )  # fmt: skip


def downgrade() -> None:
    for table, columns in _COLUMNS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_constraint(_name_key(table, column), type_="foreignkey")
                batch_op.drop_column(column)


def _name_key(table: str, column: str) -> str:
    return f"fk_{table}_{column.removesuffix('_number')}"


_MOVES = "(e.status_from IS NULL OR e.status_from <> e.status_to)"
_WHISTLED = (
    "EXISTS (SELECT 1 FROM clocks AS c WHERE c.case_id = t.case_id AND c.step = 'arrive'"
    " AND c.unit_id = t.unit_id AND c.started_at = t.dispatched_at)"
)
_DISPATCHES = (
    "CASE WHEN t.role = 'lead' THEN e.act IN ('assign', 'pass_on', 'arbitrate', 'solve_in_grid')"
    f" WHEN {_WHISTLED} THEN e.act = 'whistle' ELSE e.act = 'assist' END"
)
_BEGINS = (
    "CASE t.step WHEN 'order' THEN e.act = 'supervise' WHEN 'arrive' THEN e.act = 'whistle'"
    " WHEN 'accept' THEN e.status_to = 'NEW' WHEN 'sign' THEN e.status_to = 'DISPATCHED'"
    " WHEN 'contact' THEN e.status_to = 'DISPATCHED' WHEN 'progress' THEN e.status_to = 'IN_PROGRESS'"
    " WHEN 'stage' THEN e.status_to IN ('ACCEPTED', 'IN_PROGRESS')"
    " WHEN 'verify' THEN e.status_to = 'SUBMITTED' WHEN 'callback' THEN e.status_to = 'CALLBACK'"
    " ELSE e.status_to IN ('NEW', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS') END"
)
_REPLIES = (
    "CASE WHEN t.replied_by IS NOT NULL THEN e.act = 'answer_order'"
    " ELSE e.status_to IN ('CLOSED', 'REJECTED', 'VOID', 'DUPLICATE') END"
)
_ENDS_STEP = (
    "t.step = 'order' AND e.act = 'answer_order' OR t.step = 'arrive' AND e.act = 'check_in'"
    " OR t.step IN ('contact', 'progress', 'stage') AND e.act = t.step"
    " OR t.step IN ('finish', 'stage') AND e.act = 'classify'"
    " OR t.step = 'finish' AND e.act IN ('assign', 'arbitrate')"
    " OR t.step IN ('sign', 'contact') AND e.act IN ('pass_on', 'arbitrate') OR e.act = 'undo'"
)
_LEAVES_STEP = (
    "CASE t.step WHEN 'accept' THEN e.status_to <> 'NEW' WHEN 'sign' THEN e.status_to <> 'DISPATCHED'"
    " WHEN 'contact' THEN e.status_to NOT IN ('DISPATCHED', 'IN_PROGRESS', 'SUSPENDED')"
    " WHEN 'arrive' THEN e.status_to NOT IN ('NEW', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS')"
    " WHEN 'progress' THEN e.status_to <> 'IN_PROGRESS' WHEN 'verify' THEN e.status_to <> 'SUBMITTED'"
    " WHEN 'callback' THEN e.status_to <> 'CALLBACK' ELSE e.status_to IN ('CLOSED', 'REJECTED', 'VOID', 'DUPLICATE') END"
)
_BEGINS_ANEW = "e.act IN ('assign', 'pass_on', 'arbitrate', 'classify', 'undo') OR e.act = t.step"
_UNIT_GIVEN = "CAST(e.fields ->> 'unit_id' AS VARCHAR) = CAST(t.unit_id AS VARCHAR)"

_MATCHES = (
    ("assignments", "event_number", "dispatched_at", _DISPATCHES, _UNIT_GIVEN),
    ("assignments", "arrived_event_number", "arrived_at", "e.act = 'check_in'", "TRUE"),
    ("surveys", "event_number", "asked_at", "e.act = 'survey'", "e.text = t.text"),
    ("orders", "event_number", "issued_at", "e.act = 'supervise'", "e.text = t.requirement"),
    ("orders", "replied_event_number", "replied_at", _REPLIES, _MOVES),
    ("clocks", "event_number", "started_at", _BEGINS, f"{_MOVES} OR {_BEGINS_ANEW}"),
    (
        "clocks", "stopped_event_number", "stopped_at", "e.number >= COALESCE(t.event_number, 1)",
        f"{_ENDS_STEP} OR {_LEAVES_STEP}",
    ),
)  # fmt: skip
"""Table, column to fill, the time beside it, which events may have done it, and which of these likely did.

Rows are `t`, events `e`.
"""

_CLOCKS = sa.table(
    "clocks",
    sa.column("id", Id),
    sa.column("case_id", Id),
    sa.column("step", sa.String()),
    sa.column("started_at", UTCDateTime()),
    sa.column("pauses", Data),
    sa.column("stopped_at", UTCDateTime()),
    sa.column("event_number", sa.Integer()),
    sa.column("stopped_event_number", sa.Integer()),
)
_EVENTS = sa.table(
    "events",
    sa.column("case_id", Id),
    sa.column("number", sa.Integer()),
    sa.column("act", sa.String()),
    sa.column("at", UTCDateTime()),
)
_Clock = Any
"""A row of clocks, with `stopped_by`: the act that stopped it."""


def _fill_replacing_clocks() -> None:
    """A clock that goes on in the place of another counts from the same time; it began with a later event."""
    for clocks in _load_clocks_of_one_start():
        for position, clock in enumerate(clocks):
            if position > 0:
                number = _find_replacing_event(clock, clocks[:position])
                op.execute(_CLOCKS.update().where(_CLOCKS.c.id == clock.id).values(event_number=number))


def _load_clocks_of_one_start() -> Iterator[Sequence[_Clock]]:
    """Clocks of a case and step that count from the same time, oldest first, where there are several."""
    other = _CLOCKS.alias()
    several = sa.exists().where(
        other.c.case_id == _CLOCKS.c.case_id,
        other.c.step == _CLOCKS.c.step,
        other.c.started_at == _CLOCKS.c.started_at,
        other.c.id != _CLOCKS.c.id,
    )
    stopping = sa.and_(
        _EVENTS.c.case_id == _CLOCKS.c.case_id, _EVENTS.c.number == _CLOCKS.c.stopped_event_number
    )
    found = (
        sa.select(_CLOCKS, _EVENTS.c.act.label("stopped_by"))
        .join(_EVENTS, stopping, isouter=True)
        .where(_CLOCKS.c.step.in_(("finish", "stage")), several)
        .order_by(_CLOCKS.c.id)
    )
    groups: dict[tuple[Any, ...], list[_Clock]] = defaultdict(list)
    for clock in op.get_bind().execute(found):
        groups[clock.case_id, clock.step, clock.started_at].append(clock)
    yield from groups.values()


def _find_replacing_event(clock: _Clock, earlier: Sequence[_Clock]) -> int | None:
    """The event that put this clock in the place of the one before it.

    Undone, it is the one before the undoing. Taken out of the case it was merged into, it is that: at the
    end of the pause that began when the other was stopped. Else it is what stopped the other.
    """
    if clock.stopped_by == "undo":
        return int(clock.stopped_event_number) - 1
    # What was undone itself was replaced by nothing.
    replaced = next((old for old in reversed(earlier) if old.stopped_by != "undo"), None)
    if replaced is None or replaced.stopped_at is None:
        return None
    since = replaced.stopped_at.isoformat()
    for begins, ends in clock.pauses:
        if begins == since and ends is not None and (split := _find_split(clock.case_id, ends)) is not None:
            return split
    number: int | None = replaced.stopped_event_number
    return number


def _find_split(case_id: int, at: str) -> int | None:
    split = sa.select(_EVENTS.c.number).where(
        _EVENTS.c.case_id == case_id,
        _EVENTS.c.act == "split",
        _EVENTS.c.at == sa.type_coerce(datetime.fromisoformat(at), UTCDateTime()),
    )
    number: int | None = op.get_bind().scalar(split.order_by(_EVENTS.c.number).limit(1))
    return number
