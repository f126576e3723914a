"""The reading end of the inbox: claimed in order, retried, parked (`bot.inbox.writer` writes it).

Claiming leases the oldest row of a lane. Whoever holds that lease owns the lane, and may take the
rows behind it too: a whole burst of one person's messages is one transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import structlog
from sqlalchemy import Integer, Row, Select, Update, bindparam, select, update
from sqlalchemy.orm import Session, aliased

from models.database import Database
from models.inbox import IS_LEASED, InboxRow, InboxState, is_leased, is_live
from models.lanes import LaneQueue

log = structlog.get_logger()

MAX_ATTEMPTS = 5
SUSPECT = 3
"""A message whose holder died this often may be what kills it."""
_LANES = LaneQueue(InboxRow, is_live, is_leased)
_LOOK_AT = 2
"""Oldest rows looked at for each lane that is wanted, before all lanes are walked."""


@dataclass(frozen=True, slots=True)
class LaneBatch:
    """The rows of one lane that a worker may handle now, oldest first; the first one is leased."""

    rows: tuple[InboxRow, ...]


def claim(
    database: Database, worker: str, *, now: datetime, lanes: int = 64, per_lane: int = 50
) -> list[LaneBatch]:
    """Lease the oldest ready row of up to `lanes` lanes, each with up to `per_lane` rows in all.

    `worker`: name of the process that holds the leases; `now`: aware UTC.
    """
    with database.write() as session:
        found = _lock_lane_heads(session, now=now, lanes=lanes)
        # What may have killed its process is tried alone, so that nothing is parked for its neighbour.
        suspects = [row.id for row in found if row.orphaned >= SUSPECT]
        ids = suspects[:1] or [row.id for row in found]
        if not ids:
            return []
        session.execute(
            update(InboxRow)
            .where(InboxRow.id.in_(ids))
            .values(state=InboxState.LEASED, leased_by=worker)
            .execution_options(synchronize_session=False)
        )
        leased = list(session.scalars(select(InboxRow).where(InboxRow.id.in_(ids)).order_by(InboxRow.id)))
        if suspects:
            return [LaneBatch(tuple(leased))]
        return _add_followers(session, leased, now=now, per_lane=per_lane)


def _lock_lane_heads(session: Session, *, now: datetime, lanes: int) -> Sequence[Row[int, int]]:
    """The oldest row of up to `lanes` lanes that nobody holds, where it is ready.

    A lane is held by any leased row of it: a replayed row may be older than the one being handled.
    """
    wanted = {"now": now, "lanes": lanes}
    # Where many wait, the oldest rows are of lanes enough; where one lane is deep, all lanes are walked.
    found = session.execute(_select_near_heads(), wanted | {"among": _LOOK_AT * lanes}).all()
    if len(found) < lanes:
        found = session.execute(_select_all_heads(), wanted).all()
    if not found or session.get_bind().dialect.name == "sqlite":
        return found
    # Between looking and locking another worker may have replayed, taken and given back: look again.
    heads = set(session.scalars(_select_still_heads(), {"ids": [row.id for row in found]}))
    return [row for row in found if row.id in heads]


# Statements of the claim are built once: to build one took longer than to run it.


@cache
def _select_near_heads() -> Select[int, int]:
    """Heads among the oldest rows, that many as `among` says."""
    return _select_heads(_LANES.pick_heads(bindparam("among", type_=Integer)))


@cache
def _select_all_heads() -> Select[int, int]:
    return _select_heads(_LANES.walk_heads())


def _select_heads(heads: Select[int]) -> Select[int, int]:
    """Up to `lanes` of these heads that may be taken `now`; locked, past those that others have locked."""
    may_be_taken = is_live(), InboxRow.state == InboxState.READY, InboxRow.not_before <= bindparam("now")
    return (
        select(InboxRow.id, InboxRow.orphaned)
        .where(InboxRow.id.in_(heads), _LANES.is_lane_free())
        .where(*may_be_taken)
        .order_by(InboxRow.id)
        .limit(bindparam("lanes", type_=Integer))
        .with_for_update(skip_locked=True, of=InboxRow)
    )


@cache
def _select_still_heads() -> Select[int]:
    """Those of the locked rows `ids` that nothing has come to stand before."""
    locked = InboxRow.id.in_(bindparam("ids", expanding=True))
    return select(InboxRow.id).where(locked, _LANES.is_head(), _LANES.is_lane_free())


def _add_followers(
    session: Session, heads: Sequence[InboxRow], *, now: datetime, per_lane: int
) -> list[LaneBatch]:
    runs = {head.lane: [head] for head in heads}
    followers = session.scalars(
        _select_followers(), {"heads": [row.id for row in heads], "beyond": per_lane - 1}
    )
    stopped = set()
    for row in followers:
        # A row that waits for its next try holds back what came after it.
        if row.not_before > now:
            stopped.add(row.lane)
        if row.lane not in stopped:
            runs[row.lane].append(row)
    return [LaneBatch(tuple(rows)) for rows in runs.values()]


@cache
def _select_followers() -> Select[InboxRow]:
    """Ready rows behind `heads`, without those that `beyond` others of the lane stand before."""
    head = aliased(InboxRow)
    near = _LANES.is_among_first(head, bindparam("beyond", type_=Integer))
    return (
        select(InboxRow)
        .join(head, head.lane == InboxRow.lane)
        .where(head.id.in_(bindparam("heads", expanding=True)), InboxRow.id > head.id)
        .where(is_live(), InboxRow.state == InboxState.READY, near)
        .order_by(InboxRow.id)
    )


def still_leased(session: Session, runs: Sequence[LaneBatch], worker: str) -> list[LaneBatch]:
    """The batches whose lease the worker still holds; they are locked until the transaction ends.

    A process that stood still for long is taken for dead, and its rows are given to others.
    """
    asked = {"heads": [run.rows[0].id for run in runs], "worker": worker}
    mine = set(session.scalars(_select_mine(), asked))
    return [run for run in runs if run.rows[0].id in mine]


@cache
def _select_mine() -> Select[int]:
    """Those of the rows `heads` that `worker` has leased."""
    leased = InboxRow.state == InboxState.LEASED, InboxRow.leased_by == bindparam("worker")
    heads = InboxRow.id.in_(bindparam("heads", expanding=True))
    return select(InboxRow.id).where(heads, *leased).with_for_update()


def mark_done(session: Session, results: Mapping[int, str], *, now: datetime) -> None:
    """Record rows as handled, in the transaction that handled them; `results`: inbox id to slug."""
    if not results:
        return
    rows = [{"row": row, "slug": slug, "now": now} for row, slug in results.items()]
    session.connection().execute(_update_done(), rows)


@cache
def _update_done() -> Update:
    """Each `row` is handled: what came of it is `slug`."""
    done = update(InboxRow).where(InboxRow.id == bindparam("row"))
    return done.values(
        state=InboxState.DONE,
        result=bindparam("slug"),
        handled_at=bindparam("now"),
        leased_by=None,
        error=None,
    )


def mark_failed(session: Session, row: InboxRow, error: str, *, now: datetime) -> bool:
    """Record a failure: try the row again later, or park it after `MAX_ATTEMPTS`. True where it was parked.

    `error`: type and place of the error, without people's words.
    """
    attempts = row.attempts + 1
    parked = attempts >= MAX_ATTEMPTS
    session.execute(
        update(InboxRow)
        .where(InboxRow.id == row.id)
        .values(
            state=InboxState.DEAD if parked else InboxState.READY,
            attempts=attempts,
            not_before=now + timedelta(seconds=2**attempts),
            leased_by=None,
            error=error,
        )
        .execution_options(synchronize_session=False)
    )
    log.error("inbox.parked" if parked else "inbox.failed", inbox=row.id, attempts=attempts, error=error)
    return parked


def release(session: Session, run: LaneBatch) -> None:
    """Give the lane of this batch back, its rows untouched."""
    session.execute(
        update(InboxRow)
        .where(InboxRow.id == run.rows[0].id, InboxRow.state == InboxState.LEASED)
        .values(state=InboxState.READY, leased_by=None)
        .execution_options(synchronize_session=False)
    )


def release_all(session: Session, worker: str, *, except_ids: Collection[int]) -> None:
    """Give back every lane that the worker holds, except those whose first rows have these ids."""
    session.execute(
        update(InboxRow)
        .where(IS_LEASED)
        .where(InboxRow.leased_by == worker, InboxRow.id.not_in(except_ids))
        .values(state=InboxState.READY, leased_by=None)
        .execution_options(synchronize_session=False)
    )


def replay(session: Session, inbox_id: int, *, now: datetime) -> bool:
    """Give a dead letter another five tries. False where there is no such dead letter."""
    replayed = session.execute(
        update(InboxRow)
        .where(InboxRow.id == inbox_id, InboxRow.state == InboxState.DEAD)
        .values(state=InboxState.READY, attempts=0, orphaned=0, not_before=now)
        .returning(InboxRow.id)
    )
    return replayed.scalar() is not None
