"""What becomes of pushes that were sent and not answered: nobody knows whether they arrived.

    unknown ──the route accepts something again──> ready, marked as sent again      (once; RESENT only)
       └────every other, or not worth it by now──> stays unknown, and a desk is told which

A silence is not proof of loss, so nothing is sent again while there is nobody to hear it, and never twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.orm import Session

from bot.outbox import dead_letters
from models.pushes import IS_IN_DOUBT, Push, PushPurpose, PushState

log = structlog.get_logger()

RESENT = frozenset({PushPurpose.RECEIPT, PushPurpose.ANSWER, PushPurpose.REPLY, PushPurpose.ORDER})
"""What somebody waits for, or has to act upon: worth reading twice rather than never."""
_AT_ONCE = 500

OnDoubt = Callable[[Session, Sequence[Push], datetime], None]
"""Whoever must hear of pushes that stay of unknown fate: called in the transaction that settles them."""


def notify_nobody(_session: Session, _pushes: Sequence[Push], _now: datetime) -> None:
    """Nobody hears of them; they stay visible in `gridbot letters list`."""


def _may_be_resent() -> ColumnElement[bool]:
    return and_(Push.purpose.in_([purpose.value for purpose in RESENT]), not_(Push.doubtful))


def list_routes(session: Session) -> set[str]:
    """Routes over which something went that may be sent once more."""
    query = select(Push.route).where(IS_IN_DOUBT, _may_be_resent()).distinct()
    return {route for route in session.scalars(query) if route}


def resend(session: Session, route: str, *, now: datetime, limit: int = _AT_ONCE) -> int:
    """Queue what went over this route without an answer once more, oldest first; how many were queued."""
    found = session.scalars(
        select(Push)
        .where(IS_IN_DOUBT, _may_be_resent(), Push.route == route)
        .order_by(Push.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    worth = [push for push in found if now < dead_letters.expiry(push)]
    for push in worth:
        if _was_superseded(session, push):
            push.state = PushState.MERGED
        else:
            push.state, push.not_before, push.doubtful = PushState.READY, now, True
        log.info("outbox.sent_again", push=push.id, state=push.state)
    return len(worth)


def _was_superseded(session: Session, push: Push) -> bool:
    """Whether something newer of its kind went to the same chat since."""
    if push.merge_key is None:
        return False
    newer = select(Push.id).where(
        Push.chat_id == push.chat_id,
        Push.merge_key == push.merge_key,
        Push.id > push.id,
        Push.state.in_((PushState.READY, PushState.LEASED, PushState.SENT)),
    )
    return session.scalar(newer.limit(1)) is not None


def settle(session: Session, *, now: datetime, on_doubt: OnDoubt = notify_nobody) -> int:
    """Tell of what stays of unknown fate, each push once; how many there were."""
    found = session.scalars(
        select(Push).where(IS_IN_DOUBT).order_by(Push.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
    ).all()
    left = [push for push in found if not _has_a_chance(push, now)]
    for push in left:
        push.doubt_settled_at = now
    # A card that was perhaps not redrawn shows itself: it is pressed again.
    told = [push for push in left if push.purpose != PushPurpose.CARD]
    if told:
        log.error("outbox.in_doubt", pushes=len(told))
        on_doubt(session, told, now)
    return len(told)


def _has_a_chance(push: Push, now: datetime) -> bool:
    """Whether it may still be sent once more."""
    return push.purpose in RESENT and not push.doubtful and now < dead_letters.expiry(push)
