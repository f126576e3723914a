"""Sending: what is approved and due goes to its groups once, is skipped, or comes round again."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers.clocks import recurrence
from handlers.environment.snapshot import Environment
from handlers.notifications import notices, pushes, recipients, relays
from handlers.notifications.publishing import drafts, library
from models.messages import TextPush
from models.notices import IS_PENDING, Notice
from models.organisation import ChatUse

log = structlog.get_logger()

_STALE = timedelta(hours=12)
"""A day of a plan that is later than this is skipped: Monday's tip on Wednesday is noise, and a
process that was down for a week must not say everything at once."""


def send_due_notices(session: Session, env: Environment, *, now: datetime) -> int:
    """Queue one notice that is approved and due; returns how many, 0 or 1. Any number of tickers may try."""
    # One a tick: it may go to 2,768 groups (requirements §6), and whoever holds one row only can
    # never wait for somebody who withdraws a whole plan while that waits for them.
    waiting = session.scalar(
        select(Notice)
        .where(IS_PENDING, Notice.approved_at.is_not(None), Notice.send_at <= now)
        .order_by(Notice.send_at, Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return _send_notice(session, waiting, env, now=now) if waiting else 0


def _send_notice(session: Session, notice: Notice, env: Environment, *, now: datetime) -> int:
    filled = _fill_in(session, notice, env, now=now)
    why = "no_item" if filled is None else _find_reason_to_skip(notice, env, now=now)
    column = "skipped_at" if why else "sent_at"
    # Whoever changes the row sends; another ticker finds it changed, a withdrawal comes too late.
    mine = update(Notice).where(Notice.id == notice.id, IS_PENDING).values({column: now})
    if not notices.count_updated(session, mine):
        return 0
    if notice.repeats is not None:
        _plan_next(session, notice, env, now=now)
    if why:
        log.info("notice.skipped", number=notice.number, why=why)
        return 1
    written = update(Notice).where(Notice.id == notice.id)
    if filled:
        notices.count_updated(session, written.values(filled))
        session.refresh(notice)
    reached = _queue_pushes(session, notice, env, now=now)
    notices.count_updated(session, written.values(reached=reached))
    log.info("notice.sent", number=notice.number, reached=reached)
    return 1


def _fill_in(session: Session, notice: Notice, env: Environment, *, now: datetime) -> dict[str, Any] | None:
    """What the library puts into the notice; None where it has nothing to put there."""
    if notice.item_tag is None:
        return {}
    item = library.pick_item(session, notice, env, now=now)
    return None if item is None else {"text": item.text, "item_id": item.id}


def _find_reason_to_skip(notice: Notice, env: Environment, *, now: datetime) -> str:
    """Why it is not sent any more; "" where it is."""
    if notice.workdays_only and not env.calendar.is_workday(env.local(notice.send_at).date()):
        return "day_off"
    if notice.ends_at is not None and now >= notice.ends_at:
        return "over"
    # What tells of an event is of use until it is over.
    is_day_of_plan = notice.plan is not None and notice.event_at is None
    return "stale" if is_day_of_plan and now - notice.send_at > _STALE else ""


def _plan_next(session: Session, notice: Notice, env: Environment, *, now: datetime) -> None:
    """The same notice once more, on the next day of its rule, approved as this one was."""
    at = env.local(notice.send_at).time()
    following = recurrence.find_next(notice.repeats or "", after=env.local(now), at=at).astimezone(now.tzinfo)
    if notice.ends_at is not None and following >= notice.ends_at:
        return
    kept = (
        "plan", "theme", "text", "unit_id", "uses", "tags", "issuer", "ends_at", "repeats", "item_tag",
        "workdays_only", "made_by", "made_at", "approved_by", "approved_at",
    )  # fmt: skip
    again = {name: getattr(notice, name) for name in kept}
    session.add(Notice(number=notices.next_number(session, "TZ", env, now=now), send_at=following, **again))
    session.flush()


def _queue_pushes(session: Session, notice: Notice, env: Environment, *, now: datetime) -> int:
    words = drafts.final_text(notice, env, now=now)
    if notice.keyword:
        told = {
            chat: TextPush(
                words, recipients.find_accounts(session, codes) if chat.use != ChatUse.DIRECT else ()
            )
            for chat, codes in notices.find_askers(session, notice, now=now).items()
        }
    else:
        told = dict.fromkeys(notices.target_chats(session, notice), TextPush(words))
    rows = (
        row
        for chat, body in told.items()
        for row in relays.build_rows(
            session, chat, body, for_everybody=True, key=f"notice:{notice.id}:{chat.id}", env=env, now=now
        )
    )
    pushes.enqueue(session, *rows)
    return len(told)
