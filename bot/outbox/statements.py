"""The statements of the outbox, built once: to build one took longer than to run it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Integer, Select, and_, bindparam, exists, func, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, aliased

from bot.channels.base import RetryLater
from models.inbox import InboxRow
from models.lanes import LaneQueue
from models.organisation import Chat
from models.pushes import Push, PushState, is_leased, is_live

PASSIVE_WAIT = timedelta(seconds=3.5)
"""How long an answer to a callback is kept for the open request (the platform allows 5 s)."""
NOT_PASSIVE = RetryLater("not_passive", after=0.0, uncounted=True)
"""The open request could not take the answer: it goes the other way at once."""
_LANES = LaneQueue(Push, is_live, is_leased)
_MERGED_AT_ONCE = 500
"""How far behind a superseded head others are looked for; a group left alone for hours has thousands."""


def bind_wanted(channels: Collection[str], passive: Collection[str], now: datetime) -> dict[str, object]:
    kept_until = now - PASSIVE_WAIT
    return {"now": now, "channels": list(channels), "passive": list(passive), "kept_until": kept_until}


@cache
def select_sendable_heads() -> Select[Push]:
    return _select_sendable().where(Push.id.in_(_LANES.walk_heads())).limit(bindparam("limit", type_=Integer))


@cache
def select_sendable_answer() -> Select[Push]:
    """The head that answers the message `inbox_id`."""
    return _select_sendable().where(Push.answers == bindparam("inbox_id"), _LANES.is_head()).limit(1)


def _select_sendable() -> Select[Push]:
    """Ready pushes of `channels` whose lanes are free; that they are heads the caller adds.

    Of `passive` channels, what answers a message is taken only where it was made until `kept_until`, or where
    its request could not take it.
    """
    is_kept = and_(
        Push.channel.in_(bindparam("passive", expanding=True)),
        Push.answers.is_not(None),
        Push.created_at > bindparam("kept_until"),
        func.coalesce(Push.outcome, "") != NOT_PASSIVE.reason,
    )
    of_channels = Push.channel.in_(bindparam("channels", expanding=True))
    return (
        select(Push)
        .where(is_live(), Push.state == PushState.READY)
        .where(Push.not_before <= bindparam("now"), of_channels, _LANES.is_lane_free(), ~is_kept)
        .order_by(Push.urgent.desc(), Push.id)
        .with_for_update(skip_locked=True, of=Push)
    )


def load_chats(session: Session, pushes: Sequence[Push]) -> None:
    """Load the chats that the pushes go to, so that none is asked for alone; the session keeps them."""
    if pushes:
        session.scalars(_select_chats(), {"ids": [push.chat_id for push in pushes]}).all()


@cache
def _select_chats() -> Select[Chat]:
    return select(Chat).where(Chat.id.in_(bindparam("ids", expanding=True)))


def lock(session: Session, push_ids: Collection[int]) -> Sequence[Push]:
    """The pushes, locked. Raises NoResultFound where one is none."""
    found = session.scalars(_select_locked(), {"ids": list(push_ids)}).all()
    if len(found) < len(push_ids):
        raise NoResultFound(f"{len(push_ids) - len(found)} of the pushes are none")
    return found


@cache
def _select_locked() -> Select[Push]:
    """The pushes `ids`, in one order for all who lock several."""
    wanted = Push.id.in_(bindparam("ids", expanding=True))
    return select(Push).where(wanted).order_by(Push.id).with_for_update()


@cache
def select_still_heads() -> Select[int]:
    """Those of the locked pushes `ids` that nothing has come to stand before."""
    locked = Push.id.in_(bindparam("ids", expanding=True))
    return select(Push.id).where(locked, _LANES.is_head(), _LANES.is_lane_free())


@cache
def select_message_state() -> Select[str]:
    return select(InboxRow.state).where(InboxRow.id == bindparam("inbox_id"))


@cache
def select_next_answer() -> Select[int]:
    """The push that answers the message `inbox_id`, where no ready one stands before it."""
    other = aliased(Push)
    before = other.lane == Push.lane, other.id < Push.id, other.state == PushState.READY
    return (
        select(Push.id)
        .where(Push.answers == bindparam("inbox_id"), is_live())
        .where(~exists().where(*before, is_live(other)))
        .limit(1)
    )


def is_superseded(session: Session, push: Push) -> bool:
    return session.scalar(_select_newer_than(), {"push_id": push.id}) is not None


@cache
def _select_newer_than() -> Select[int]:
    return _select_newer().where(Push.id == bindparam("push_id")).limit(1)


def _select_newer() -> Select[int]:
    """Unsent pushes of the lane and merge key of `Push` that are newer than it."""
    newer = aliased(Push)
    return select(newer.id).where(
        is_live(newer),
        newer.merge_key.is_not(None),
        newer.lane == Push.lane,
        newer.merge_key == Push.merge_key,
        newer.id > Push.id,
        newer.state == PushState.READY,
    )


def merge_superseded(session: Session, head: Push) -> None:
    """Mark the head as merged, and with it what is superseded close behind, which else were a look each."""
    head.state = PushState.MERGED
    session.flush()
    run = aliased(Push)
    close = (
        select(run.id)
        .where(is_live(run), run.lane == head.lane)
        .order_by(run.lane, run.id)
        .limit(_MERGED_AT_ONCE)
        .subquery()
    )
    session.execute(
        update(Push)
        .where(
            Push.id.in_(select(close.c.id)),
            Push.state == PushState.READY,
            _select_newer().correlate(Push).exists(),
        )
        .values(state=PushState.MERGED)
        .execution_options(synchronize_session=False)
    )
