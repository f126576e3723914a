"""What was sent when, as limits count it: rates of a platform, and budgets of reply handles."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from sqlalchemy import Integer, Select, Update, and_, bindparam, delete, func, insert, or_, select, update
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


def list_full(
    session: Session, rates: Collection[RateLimit], *, now: datetime
) -> Sequence[tuple[RateLimit, datetime]]:
    """Those of the limits that one more send does not fit now, and when it does (aware).

    It does when the count-th newest send is older than the span.
    """
    by_key = groupby(sorted(rates, key=lambda rate: (rate.key, rate.count)), key=lambda rate: rate.key)
    free = [found for _, of_key in by_key for found in _find_free_at(session, list(of_key), now=now)]
    return [(rate, at) for rate, at in free if at > now]


def _find_free_at(
    session: Session, rates: Sequence[RateLimit], *, now: datetime
) -> Sequence[tuple[RateLimit, datetime]]:
    """When one more send fits each limit of a key, those of few sends first; without those it fits anyhow."""
    free = []
    for rate in rates:
        oldest = session.scalar(_select_newest(), {"of_key": rate.key, "skipped": rate.count - 1})
        if oldest is None:
            break  # Nor are there as many as the next one counts.
        # What is still under way may have its answer much earlier: look again after one window at most.
        free.append((rate, min(oldest, now) + timedelta(seconds=rate.seconds)))
    return free


@cache
def _select_newest() -> Select[datetime]:
    """When the send was, behind `skipped` newer ones of the key `of_key`."""
    return (
        select(SendRecord.at)
        .where(SendRecord.key == bindparam("of_key"))
        .order_by(SendRecord.at.desc())
        .offset(bindparam("skipped", type_=Integer))
        .limit(1)
    )


def reserve(session: Session, push_id: int, rates: Collection[RateLimit], *, now: datetime) -> None:
    """Count a push (id) that is about to leave against every limit."""
    # Every window of a key looks at the same sends: one a message, however many windows there are.
    messages = {(rate.key, rate.seconds): count for rate, count in Counter(rates).items()}
    sends = {key: count for (key, _), count in messages.items()}
    until = now + _FLIGHT
    rows = [{"key": key, "push_id": push_id, "at": until} for key, n in sends.items() for _ in range(n)]
    if rows:
        # At once, and not with the rest of the session: the next push of the chat counts them.
        session.connection().execute(insert(SendRecord), rows)


def settle(session: Session, outcomes: Mapping[int, Outcome], *, now: datetime) -> None:
    """The answers to pushes (by id) came: they count from now; against a budget not at all, where the
    platform refused them.
    """
    session.connection().execute(_update_times(), {"of_pushes": list(outcomes), "answered": now})
    for push_id in [push_id for push_id, outcome in outcomes.items() if not _counts_on_budget(outcome)]:
        # An earlier try whose fate nobody knows still counts.
        of_push = SendRecord.push_id == push_id, SendRecord.key.startswith(BUDGET)
        last = select(func.max(SendRecord.id)).where(*of_push).scalar_subquery()
        session.execute(delete(SendRecord).where(SendRecord.id == last))


@cache
def _update_times() -> Update:
    """The sends of `of_pushes` count from `answered`."""
    of_pushes = SendRecord.push_id.in_(bindparam("of_pushes", expanding=True))
    return update(SendRecord).where(of_pushes).values(at=bindparam("answered"))


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
