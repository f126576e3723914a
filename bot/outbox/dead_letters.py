"""Dead letters: pushes that will not arrive are parked, visible, replayable, and alerted to.

A way may be missing for a while (a socket reconnects, a platform is away, a callback bot waits for
somebody to speak), but not for ever: a push is parked when it is not worth sending any more. A chat
that the platform says is gone, and that has no second channel, is no way at all: what is for it is
parked at once.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.channels.base import Channel
from bot.outbox import routing
from models.organisation import Chat
from models.pushes import BUDGET_OVER, CHAT_GONE, Push, PushPurpose, PushState, is_live

log = structlog.get_logger()

NO_ROUTE = timedelta(hours=24)
"""How long a push waits for a chat whose bot can only answer: somebody there has to speak first."""
_WORTH: Mapping[PushPurpose, timedelta] = {
    PushPurpose.RECEIPT: timedelta(hours=2),
    PushPurpose.ANSWER: timedelta(days=3),
    PushPurpose.REPLY: timedelta(days=3),
    PushPurpose.ORDER: timedelta(days=3),
    # Until the next one of its clock, which takes its place; the last one has none.
    PushPurpose.REMINDER: timedelta(days=3),
    PushPurpose.EVENT: timedelta(days=3),
    PushPurpose.CARD: timedelta(hours=24),
    PushPurpose.NOTICE: NO_ROUTE,
}
"""How long each is worth sending (issue 10, D17). A card has its own window, and it is shorter."""
_CLAIMED_BY_NOBODY = timedelta(hours=1)
"""So much later than any process that has the channel would have parked it itself."""
_AT_ONCE = 500

OnDeadLetter = Callable[[Session, Push, datetime], None]
"""Called with each dead letter and the time, in the transaction that parks it."""


def notify_nobody(_session: Session, _push: Push, _now: datetime) -> None:
    """No alert: the dead letter stays visible in `gridbot letters list`."""


def expiry(push: Push) -> datetime:
    """From when on it is no longer worth sending."""
    return push.created_at + _WORTH[PushPurpose(push.purpose)]


def find_dead_reason(push: Push, chat: Chat, own: Channel | None, *, now: datetime) -> str | None:
    """Why a push without a route now will not get one (a slug); None where it is worth waiting.

    `own` is the chat's channel, None where this process has none.
    """
    if push.kind == "card_update":
        window = own.declaration.capabilities.card_update_window if own is not None else None
        over = window is None or now - push.created_at > window
        return "no_route" if over or chat.gone_at else None
    if routing.has_no_route(push, chat):
        return CHAT_GONE if chat.gone_at else "no_route"
    only_answers = own is not None and own.declaration.capabilities.answers_only
    until = min(expiry(push), push.created_at + NO_ROUTE) if only_answers else expiry(push)
    return "no_route" if now >= until else None


def park(
    session: Session, push: Push, reason: str, *, now: datetime, on_dead_letter: OnDeadLetter = notify_nobody
) -> None:
    """Park a push as a dead letter, or as missed where nobody need send it. `reason`: a slug.

    A card update alerts nobody, since nothing is lost with it; nor a conversation that nobody took over,
    for the desk was rung.
    """
    push.outcome, push.not_before = reason, now
    if push.kind in ("card_update", "hand_over"):
        # A card is only made truer, and its window never opens again.
        push.state = PushState.MISSED
        log.info("outbox.missed", push=push.id, kind=push.kind, reason=reason)
        return
    if reason == BUDGET_OVER and not routing.tells_result(push):
        # How far a matter is, they see when they ask; how it ended without a result, the desk hears.
        push.state = PushState.MISSED
        log.info("outbox.unsaid", push=push.id, kind=push.kind)
    else:
        push.state = PushState.DEAD
        log.error("outbox.parked", push=push.id, kind=push.kind, reason=reason)
    on_dead_letter(session, push, now)


def park_unclaimed(session: Session, *, now: datetime, on_dead_letter: OnDeadLetter = notify_nobody) -> int:
    """Park pushes that no process has claimed for long: no configuration names their channel any more.

    Returns how many, at most `_AT_ONCE`.
    """
    old = session.scalars(
        select(Push)
        .where(
            is_live(),
            Push.state == PushState.READY,
            Push.not_before <= now,
            or_(
                *(
                    and_(Push.purpose == purpose.value, Push.created_at <= now - worth - _CLAIMED_BY_NOBODY)
                    for purpose, worth in _WORTH.items()
                )
            ),
        )
        .order_by(Push.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for push in old:
        park(session, push, "no_route", now=now, on_dead_letter=on_dead_letter)
    return len(old)
