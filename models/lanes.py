"""The head of each lane: its oldest live row, found without reading what waits behind it.

    lane a   5 ■ ■ ■ ■ ■ …        Rows lie in the partial index (lane, id). The walk reads the first
    lane b   2 ■                  entry, then the first one of the next greater lane, and so on: one
    lane c   9 ■ ■ ■              step a lane, however deep the lane is (a loose index scan).

To ask for rows that no other one stands before (`NOT EXISTS`) reads the same as long as the database takes
it row by row. PostgreSQL does not, once it has counted a deep lane: it compared every pair.

A head is searched for by the order `lane, id` from a lane on, never by `lane =`: for an equal lane a planner
may take the index of ids instead, and look through all other lanes.

Build a statement from these once and keep it: SQLAlchemy takes ten times as long to build it as to run it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, exists, func, literal_column, select
from sqlalchemy.orm import aliased

_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class LaneQueue:
    """A table of rows in lanes, with a partial index over `lane, id` of its live ones."""

    table: Any
    """Has `id` and `lane`."""
    is_live: Callable[[Any], ColumnElement[bool]]
    """Whether a row waits or is in hand, in the words of the index; takes an alias of the table."""
    is_leased: Callable[[Any], ColumnElement[bool]]
    """Whether a row is in hand; likewise."""

    def pick_heads(self, among: BindParameter[int]) -> Select[int]:
        """The ids of the heads among that many of the oldest live rows: nothing older stands before them."""
        oldest = (
            select(self.table.id, self.table.lane)
            .where(self.is_live(self.table))
            .order_by(self.table.id)
            .limit(among)
            .subquery("oldest")
        )
        return select(func.min(oldest.c.id)).group_by(oldest.c.lane)

    def walk_heads(self) -> Select[int]:
        """The id of the head of each lane, however many lanes there are."""
        start, here, after = (aliased(self.table) for _ in range(3))
        first = select(start.id).where(self.is_live(start)).order_by(start.lane, start.id).limit(1)
        heads = select(first.scalar_subquery().label("id")).cte("heads", recursive=True)
        following = (
            select(after.id)
            .where(self.is_live(after), after.lane > here.lane)
            .order_by(after.lane, after.id)
            .limit(1)
        )
        step = select(following.correlate(here).scalar_subquery())
        walked = heads.union_all(step.join_from(heads, here, here.id == heads.c.id))
        return select(walked.c.id).where(walked.c.id.is_not(None))

    def is_head(self) -> ColumnElement[bool]:
        """Whether a live row of the table is the head of its lane."""
        first = aliased(self.table)
        oldest = (
            select(first.id)
            .where(self.is_live(first), first.lane >= self.table.lane)
            .order_by(first.lane, first.id)
            .limit(1)
        )
        is_first: ColumnElement[bool] = self.table.id == oldest.correlate(self.table).scalar_subquery()
        return is_first

    def is_lane_free(self) -> ColumnElement[bool]:
        """Whether nothing of its lane is in hand; a replayed row may be older than the one in hand."""
        held = aliased(self.table)
        in_hand = exists(literal_column("1")).where(self.is_leased(held), held.lane == self.table.lane)
        return ~in_hand.correlate(self.table)

    def is_among_first(self, head: Any, before: BindParameter[int]) -> ColumnElement[bool]:
        """Whether at most `before` live rows of the lane of `head`, an alias, stand before a row of it."""
        beyond = aliased(self.table)
        last = (
            select(beyond.id)
            .where(self.is_live(beyond), beyond.lane == head.lane)
            .order_by(beyond.lane, beyond.id)
            .offset(before)
            .limit(1)
        )
        end = func.coalesce(last.correlate(head).scalar_subquery(), _LAST_ID)
        is_near: ColumnElement[bool] = self.table.id <= end
        return is_near
