"""Rows written before the clock was set back: brought back from a future that has not come.

A row says from when on it may be taken; written by a clock that was ahead, it waits until then and holds
up its lane. Whatever was written later than now is moved to now, with its waits as long as they were.
Due times and quiet hours are promises about the time of day: they stay.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from models import inbox, pushes
from models.archive import IS_FETCHED_NOW, ArchiveFile
from models.inbox import InboxRow, InboxState
from models.pushes import Push, PushState, SendRecord
from models.reports import IS_WAITING, Report

log = structlog.get_logger()

SLACK = timedelta(seconds=5)
"""Between the clocks of two hosts."""
_RETRY = timedelta(minutes=2)
"""Longer than any wait for the next try of a message."""
_FLIGHT = timedelta(minutes=5)
"""A send under way is counted as one of the near future (`bot.outbox.queue`)."""


def repair_future_rows(session: Session, *, now: datetime, was_set_back: bool = False) -> int:
    """Move what was written later than `now` to `now`; how many rows.

    `was_set_back`: this machine's clock was, just now. Waits for another try then begin anew, for nobody
    can tell how much of them is left.
    """
    moved = _repair_pushes(session, now) + _repair_inbox(session, now) + _repair_reports(session, now)
    under_way = timedelta(0) if was_set_back else _FLIGHT + SLACK
    ahead = update(SendRecord).where(SendRecord.at > now + under_way)
    session.execute(ahead.values(at=now))
    if was_set_back:
        moved += _end_waits(session, now)
    if moved:
        log.warning("clock.rows_repaired", rows=moved)
    return moved


def _repair_pushes(session: Session, now: datetime) -> int:
    future = select(Push).where(pushes.is_live(), Push.created_at > now + SLACK)
    found = session.scalars(future.with_for_update(skip_locked=True)).all()
    for push in found:
        push.not_before = max(now, push.not_before - (push.created_at - now))
        push.created_at = now
    return len(found)


def _repair_inbox(session: Session, now: datetime) -> int:
    """A message waits for nothing but its next try, and for its files where an archive brings them."""
    expects_files = exists().where(ArchiveFile.inbox_id == InboxRow.id, IS_FETCHED_NOW)
    waits_long = and_(InboxRow.state == InboxState.READY, InboxRow.not_before > now + _RETRY, ~expects_files)
    future = select(InboxRow).where(inbox.is_live(), or_(InboxRow.received_at > now + SLACK, waits_long))
    found = session.scalars(future.with_for_update(skip_locked=True)).all()
    for row in found:
        row.not_before, row.received_at = min(row.not_before, now), min(row.received_at, now)
    return len(found)


def _repair_reports(session: Session, now: datetime) -> int:
    future = select(Report).where(IS_WAITING, Report.opened_at > now + SLACK)
    found = session.scalars(future.with_for_update(skip_locked=True)).all()
    for report in found:
        ahead = report.opened_at - now
        report.opened_at = now
        report.closes_at -= ahead
        report.due_at -= ahead
    return len(found)


def _end_waits(session: Session, now: datetime) -> int:
    """Of pushes that were tried before; what was never tried may wait for the end of quiet hours."""
    tried = Push.state == PushState.READY, Push.outcome.is_not(None), Push.not_before > now
    found = session.scalars(
        select(Push).where(pushes.is_live(), *tried).with_for_update(skip_locked=True)
    ).all()
    for push in found:
        push.not_before = now
    return len(found)
