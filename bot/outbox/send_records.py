"""What was sent when, as limits count it: rates of a platform, and budgets of reply handles."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.channels.base import (
    BUDGET,
    LONGEST_BUDGET,
    Delivered,
    Handle,
    Outcome,
    OutcomeUnknown,
    RateLimit,
    budget_key,
)
from models.pushes import SendRecord

_FLIGHT = timedelta(minutes=5)
"""Longer than any send is under way: it may be counted by the platform at any moment of its flight."""


def find_free_at(session: Session, rate: RateLimit, *, now: datetime) -> datetime:
    """When one more send fits this limit (aware): when the count-th newest one is older than its span."""
    oldest = session.scalar(
        select(SendRecord.at)
        .where(SendRecord.key == rate.key)
        .order_by(SendRecord.at.desc())
        .offset(rate.count - 1)
        .limit(1)
    )
    window = timedelta(seconds=rate.seconds)
    # What is still under way may have its answer much earlier: look again after one window at most.
    return now if oldest is None else min(oldest, now) + window


def reserve(session: Session, push_id: int, rates: Collection[RateLimit], *, now: datetime) -> None:
    """Count a push (id) that is about to leave against every limit."""
    # Every window of a key looks at the same sends: one a message, however many windows there are.
    messages = {(rate.key, rate.seconds): count for rate, count in Counter(rates).items()}
    sends = {key: count for (key, _), count in messages.items()}
    until = now + _FLIGHT
    session.add_all(
        SendRecord(key=key, push_id=push_id, at=until) for key, n in sends.items() for _ in range(n)
    )


def settle(session: Session, push_id: int, outcome: Outcome, *, now: datetime) -> None:
    """Its answer came: it counts from now; against a budget not at all, where the platform refused it."""
    session.execute(update(SendRecord).where(SendRecord.push_id == push_id).values(at=now))
    if not _counts_on_budget(outcome):
        # An earlier try whose fate nobody knows still counts.
        of_push = SendRecord.push_id == push_id, SendRecord.key.startswith(BUDGET)
        last = select(func.max(SendRecord.id)).where(*of_push).scalar_subquery()
        session.execute(delete(SendRecord).where(SendRecord.id == last))


def _counts_on_budget(outcome: Outcome) -> bool:
    match outcome:
        case Delivered():
            return not outcome.uncounted
        case OutcomeUnknown():
            return True
        case _:
            return False


def count_uses(session: Session, handle: Handle) -> int:
    """Messages that the handle carried, or may have carried, those under way included."""
    used = select(func.count()).where(SendRecord.key == budget_key(handle.id))
    return session.scalar(used) or 0


def delete_old(session: Session, *, now: datetime, keep: timedelta = timedelta(hours=2)) -> None:
    """Delete records of sends older than `keep`, longer than any rate's span; of budgets, than theirs."""
    is_budget = SendRecord.key.startswith(BUDGET)
    over = or_(and_(~is_budget, SendRecord.at < now - keep), SendRecord.at < now - LONGEST_BUDGET)
    session.execute(delete(SendRecord).where(over))
